"""Reading the tracker: the board, one repricing, failures by cause, health of the contexts."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, column, func, or_, select, text, true
from sqlmodel import Session, col
from sqlmodel.sql.sqltypes import UTCDateTime

from app.contracts.events import PriceChangeRollbackRequested, PriceParked
from app.deliveries.records import ContextHealth, Delivery, DeliveryState, Lane, LaneStep, Progress, Repricing, Stage
from app.deliveries.views import (
    AckStep,
    Board,
    BoardRow,
    ContextView,
    Counts,
    FailedDelivery,
    Failure,
    Filter,
    LaneView,
    RepricingView,
    Retired,
    Tally,
)

TROUBLE = (DeliveryState.RETRYING, DeliveryState.PARKED)


def board(session: Session, *, show: Filter = "all", cursor: str | None = None, limit: int = 30) -> Board:
    """Return the newest repricings with their lanes and sums. `cursor` is the last id of the page before."""
    query = select(Repricing).where(_shown(show)).order_by(col(Repricing.published_at).desc(), col(Repricing.id).desc())
    if cursor and (last := session.get(Repricing, cursor)):
        query = query.where(
            or_(
                col(Repricing.published_at) < last.published_at,
                (col(Repricing.published_at) == last.published_at) & (col(Repricing.id) < last.id),
            )
        )
    found = session.scalars(query.limit(limit + 1)).all()
    rows = _rows(session, found[:limit])
    lanes = [lane for row in rows for lane in row.lanes]
    by_context = {
        name: _sum([lane.counts for lane in lanes if lane.context == name])
        for name in sorted({lane.context for lane in lanes})
    }
    return Board(
        rows, _sum([lane.counts for lane in lanes]), by_context, found[limit - 1].id if len(found) > limit else None
    )


def in_flight(session: Session) -> int:
    """Return how many repricings are still moving."""
    return _count(session, "in-flight")


def failing(session: Session) -> int:
    """Return how many repricings have a delivery that is retrying or parked."""
    return _count(session, "failures")


def contexts(session: Session) -> list[ContextView]:
    """Return every context that ever registered and was not retired, with its health and open deliveries."""
    open_counts = {
        name: (int(expected), int(settled), int(retrying), int(parked))
        for name, expected, settled, retrying, parked in session.execute(_OPEN)
    }
    views = []
    for row in session.scalars(
        select(ContextHealth)
        .where(col(ContextHealth.retired_at).is_(None))
        .order_by(col(ContextHealth.registered_at), col(ContextHealth.name))
    ):
        expected, settled, retrying, parked = open_counts.get(row.name, (0, 0, 0, 0))
        views.append(
            ContextView(
                name=row.name,
                does=row.does,
                state=row.state,
                workers=row.workers,
                lag_ms=row.lag_ms,
                behind=tuple(json.loads(row.behind)),
                rate=row.rate,
                rates=tuple(json.loads(row.rates)),
                seen_at=row.seen_at,
                pending=expected - settled - retrying - parked,
                retrying=retrying,
                parked=parked,
                alarm=row.alarm,
            )
        )
    return views


def retired(session: Session) -> list[Retired]:
    """Return the contexts that are gone for good."""
    rows = session.scalars(select(ContextHealth).where(col(ContextHealth.retired_at).is_not(None)))
    return [
        Retired(row.name, row.retired_at, row.retired_by, row.retired_why, row.workers)
        for row in sorted(rows, key=lambda row: row.name)
        if row.retired_at is not None
    ]


def repricing(session: Session, repricing_id: str) -> RepricingView | None:
    """Return one repricing by its proposal's id, or None if it was never published (or not heard of yet)."""
    row = session.get(Repricing, repricing_id)
    if row is None:
        return None
    steps: dict[str, list[AckStep]] = {}
    for step in session.scalars(
        select(LaneStep).where(col(LaneStep.repricing_id) == row.id).order_by(col(LaneStep.id))
    ):
        steps.setdefault(step.context, []).append(AckStep(step.at, step.partition, step.applied, step.reverted))
    troubles = session.scalars(
        select(Delivery)
        .where(col(Delivery.repricing_id) == row.id, col(Delivery.state).in_(TROUBLE))
        .order_by(col(Delivery.at))
        .limit(200)
    )
    return RepricingView(
        _rows(session, [row])[0],
        row.rolling_back_at,
        {name: tuple(found) for name, found in steps.items()},
        tuple(FailedDelivery(d.sku, d.context, d.state, d.cause, d.attempts, d.at, d.next_at) for d in troubles),
    )


