"""The door to the lifecycle: what moves a proposal, a brake or a lent right comes through it with a key.

One transaction per command, and the same answer for the same key; API and screens command in the same words. `note`
alone has none: it writes down what was done elsewhere.
"""

from app.lifecycle.commands.brakes import freeze, lift, resume, stop
from app.lifecycle.commands.delegations import delegate, end_delegation
from app.lifecycle.commands.keyed import carried_out, note, note_once, once, remembered
from app.lifecycle.commands.proposals import (
    act,
    answer_to,
    demand_waves,
    forget_abandoned,
    plan_waves,
    rehearse,
    submit,
)

__all__ = [
    "act",
    "answer_to",
    "carried_out",
    "delegate",
    "demand_waves",
    "end_delegation",
    "forget_abandoned",
    "freeze",
    "lift",
    "note",
    "note_once",
    "once",
    "plan_waves",
    "rehearse",
    "remembered",
    "resume",
    "stop",
    "submit",
]
