"""The web's window on the contexts: who they are, what they believe, and the few doors that they open.

Contexts come in by an entry point and are asked by what each of them offers (`app.contracts.context`): one more or less
changes nothing here.
"""

from app.contexts.discovery import names
from app.contexts.holds import held
from app.contexts.kept import kept, note_kept_seen
from app.contexts.locks import keepers, lock, lock_of, unlock
from app.contexts.stored_prices import BeliefSince, beliefs, knows, parked, redrive
from app.contracts.context import PriceLock

__all__ = [
    "BeliefSince",
    "PriceLock",
    "beliefs",
    "held",
    "keepers",
    "kept",
    "knows",
    "lock",
    "lock_of",
    "names",
    "note_kept_seen",
    "parked",
    "redrive",
    "unlock",
]
