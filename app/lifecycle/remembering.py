"""Answers about many prices that are reached once, not by every page and again by the command that rests on them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from sqlalchemy import select
from sqlmodel import Session, col

from app.database import pulsing
from app.lifecycle import policy
from app.lifecycle.records import Proposal
from app.pricelist.records import Pulse
from rules.ruleset import RuleSet

T = TypeVar("T")
REMEMBERED = 64


@dataclass(frozen=True, slots=True)
class _Known(Generic[T]):
    """An answer, and the state of proposal and prices that it is about."""

    state: tuple[object, ...]
    found: T


class Memory(Generic[T]):
    """What was found of each proposal, until a price, a product, the proposal or the rules change, at most for a day.

    Whoever changes a price or a product pulses `prices`. What a transaction finds after changing prices is its own.
    """

    def __init__(self, judge: Callable[[Session, Proposal, RuleSet, datetime], T]) -> None:
        self._judge = judge
        self._known: dict[tuple[object, ...], _Known[T]] = {}

    def of(self, session: Session, proposal: Proposal, now: datetime) -> T:
        """Return the answer about a proposal as it and its prices are now."""
        rules = policy.active_rule_set(session)
        pulses = session.scalar(select(col(Pulse.n)).where(col(Pulse.topic) == "prices"))
        in_force = tuple(rule.id for rule in rules.rules if rule.valid_at(now))
        about = (str(session.get_bind().engine.url), proposal.id, rules.number, in_force, now.date())
        state, known, ours_alone = (proposal.version, pulses), self._known.get(about), pulsing(session, "prices")
        if known and known.state == state and not ours_alone:
            return known.found
        found = self._judge(session, proposal, rules, now)
        if not ours_alone:
            self._keep(about, _Known(state, found))
        return found

    def _keep(self, about: tuple[object, ...], known: _Known[T]) -> None:
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        self._known[about] = known
