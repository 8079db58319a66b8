"""One attempt to do something to a rule set: what the guards are asked about."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from app.identity.actor import Actor
from app.lifecycle.rule_records import StoredRuleSet
from app.lifecycle.rulebook.checking import Check
from app.lifecycle.rulebook.transitions import RuleSetAction


@dataclass(frozen=True, slots=True)
class RuleSetCase:
    """One attempt: who wants to do what to which rule set, and when.

    `looked` is what was found of it before the store was taken; `at` is when it is to take effect, if not at once.
    """

    session: Session
    row: StoredRuleSet
    action: RuleSetAction
    actor: Actor
    now: datetime
    looked: Check | None = None
    at: datetime | None = None

    @property
    def takes_effect(self) -> datetime:
        """Return the instant at which its rows would be the ones that count."""
        return self.at or self.row.effective_at or self.now
