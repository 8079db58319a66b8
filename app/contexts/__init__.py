"""The web's window on the contexts: who they are, what they believe, and the few doors that they open.

Contexts are found by name in `workers.choreography`, never imported by their name here: a folder more or less there
changes nothing in this one.
"""

from app.contexts.discovery import names
from app.contexts.holds import held
from app.contexts.kept import kept, note_kept_seen
from app.contexts.locks import PriceLock, lock, lock_of, unlock
from app.contexts.reading import Belief, Trouble, beliefs, redrive, troubles

__all__ = [
    "Belief",
    "PriceLock",
    "Trouble",
    "beliefs",
    "held",
    "kept",
    "lock",
    "lock_of",
    "names",
    "note_kept_seen",
    "redrive",
    "troubles",
    "unlock",
]
