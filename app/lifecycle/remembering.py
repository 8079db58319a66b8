"""Answers about many prices that are reached once, not by every page and again by the command that rests on them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
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
RECENT = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class _Known(Generic[T]):
    """An answer, the state of proposal and prices that it is about, and when it was reached."""

    state: tuple[object, ...]
    at: datetime
    found: T


class Memory(Generic[T]):
    """What was found of each proposal, until a price, a product, the proposal or the rules in force change.

    Whoever changes a price or a product pulses `prices`. What a transaction finds after changing prices is its own.
    """

    def __init__(self, judge: Callable[[Session, Proposal, RuleSet, datetime], T]) -> None:
        self._judge = judge
        self._known: dict[tuple[object, ...], _Known[T]] = {}

    def of(self, session: Session, proposal: Proposal, now: datetime, *, recent_is_enough: bool = False) -> T:
        """Return the answer about a proposal; with `recent_is_enough` one of the last seconds, though prices moved."""
        rules = policy.active_rule_set(session)
        pulses = session.scalar(select(col(Pulse.n)).where(col(Pulse.topic) == "prices"))
        in_force = tuple(rule.id for rule in rules.rules if rule.valid_at(now))
        about = (str(session.get_bind().engine.url), proposal.id, rules.number, in_force)
        state, known, ours_alone = (proposal.version, pulses), self._known.get(about), pulsing(session, "prices")
        still = known is not None and known.state == state and not ours_alone
        if known and (still or (recent_is_enough and timedelta() <= now - known.at <= RECENT)):
            return known.found
        found = self._judge(session, proposal, rules, now)
        if not ours_alone:
            self._keep(about, _Known(state, now, found))
        return found

    def _keep(self, about: tuple[object, ...], known: _Known[T]) -> None:
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        self._known[about] = known
