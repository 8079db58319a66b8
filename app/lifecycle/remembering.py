"""Answers about many prices that are reached once, not by every page and again by the command that rests on them."""

import json
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
class Remembered(Generic[T]):
    """An answer, when it was reached, and whether it is still exact: nothing that it rests on has changed since."""

    found: T
    at: datetime
    exact: bool


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
        return None if known is None else Remembered(known.found, known.at, known.state == asked.state)

    def _keep(self, about: tuple[object, ...], known: _Known[T]) -> None:
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        self._known[about] = known


def rests_on(session: Session, now: datetime, *, moved: int = 0) -> str:
    """Return what every answer about prices rests on: how often prices and products moved, and the rules in force.

    `moved` counts what this transaction adds to that itself, when it commits.
    """
    rules = policy.active_rule_set(session)
    return json.dumps([_times_moved(session) + moved, rules.number, *_in_force(rules, now), f"{now:%F}"])


def _times_moved(session: Session) -> int:
    return session.scalar(select(col(Pulse.n)).where(col(Pulse.topic) == "prices")) or 0


def _in_force(rules: RuleSet, now: datetime) -> tuple[str, ...]:
    return tuple(rule.id for rule in rules.rules if rule.valid_at(now))


def _asked(session: Session, proposal: Proposal, now: datetime) -> _Asked:
    rules = policy.active_rule_set(session)
    about = (str(session.get_bind().engine.url), proposal.id, rules.number, _in_force(rules, now), now.date())
    moves = (proposal.version, proposal.published_lines, _times_moved(session))
    return _Asked(about, None if pulsing(session, "prices") else moves, rules)
