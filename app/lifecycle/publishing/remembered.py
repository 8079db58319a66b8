"""Answers about many prices that are reached once, not by every page and again by the command that rests on them."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar

from sqlalchemy import select
from sqlmodel import Session, col

from app.database import pulsing
from app.lifecycle.proposing import policy
from app.lifecycle.records import Proposal
from app.pricelist.records import Pulse
from rules.ruleset import RuleSet

T = TypeVar("T")
REMEMBERED = 64


@dataclass(frozen=True, slots=True)
class Remembered(Generic[T]):
    """An answer, when it was reached, and whether it is still exact: nothing that it `rests_on` has changed since."""

    found: T
    at: datetime
    exact: bool
    rests_on: "RestsOn"


@dataclass(frozen=True, slots=True)
class _Known(Generic[T]):
    """An answer, the state of proposal and prices that it is about, and when it was reached."""

    state: tuple[object, ...]
    at: datetime
    found: T


@dataclass(frozen=True, slots=True)
class _Asked:
    """What an answer is about, the state in which it is asked (None: one of this transaction's own), and the rules."""

    about: tuple[object, ...]
    state: tuple[object, ...] | None
    rules: RuleSet
    rests_on: "RestsOn"


class Memory(Generic[T]):
    """What was found of each proposal, until a price, a product, the proposal or the rules change, at most for a day.

    Whoever changes a price or a product pulses `prices`. What a transaction finds after changing prices is its own.
    """

    def __init__(self, judge: Callable[[Session, Proposal, RuleSet, datetime], T]) -> None:
        self._judge = judge
        self._known: dict[tuple[object, ...], _Known[T]] = {}

    def of(self, session: Session, proposal: Proposal, now: datetime) -> T:
        """Return the answer about a proposal as it and its prices are now."""
        asked = _asked(session, proposal, now)
        known = self._known.get(asked.about)
        if known and known.state == asked.state:
            return known.found
        found = self._judge(session, proposal, asked.rules, now)
        if asked.state is not None:
            self._keep(asked.about, _Known(asked.state, now, found))
        return found

    def recall(self, session: Session, proposal: Proposal, now: datetime) -> Remembered[T] | None:
        """Return the last answer, exact or not, without judging anything; None if there is none."""
        asked = _asked(session, proposal, now)
        known = self._known.get(asked.about)
        if known is None:
            return None
        return Remembered(known.found, known.at, known.state == asked.state, asked.rests_on)

    def _keep(self, about: tuple[object, ...], known: _Known[T]) -> None:
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        self._known[about] = known


class RestsOn(NamedTuple):
    """What every answer about prices rests on: how often prices and products moved, the rules in force, and the day."""

    moved: int
    rules: int
    in_force: tuple[str, ...]
    day: str

    def after_one_move(self) -> "RestsOn":
        """Return what it rests on once this transaction alone has moved prices."""
        return self._replace(moved=self.moved + 1)

    def as_kept(self) -> str:
        """Return it as it is kept with an effect."""
        return json.dumps(self)


def rests_on(session: Session, rules: RuleSet, now: datetime) -> RestsOn:
    """Return what answers about prices rest on now, as far as this transaction sees."""
    moved = session.scalar(select(col(Pulse.n)).where(col(Pulse.topic) == "prices")) or 0
    return RestsOn(moved, rules.number, tuple(rule.id for rule in rules.rules if rule.valid_at(now)), f"{now:%F}")


def _asked(session: Session, proposal: Proposal, now: datetime) -> _Asked:
    rules = policy.active_rule_set(session)
    rests = rests_on(session, rules, now)
    about = (str(session.get_bind().engine.url), proposal.id, *rests[1:])
    moves = (proposal.version, proposal.published_lines, rests.moved)
    return _Asked(about, None if pulsing(session, "prices") else moves, rules, rests)