def deliveries_of(session: Session, repricing_id: str, skus: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return `{sku: {context: state}}`; a context without an answer for a SKU is PENDING (absent here)."""
    found: dict[str, dict[str, str]] = {}
    rows = session.execute(
        select(col(Delivery.sku), col(Delivery.context), col(Delivery.state)).where(
            col(Delivery.repricing_id) == repricing_id, col(Delivery.sku).in_(skus)
        )
    )
    for sku, context, state in rows:
        found.setdefault(sku, {})[context] = state
    return found


def tally(session: Session, repricing_id: str, skus: Sequence[str]) -> dict[str, Tally]:
    """Count what every known context did with some of a repricing's SKUs; what it has not answered is pending."""
    connection = session.connection()
    rows = connection.execute(
        _TALLY[connection.dialect.name], {"repricing": repricing_id, "rows": json.dumps(list(skus))}
    ).all()
    gone = set(session.scalars(_RETIRED))
    known = session.scalars(select(col(ContextHealth.name)).where(col(ContextHealth.name).not_in(gone)))
    found: dict[str, dict[str, int]] = {name: {} for name in known}
    last: dict[str, datetime] = {}
    for context, state, count, at in (row for row in rows if row[0] not in gone):
        found.setdefault(context, {})[state] = count
        last[context] = max(at, last.get(context, at))
    return {context: _tallied(states, len(skus), last.get(context)) for context, states in sorted(found.items())}


def _tallied(states: Mapping[str, int], expected: int, last: datetime | None) -> Tally:
    told = (DeliveryState.APPLIED, DeliveryState.IGNORED, DeliveryState.RETRYING, DeliveryState.PARKED)
    counted = [states.get(state, 0) for state in (*told, DeliveryState.REVERTED)]
    return Tally(Counts(expected, expected - sum(counted), *counted), last)


_RETIRED = select(col(ContextHealth.name)).where(col(ContextHealth.retired_at).is_not(None))
_CHOSEN = (
    "SELECT context, state, count(*) AS n, max(at) AS at FROM delivery"
    " WHERE repricing_id = :repricing AND sku IN ({skus}) GROUP BY context, state"
)
_TALLY = {
    dialect: text(_CHOSEN.format(skus=skus)).columns(column("context"), column("state"), column("n"), at=UTCDateTime())
    for dialect, skus in {
        "sqlite": "SELECT value FROM json_each(:rows)",
        "postgresql": "SELECT json_array_elements_text(CAST(:rows AS json))",
    }.items()
}


def failures(session: Session) -> list[Failure]:
    """Return what is retrying or parked, grouped by context, state and cause, most first.

    What was parked in a repricing that has been rolled back is history, not trouble.
    """
    query = (
        select(
            col(Delivery.context),
            col(Delivery.state),
            col(Delivery.cause),
            func.count(),
            func.min(Delivery.at),
            func.min(Delivery.next_at),
        )
        .join(Repricing, col(Repricing.id) == col(Delivery.repricing_id))
        .where(
            col(Delivery.state).in_(TROUBLE),
            col(Repricing.status) != Stage.ROLLED_BACK,
            col(Delivery.context).not_in(_RETIRED),
        )
        .group_by(col(Delivery.context), col(Delivery.state), col(Delivery.cause))
        .order_by(func.count().desc())
    )
    return [
        Failure(context, state, cause, count, oldest, next_at, *_examples(session, context, state, cause))
        for context, state, cause, count, oldest, next_at in session.execute(query.limit(50))
    ]


def prices_in_trouble(session: Session, context: str, state: str, cause: str) -> list[tuple[str, int]]:
    """Return the prices of one group of `failures`, each as SKU and version."""
    query = (
        select(col(Delivery.sku), col(Delivery.version))
        .join(Repricing, col(Repricing.id) == col(Delivery.repricing_id))
        .where(
            col(Delivery.context) == context,
            col(Delivery.state) == state,
            col(Delivery.cause) == cause,
            col(Repricing.status) != Stage.ROLLED_BACK,
        )
    )
    return [(sku, version) for sku, version in session.execute(query)]


def acknowledged(session: Session, event: PriceParked | PriceChangeRollbackRequested) -> bool:
    """Tell whether the context confirmed this very price before it refused it."""
    row = session.get(Delivery, (event.correlation_id, event.context, event.sku))
    return row is not None and row.acknowledged >= event.version


def rolling_back(session: Session) -> list[str]:
    """Return the repricings whose undo has been announced and not been confirmed by everybody."""
    query = select(col(Repricing.id)).where(col(Repricing.status) == Stage.ROLLING_BACK).order_by(col(Repricing.id))
    return list(session.scalars(query))


def undo_complete(session: Session, repricing_id: str, *, now: datetime) -> bool:
    """Tell whether everybody who has to confirm the undo has answered every SKU of it."""
    row = session.get(Repricing, repricing_id)
    return row is not None and row.status == Stage.ROLLING_BACK and not laggards(session, repricing_id, now=now)


def laggards(session: Session, repricing_id: str, *, now: datetime) -> list[tuple[str, int]]:
    """Return the contexts that have not confirmed the whole undo yet, with how many SKUs each has left.

    Whoever had applied a price has to confirm; so has whoever is there to say that it had not. A context that never
    applied any of it and has been silent for `SILENCE_IS_AN_ANSWER`, or is retired, is not waited for: should it come
    back, it hears the change and its undo one after the other.
    """
    row = session.get(Repricing, repricing_id)
    if row is None or row.undo_expected is None:
        return []
    lanes = session.execute(
        select(Lane, ContextHealth)
        .outerjoin(ContextHealth, col(ContextHealth.name) == col(Lane.context))
        .where(col(Lane.repricing_id) == repricing_id, col(Lane.undone) < row.undo_expected)
        .order_by(col(Lane.context))
    )
    return [(lane.context, row.undo_expected - lane.undone) for lane, seen in lanes if _must_confirm(lane, seen, now)]


SILENCE_IS_AN_ANSWER = timedelta(minutes=1)


def _must_confirm(lane: Lane, seen: ContextHealth | None, now: datetime) -> bool:
    if seen is None:
        return True
    if seen.retired_at is not None:
        return False
    silent = seen.silent_since is not None and now - seen.silent_since >= SILENCE_IS_AN_ANSWER
    return lane.applied + lane.reverted > 0 or not silent


_UNFINISHED = (Stage.CANARY, Stage.HELD, Stage.ROLLING_BACK)
_SETTLED = col(Lane.applied) + col(Lane.ignored) + col(Lane.reverted)
_ANSWERED = _SETTLED + col(Lane.parked)
_OPEN = (
    select(
        col(Lane.context), func.sum(Lane.expected), func.sum(_SETTLED), func.sum(Lane.retrying), func.sum(Lane.parked)
    )
    .join(Repricing, col(Repricing.id) == col(Lane.repricing_id))
    .where(
        col(Lane.expected) > _SETTLED,
        col(Repricing.status) != Stage.ROLLED_BACK,
        col(Lane.context).not_in(_RETIRED),
    )
    .group_by(col(Lane.context))
)


def _count(session: Session, show: Filter) -> int:
    return session.scalar(select(func.count()).select_from(Repricing).where(_shown(show))) or 0


def _shown(show: Filter) -> ColumnElement[bool]:
    if show == "in-flight":
        moving = select(col(Lane.repricing_id)).where(
            col(Lane.expected) > _ANSWERED, col(Lane.context).not_in(_RETIRED)
        )
        return or_(col(Repricing.status).in_(_UNFINISHED), col(Repricing.id).in_(moving))
    if show == "failures":
        failed = select(col(Lane.repricing_id)).where(
            col(Lane.retrying) + col(Lane.parked) > 0, col(Lane.context).not_in(_RETIRED)
        )
        return col(Repricing.id).in_(failed) & (col(Repricing.status) != Stage.ROLLED_BACK)
    return true()


def _rows(session: Session, found: Sequence[Repricing]) -> tuple[BoardRow, ...]:
    lanes: dict[str, list[LaneView]] = {row.id: [] for row in found}
    order = {
        name: place
        for place, name in enumerate(
            session.scalars(
                select(col(ContextHealth.name)).order_by(col(ContextHealth.registered_at), col(ContextHealth.name))
            )
        )
    }
    gone = set(session.scalars(_RETIRED))
    for lane in session.scalars(select(Lane).where(col(Lane.repricing_id).in_(list(lanes)))):
        counts = _counts(lane, answers_no_more=lane.context in gone)
        lanes[lane.repricing_id].append(LaneView(lane.context, counts, lane.undone, lane.first_ack, lane.last_ack))
    return tuple(_row(row, tuple(sorted(lanes[row.id], key=lambda v: order.get(v.context, 99)))) for row in found)


def _row(row: Repricing, lanes: tuple[LaneView, ...]) -> BoardRow:
    return BoardRow(
        row.id,
        f"PC-{row.number}",
        row.reason,
        row.status,
        _progress(row, lanes),
        row.published_at,
        row.expected,
        row.undo_expected,
        row.rolled_back_at,
        lanes,
    )


def _progress(row: Repricing, lanes: Sequence[LaneView]) -> Progress:
    if row.status == Stage.ROLLING_BACK:
        return Progress.ROLLING_BACK
    if row.status == Stage.ROLLED_BACK:
        return Progress.ROLLED_BACK
    total = _sum([lane.counts for lane in lanes])
    if not lanes or total.pending or total.retrying:
        return Progress.PROPAGATING
    if row.status == Stage.HELD:
        return Progress.HELD
    if row.status == Stage.CANARY:
        return Progress.BAKING
    if total.parked:
        return Progress.PARKED
    return Progress.APPLIED if total.applied == total.expected else Progress.SETTLED


def _counts(lane: Lane, *, answers_no_more: bool) -> Counts:
    """Count a lane; of a retired context nothing is expected but what it answered, and what it retried is parked."""
    answered = lane.applied + lane.ignored + lane.retrying + lane.parked + lane.reverted
    if answers_no_more:
        given_up = lane.retrying + lane.parked
        return Counts(answered, 0, lane.applied, lane.ignored, 0, given_up, lane.reverted)
    return Counts(
        lane.expected, lane.expected - answered, lane.applied, lane.ignored, lane.retrying, lane.parked, lane.reverted
    )


def _sum(parts: Sequence[Counts]) -> Counts:
    return Counts(*(sum(getattr(part, name) for part in parts) for name in Counts.__slots__))


def _examples(session: Session, context: str, state: str, cause: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    rows = session.execute(
        select(col(Repricing.number), col(Delivery.sku))
        .join(Repricing, col(Repricing.id) == col(Delivery.repricing_id))
        .where(col(Delivery.context) == context, col(Delivery.state) == state, col(Delivery.cause) == cause)
        .order_by(col(Delivery.at), col(Repricing.number), col(Delivery.sku))
        .limit(20)
    ).all()
    return tuple(dict.fromkeys(f"PC-{number}" for number, _ in rows)), tuple(sku for _, sku in rows)
