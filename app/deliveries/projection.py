"""Projects what was announced and acknowledged onto the tracker's rows, in stream order.

An answer may be heard again: by a context put back from an older copy, or by a tracker that starts a stream anew. So
every count is the size of a set of deliveries, moved by exactly what enters or leaves it, never by the answer itself.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import singledispatch
from typing import NamedTuple

from sqlalchemy import Connection, TextClause, bindparam, func, insert, literal, select, text, update
from sqlmodel import Session, col
from sqlmodel.sql.sqltypes import UTCDateTime

from app.contracts.events import (
    Event,
    Item,
    PriceParked,
    PriceRetrying,
    PricesApplied,
    PricesReverted,
    ProposalMoved,
)
from app.database import pulse
from app.deliveries import queries
from app.deliveries.records import ContextHealth, ContextState, DeliveryState, Lane, LaneStep, Repricing, Stage
from app.words.typed import plain

_COLUMN = {
    DeliveryState.APPLIED: "applied",
    DeliveryState.IGNORED: "ignored",
    DeliveryState.RETRYING: "retrying",
    DeliveryState.PARKED: "parked",
    DeliveryState.REVERTED: "reverted",
}


AWAY = frozenset({ContextState.SILENT, ContextState.UNREACHABLE, ContextState.ELSEWHERE})
"""States in which nothing was heard from a context itself."""
UNKNOWN = AWAY - {ContextState.SILENT}
"""Without our Redis nobody knows who is silent."""
OUT = frozenset({Stage.CANARY, Stage.HELD, Stage.PUBLISHED})
"""Stages whose moves say how many lines have gone out so far."""


@dataclass(frozen=True, slots=True)
class Observation:
    """What the tracker just saw of a context. `behind` counts unread events per partition, `rates` deliveries per
    second over the last minute, oldest first; `state` is one of `caught-up`, `working`, `silent`, `unreachable`,
    `ahead` (it settled more than was ever announced), `elsewhere` (Redis is another installation's); `alarm` is what a
    person has to look at."""

    name: str
    does: str
    state: str
    workers: int
    lag_ms: int
    behind: str
    rate: int
    rates: str
    alarm: str = ""


class KnownDelivery(NamedTuple):
    """What is known of a delivery before an answer."""

    state: DeliveryState
    version: int
    acknowledged: int
    undone: bool


@dataclass(frozen=True, slots=True)
class Change:
    """The new state of one delivery."""

    sku: str
    version: int
    state: DeliveryState
    cause: str = ""
    attempts: int = 0
    next_at: datetime | None = None

    @property
    def acknowledges(self) -> int:
        """Return the published version that this confirms, 0 for none."""
        return self.version if self.state in (DeliveryState.APPLIED, DeliveryState.IGNORED) else 0

    def is_news_after(self, known: KnownDelivery | None) -> bool:
        """Whether this says more than what is known: nothing older, nor once more what it applied already."""
        if known is None or self.version > known.version:
            return True
        repeats = known.state == DeliveryState.APPLIED and self.acknowledges == known.version
        return self.version == known.version and not repeats


def hear(session: Session, event: Event) -> None:
    """Project one event. Facts that are nobody's delivery (listings, rollback requests) change nothing here."""
    _hear(event, session)


def observe_contexts(session: Session, observations: Sequence[Observation], *, now: datetime) -> None:
    """Write what was seen of each context, and give a context never seen before a lane in every repricing."""
    for seen in observations:
        row = session.get(ContextHealth, seen.name)
        if row is None:
            row = ContextHealth(name=seen.name, does=seen.does, registered_at=now, seen_at=now, state=seen.state)
            session.add(row)
            open_lanes(session, seen.name)
        row.does, row.state, row.workers, row.lag_ms = seen.does, seen.state, seen.workers, seen.lag_ms
        row.behind, row.rate, row.rates, row.alarm = seen.behind, seen.rate, seen.rates, seen.alarm
        if seen.state not in AWAY:
            row.seen_at = now
        if seen.state == ContextState.SILENT:
            row.silent_since = row.silent_since or now
        elif seen.state not in UNKNOWN:
            row.silent_since = None
        session.add(row)
    session.flush()
    pulse(session, "contexts")


@singledispatch
def _hear(event: Event, session: Session) -> None:
    return None


@_hear.register
def _moved(event: ProposalMoved, session: Session) -> None:
    if event.target in OUT:
        _open(session, event)
    elif event.target == Stage.ROLLING_BACK:
        _update(session, event, rolling_back_at=event.occurred_at, undo_expected=event.lines)
    elif event.target == Stage.ROLLED_BACK:
        _update(session, event, rolled_back_at=event.occurred_at)


@_hear.register
def _applied(event: PricesApplied, session: Session) -> None:
    _ensure(session, event.correlation_id, event.of, event.context, event.occurred_at)
    changes = [Change(i.sku, i.version, DeliveryState.APPLIED) for i in event.applied]
    changes += [Change(i.sku, i.version, DeliveryState.IGNORED) for i in event.ignored]
    _settle(session, event.correlation_id, event.context, changes, event.occurred_at, partition=event.partition)


@_hear.register
def _reverted(event: PricesReverted, session: Session) -> None:
    _ensure(session, event.correlation_id, event.of, event.context, event.occurred_at)
    changes = [Change(i.sku, i.version, DeliveryState.REVERTED) for i in event.reverted]
    changes += _never_applied(session, event.correlation_id, event.context, event.unaffected)
    answered = [item.sku for item in (*event.reverted, *event.unaffected)]
    _settle(
        session,
        event.correlation_id,
        event.context,
        changes,
        event.occurred_at,
        partition=event.partition,
        undone=answered,
    )


@_hear.register
def _retrying(event: PriceRetrying, session: Session) -> None:
    _ensure(session, event.correlation_id, event.of, event.context, event.occurred_at)
    change = Change(event.sku, event.version, DeliveryState.RETRYING, plain(event.cause), event.attempts, event.next_at)
    _settle(session, event.correlation_id, event.context, [change], event.occurred_at)


@_hear.register
def _parked(event: PriceParked, session: Session) -> None:
    _ensure(session, event.correlation_id, event.of, event.context, event.occurred_at)
    cause = plain(event.cause)
    if queries.acknowledged(session, event):
        cause = f"Confirmed before, refused now (put back from an older copy?): {cause}"
    change = Change(event.sku, event.version, DeliveryState.PARKED, cause, event.attempts)
    _settle(session, event.correlation_id, event.context, [change], event.occurred_at)


def _open(session: Session, event: ProposalMoved) -> None:
    row = session.get(Repricing, event.correlation_id)
    if row is None:
        row = _new_repricing(session, event.correlation_id, event.lines, event.occurred_at)
    if row.number == 0:
        row.number, row.reason, row.published_at = event.number, event.reason, event.occurred_at
    row.status = event.target
    session.add(row)
    _expect(session, row, max(event.lines, _answered(session, row.id)))
    pulse(session, "repricings")


def _update(session: Session, event: ProposalMoved, **values: datetime | int) -> None:
    session.connection().execute(
        update(Repricing).where(col(Repricing.id) == event.correlation_id).values(status=event.target, **values)
    )
    pulse(session, "repricings")


def _ensure(session: Session, repricing_id: str, of: int, context: str, at: datetime) -> None:
    """Make room for an answer that overtook the announcement, or for a context that subscribed later."""
    row = session.get(Repricing, repricing_id) or _new_repricing(session, repricing_id, of, at)
    _grow(session, row, of)
    if session.get(Lane, (repricing_id, context)) is None:
        session.add(Lane(repricing_id=repricing_id, context=context, expected=row.expected))
        session.flush()


def _grow(session: Session, row: Repricing, out: int) -> None:
    """Make room for what an answer speaks of: it may come before the announcement that more has gone out."""
    _expect(session, row, max(out, row.expected))


def _expect(session: Session, row: Repricing, out: int) -> None:
    """Expect so many lines, here and in every lane. A large change is announced as planned and corrected at its end."""
    if out != row.expected:
        row.expected = out
        session.add(row)
        session.flush()
        lanes = select(Lane).where(col(Lane.repricing_id) == row.id)
        for lane in session.scalars(lanes):
            lane.expected = out
            session.add(lane)
    session.flush()


def _answered(session: Session, repricing_id: str) -> int:
    """Return how many lines the context that is furthest has answered for."""
    answered = col(Lane.applied) + col(Lane.ignored) + col(Lane.retrying) + col(Lane.parked) + col(Lane.reverted)
    return session.scalar(select(func.max(answered)).where(col(Lane.repricing_id) == repricing_id)) or 0


def _new_repricing(session: Session, repricing_id: str, of: int, at: datetime) -> Repricing:
    row = Repricing(id=repricing_id, number=0, reason="", status=Stage.PUBLISHED, published_at=at, expected=of)
    session.add(row)
    for context in session.scalars(select(col(ContextHealth.name)).where(col(ContextHealth.retired_at).is_(None))):
        session.add(Lane(repricing_id=repricing_id, context=context, expected=of))
    session.flush()
    return row


def open_lanes(session: Session, context: str) -> None:
    """Give a context a lane in every repricing that has none of it yet."""
    has_lane = select(col(Lane.repricing_id)).where(col(Lane.context) == context)
    zeros = ("applied", "ignored", "retrying", "parked", "reverted", "undone")
    session.connection().execute(
        insert(Lane).from_select(
            ("repricing_id", "context", "expected", *zeros),
            select(col(Repricing.id), literal(context), col(Repricing.expected), *(literal(0) for _ in zeros)).where(
                col(Repricing.id).not_in(has_lane)
            ),
        )
    )


def _never_applied(session: Session, repricing_id: str, context: str, items: Sequence[Item]) -> list[Change]:
    """A parked SKU stays parked; whatever else the undo found unapplied had been overtaken."""
    before = _before(session.connection(), repricing_id, context, [item.sku for item in items])
    return [
        Change(i.sku, i.version, DeliveryState.IGNORED)
        for i in items
        if i.sku not in before or before[i.sku].state == DeliveryState.RETRYING
    ]


def _settle(
    session: Session,
    repricing_id: str,
    context: str,
    changes: Sequence[Change],
    at: datetime,
    *,
    partition: int | None = None,
    undone: Sequence[str] = (),
) -> None:
    """Write delivery rows and move the lane's counts by exactly what entered or left each set."""
    connection = session.connection()
    before = _before(connection, repricing_id, context, {*undone, *(change.sku for change in changes)})
    delta: Counter[str] = Counter()
    news: dict[str, Change] = {}
    for change in changes:
        if change.sku in news or not change.is_news_after(before.get(change.sku)):
            continue  # said twice in one answer, the first time counts
        news[change.sku] = change
        if change.sku in before:
            delta[_COLUMN[before[change.sku].state]] -= 1
        delta[_COLUMN[change.state]] += 1
    _write(connection, repricing_id, context, list(news.values()), at)
    delta["undone"] = _undo(connection, repricing_id, context, undone, before)
    lane = session.get(Lane, (repricing_id, context))
    assert lane is not None, "a lane is ensured before it is settled"
    for name, moved in delta.items():
        setattr(lane, name, getattr(lane, name) + moved)
    if lane.last_ack is None or any(delta.values()):  # an answer that is only repeated does not land later
        lane.first_ack, lane.last_ack = lane.first_ack or at, at
    session.add(lane)
    if partition is not None and any(delta.values()):
        session.add(
            LaneStep(
                repricing_id=repricing_id,
                context=context,
                at=at,
                partition=partition,
                applied=lane.applied,
                reverted=lane.reverted,
            )
        )
    session.flush()
    pulse(session, "repricings")


def _before(connection: Connection, repricing_id: str, context: str, skus: Iterable[str]) -> dict[str, KnownDelivery]:
    rows = connection.execute(_BEFORE[connection.dialect.name], _of(repricing_id, context, skus))
    return {
        sku: KnownDelivery(DeliveryState(state), version, acknowledged, bool(undone))
        for sku, state, version, acknowledged, undone in rows
    }


def _undo(
    connection: Connection, repricing_id: str, context: str, skus: Sequence[str], before: Mapping[str, KnownDelivery]
) -> int:
    """Note which SKUs of the undo are answered now; return how many had not been."""
    fresh = {sku for sku in skus if sku not in before or not before[sku].undone}
    if fresh:
        connection.execute(_UNDONE[connection.dialect.name], _of(repricing_id, context, fresh))
    return len(fresh)


def _of(repricing_id: str, context: str, skus: Iterable[str]) -> dict[str, str]:
    return {"repricing": repricing_id, "context": context, "rows": json.dumps(list(skus))}


def _write(connection: Connection, repricing_id: str, context: str, changes: Sequence[Change], at: datetime) -> None:
    """Write delivery rows in one statement: an answer may be about hundreds. Only an answer about one has `next_at`."""
    if not changes:
        return
    connection.execute(
        _WRITE[connection.dialect.name],
        {
            "repricing": repricing_id,
            "context": context,
            "at": at,
            "next_at": changes[0].next_at,
            "rows": json.dumps([[c.sku, c.version, c.state, c.cause, c.attempts, c.acknowledges] for c in changes]),
        },
    )


def _typed(statement: str) -> TextClause:
    times = [bindparam(name, type_=UTCDateTime()) for name in ("at", "next_at") if f":{name}" in statement]
    return text(statement).bindparams(*times)


_THESE = "WHERE repricing_id = :repricing AND context = :context AND sku IN ({skus})"
_SKUS = {
    "sqlite": "SELECT value FROM json_each(:rows)",
    "postgresql": "SELECT json_array_elements_text(CAST(:rows AS json))",
}
_BEFORE = {
    dialect: text(f"SELECT sku, state, version, acknowledged, undone FROM delivery {_THESE.format(skus=skus)}")  # noqa: S608
    for dialect, skus in _SKUS.items()
}
_UNDONE = {
    dialect: text(f"UPDATE delivery SET undone = true {_THESE.format(skus=skus)}")  # noqa: S608
    for dialect, skus in _SKUS.items()
}
_INSERT = (
    "INSERT INTO delivery"
    " (repricing_id, context, sku, version, state, cause, attempts, at, next_at, acknowledged, undone)"
    " SELECT :repricing, :context, {0}, {1}, {2}, {3}, {4}, :at, :next_at, {5}, false FROM {rows} WHERE true"
    " ON CONFLICT (repricing_id, context, sku) DO UPDATE SET version = excluded.version, state = excluded.state,"
    " cause = excluded.cause, attempts = excluded.attempts, at = excluded.at, next_at = excluded.next_at,"
    " acknowledged = CASE WHEN excluded.acknowledged = 0 THEN delivery.acknowledged ELSE excluded.acknowledged END"
)
_WRITE = {
    "sqlite": _typed(_INSERT.format(*(f"json_extract(value, '$[{n}]')" for n in range(6)), rows="json_each(:rows)")),
    "postgresql": _typed(
        _INSERT.format(
            "r ->> 0",
            "CAST(r ->> 1 AS bigint)",
            "r ->> 2",
            "r ->> 3",
            "CAST(r ->> 4 AS integer)",
            "CAST(r ->> 5 AS bigint)",
            rows="json_array_elements(CAST(:rows AS json)) AS r",
        )
    ),
}
