"""Reading replays: how far one is, what it found, its lines page by page, and the distribution about a limit."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlmodel import Session, col

from app.lifecycle.rule_records import RuleReplay, RuleReplayLine, RuleReplaySpread, StoredRuleSet
from app.lifecycle.rulebook import replays
from app.lifecycle.rulebook.reckoned import AS_JSON, Reckoned, TurnedLine
from app.lifecycle.rulebook.replays import ReplayState
from app.lifecycle.views.values import Page
from rules.finding import Verdict

BARS = 60


@dataclass(frozen=True, slots=True)
class ReplaySummary:
    """A replay at a glance: `done` of about `total` lines; `outdated` if the set says something else by now.

    `stopping` tells that somebody cancelled what is still running.
    """

    id: str
    rule_set: int
    content_hash: str
    since: datetime
    until: datetime
    state: ReplayState
    asked_by: str
    asked_at: datetime
    begun_at: datetime | None
    finished_at: datetime | None
    total: int
    done: int
    stopping: bool
    outdated: bool
    note: str

    @property
    def percent(self) -> int:
        """Return how far it is."""
        if self.state is ReplayState.DONE:
            return 100
        return min(99, 100 * self.done // self.total) if self.total else 0


@dataclass(frozen=True, slots=True)
class Spread:
    """How past lines lie about the limit of one row: `points` are observed values with their lines, in order.

    `level` tells that less is worse. `unmeasured` are lines that the rule does not apply to, or lacks a fact for.
    """

    rule: str
    kind: str
    limit: int
    level: bool
    unmeasured: int
    points: tuple[tuple[int, int], ...]

    @property
    def lines(self) -> int:
        """Return how many lines were measured."""
        return sum(lines for _, lines in self.points)

    def beyond(self, limit: int) -> int:
        """Return how many lines would break the row if this were its limit."""
        return sum(lines for value, lines in self.points if (value < limit if self.level else value > limit))

    def bars(self, most: int = BARS) -> tuple[tuple[int, int, int], ...]:
        """Return at most so many bars of one width for a chart: from, up to but without, and the lines between."""
        if not self.points:
            return ()
        lowest, highest = min(self.points[0][0], self.limit), max(self.points[-1][0], self.limit)
        width = -(-(highest - lowest + 1) // most)
        counts = [0] * -(-(highest - lowest + 1) // width)
        for value, lines in self.points:
            counts[(value - lowest) // width] += lines
        return tuple(
            (lowest + place * width, lowest + (place + 1) * width, lines) for place, lines in enumerate(counts)
        )


@dataclass(frozen=True, slots=True)
class TurnedOnly:
    """Which turned lines are asked for; what is None is not asked."""

    category: str | None = None
    kind: str | None = None
    was: Verdict | None = None
    now: Verdict | None = None


def of_rule_set(session: Session, number: int) -> list[ReplaySummary]:
    """Return the replays that are kept of a set, newest first."""
    query = select(RuleReplay).where(col(RuleReplay.rule_set) == number)
    rows = session.scalars(query.order_by(col(RuleReplay.asked_at).desc(), col(RuleReplay.id).desc())).all()
    return [summary_of(row, session) for row in rows]


def summary(session: Session, replay_id: str) -> ReplaySummary:
    """Return how far a replay is. Raises `NotFound`."""
    return summary_of(replays.found(session, replay_id), session)


def result(session: Session, replay_id: str) -> Reckoned | None:
    """Return what a replay found, once it is done. Raises `NotFound`."""
    row = replays.found(session, replay_id)
    return AS_JSON.validate_json(row.result) if row.result else None


def lines(
    session: Session, replay_id: str, only: TurnedOnly | None = None, *, cursor: str | None = None, limit: int = 100
) -> Page[TurnedLine]:
    """Return lines that would get another verdict, in the order of their proposals. Raises `NotFound`."""
    replays.found(session, replay_id)
    query = select(RuleReplayLine).where(col(RuleReplayLine.replay_id) == replay_id, *_asked(only or TurnedOnly()))
    if cursor and cursor.isascii() and cursor.isdecimal() and len(cursor) < 10:
        query = query.where(col(RuleReplayLine.place) > int(cursor))
    rows = session.scalars(query.order_by(col(RuleReplayLine.place)).limit(limit + 1)).all()
    more = str(rows[limit - 1].place) if len(rows) > limit else None
    return Page([_turned(row) for row in rows[:limit]], more)


def all_lines(session: Session, replay_id: str) -> Iterator[TurnedLine]:
    """Give every line that is listed, in the order of their proposals. Raises `NotFound`."""
    replays.found(session, replay_id)
    query = select(RuleReplayLine).where(col(RuleReplayLine.replay_id) == replay_id)
    return (_turned(row) for row in session.scalars(query.order_by(col(RuleReplayLine.place))).yield_per(1_000))


def spreads(session: Session, replay_id: str) -> list[Spread]:
    """Return the distributions of a replay, by kind and row. Raises `NotFound`."""
    replays.found(session, replay_id)
    query = select(RuleReplaySpread).where(col(RuleReplaySpread.replay_id) == replay_id)
    rows = session.scalars(query.order_by(col(RuleReplaySpread.kind), col(RuleReplaySpread.rule))).all()
    return [_spread(row) for row in rows]


def summary_of(row: RuleReplay, session: Session) -> ReplaySummary:
    """Return a replay at a glance."""
    now_says = session.scalar(select(col(StoredRuleSet.content_hash)).where(col(StoredRuleSet.number) == row.rule_set))
    return ReplaySummary(
        id=row.id,
        rule_set=row.rule_set,
        content_hash=row.content_hash,
        since=row.since,
        until=row.until,
        state=ReplayState(row.state),
        asked_by=row.asked_by_name,
        asked_at=row.asked_at,
        begun_at=row.begun_at,
        finished_at=row.finished_at,
        total=row.total,
        done=row.done,
        stopping=bool(row.cancelled_by) and row.state in replays.OPEN,
        outdated=now_says != row.content_hash,
        note=row.note,
    )


def _asked(only: TurnedOnly) -> Iterator[ColumnElement[bool]]:
    if only.category is not None:
        yield col(RuleReplayLine.category) == only.category
    if only.kind is not None:
        yield ("," + col(RuleReplayLine.kinds) + ",").contains(f",{only.kind},", autoescape=True)
    if only.was is not None:
        yield col(RuleReplayLine.was) == only.was
    if only.now is not None:
        yield col(RuleReplayLine.now) == only.now


def _turned(row: RuleReplayLine) -> TurnedLine:
    kinds = tuple(row.kinds.split(",")) if row.kinds else ()
    was, now = Verdict(row.was), Verdict(row.now)
    return TurnedLine(row.proposal, row.line, row.sku, row.category, row.change_bp, was, now, kinds)


def _spread(row: RuleReplaySpread) -> Spread:
    points = tuple((value, lines) for value, lines in json.loads(row.counts))
    return Spread(row.rule, row.kind, row.limit, row.level, row.unmeasured, points)
