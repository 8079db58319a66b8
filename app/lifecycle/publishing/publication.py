"""The seam: setting authoritative prices and announcing them, one event per SKU. Set-based, in spans of lines.

A proposal goes out in one piece or wave by wave, and a large one step by step; the contexts cannot tell, to them it
is just events.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import TypedDict

from sqlalchemy import (
    ColumnElement,
    Integer,
    Row,
    Select,
    SQLColumnExpression,
    bindparam,
    func,
    insert,
    literal,
    select,
    true,
    type_coerce,
    update,
)
from sqlalchemy.orm import aliased
from sqlmodel import Session, col
from sqlmodel.sql.sqltypes import UTCDateTime

from app import outbox
from app.clock import new_id, traceparent_of
from app.contracts.events import PriceChangePublished, PriceChangeRolledBack
from app.lifecycle.publishing import effects
from app.lifecycle.publishing.comparison import Span
from app.lifecycle.records import Line, Proposal
from app.lifecycle.windows import layers
from app.lifecycle.windows.layers import Layer
from app.pricelist.records import Cause, Price, PriceHistory


def next_span(
    session: Session,
    proposal_id: str,
    *,
    wave: int,
    after: int,
    onward: bool = False,
    where: ColumnElement[bool] | None = None,
) -> Span | None:
    """Return the next lines that one step may deal with: at most `effects.LINES_PER_STEP`; None behind the last.

    Only lines `where` something holds are looked for.
    """
    rest = Span(wave, after, onward=onward)
    numbers = session.scalars(
        select(col(Line.line))
        .where(col(Line.proposal_id) == proposal_id, rest.holds(), true() if where is None else where)
        .order_by(col(Line.line))
        .limit(effects.LINES_PER_STEP)
    ).all()
    return rest._replace(upto=numbers[-1]) if numbers else None


def count(session: Session, proposal_id: str, span: Span) -> int:
    """Return how many lines a span holds."""
    query = select(func.count()).select_from(Line).where(col(Line.proposal_id) == proposal_id, span.holds())
    return session.scalar(query) or 0


OUT: ColumnElement[bool] = col(Line.published_version).is_not(None)
"""A line that went out."""


def last_wave_out(session: Session, proposal_id: str, *, upto: int) -> int | None:
    """Return the highest wave, not above `upto`, of which something went out; None if there is none."""
    query = select(func.max(col(Line.wave))).where(
        col(Line.proposal_id) == proposal_id, col(Line.published_version).is_not(None), col(Line.wave) <= upto
    )
    return session.scalar(query)


def set_prices(
    session: Session,
    proposal_id: str,
    now: datetime,
    span: Span,
    *,
    without: Collection[int] = (),
    where: ColumnElement[bool] | None = None,
) -> int:
    """Give every SKU of a span its new authoritative price, at the next version; return how many were set.

    Lines `without` are left alone, those not `where`, and a SKU whose price is not the one of its verdict.
    """
    ours = (col(Line.proposal_id) == proposal_id, span.holds(), col(Line.line).not_in(without))
    connection = session.connection()
    done = connection.execute(
        update(Price)
        .where(
            *ours,
            col(Line.sku) == col(Price.sku),
            col(Price.version) == col(Line.base_version),
            true() if where is None else where,
        )
        .values(amount=Line.new, version=Line.base_version + 1, since=now, proposal_id=proposal_id)
    )
    connection.execute(
        update(Line)
        .where(
            *ours,
            col(Price.sku) == col(Line.sku),
            col(Price.proposal_id) == proposal_id,
            col(Price.version) == col(Line.base_version) + 1,
            col(Line.published_version).is_(None),
        )
        .values(published_version=Line.base_version + 1)
    )
    _remember(session, proposal_id, Cause.PUBLISHED, now, span)
    window = session.get_one(Proposal, proposal_id).returns
    if window is not None:
        _keep_what_shows(session, proposal_id, Cause.PUBLISHED, span, layers.beneath(session, window, span.holds()))
    return done.rowcount


def announce_publication(session: Session, proposal: Proposal, now: datetime, span: Span) -> None:
    """Queue one `PriceChangePublished` per line of a span that was just set.

    `line` and `of` count over everything of the proposal that has gone out, this span included.
    """
    version = type_coerce(col(Line.published_version), Integer)
    query = select(col(Line.sku), col(Line.old), col(Line.new), col(Line.currency), version).where(
        col(Line.proposal_id) == proposal.id, span.holds(), OUT
    )
    rows, of = session.connection().execute(query.order_by(col(Line.line))).all(), proposal.published_lines
    prices = _numbered(proposal, rows, now, before=of - len(rows), of=of)
    outbox.record_prices(session, [(price["sku"], PriceChangePublished(**price)) for price in prices])


class _NewPrice(TypedDict):
    """What every announcement of a price says."""

    id: str
    occurred_at: datetime
    correlation_id: str
    traceparent: str
    sku: str
    old: int
    new: int
    currency: str
    version: int
    line: int
    of: int


def _numbered(
    proposal: Proposal, rows: Iterable[Row[str, int, int, str, int]], now: datetime, *, before: int, of: int
) -> Iterator[_NewPrice]:
    """Yield what is said of each row (SKU, price before, new price, currency, version), `before` of `of` being said."""
    trace = traceparent_of(proposal.id)
    for number, (sku, old, new, currency, version) in enumerate(rows, start=before + 1):
        yield {
            "id": new_id(),
            "occurred_at": now,
            "correlation_id": proposal.id,
            "traceparent": trace,
            "sku": sku,
            "old": old,
            "new": new,
            "currency": currency,
            "version": version,
            "line": number,
            "of": of,
        }


def count_ours(session: Session, proposal_id: str) -> int:
    """Return how many SKUs still stand at the price that a proposal gave them."""
    query = select(func.count()).select_from(Line).join(Price, col(Price.sku) == col(Line.sku))
    return session.scalar(query.where(*_still_ours(proposal_id))) or 0


def restore_prices(session: Session, proposal_id: str, now: datetime, span: Span) -> int:
    """Give back the earlier price, at the next version, to every SKU of a span that no newer price has reached.

    Returns how many SKUs that is.
    """
    result = session.connection().execute(
        update(Price)
        .where(*_still_ours(proposal_id), span.holds())
        .values(amount=Line.old, version=Price.version + 1, since=now)
    )
    stands = layers.beneath(session, proposal_id, span.holds())
    _skip_prices_that_ended(session, proposal_id, span, stands)
    _remember(session, proposal_id, Cause.ROLLED_BACK, now, span)
    _keep_what_shows(session, proposal_id, Cause.ROLLED_BACK, span, stands)
    return result.rowcount


def _still_ours(proposal_id: str) -> tuple[ColumnElement[bool], ...]:
    return (
        col(Line.proposal_id) == proposal_id,
        col(Line.sku) == col(Price.sku),
        col(Price.proposal_id) == proposal_id,
        col(Price.version) == col(Line.published_version),
    )


def _just_restored(proposal_id: str, span: Span) -> tuple[ColumnElement[bool], ...]:
    return (
        col(Line.proposal_id) == proposal_id,
        span.holds(),
        col(Price.proposal_id) == proposal_id,
        col(Price.version) == col(Line.published_version) + 1,
    )


def _skip_prices_that_ended(session: Session, proposal_id: str, span: Span, stands: Mapping[str, Layer]) -> None:
    """Where the earlier price was itself taken back, or its window ended, go back to the one that stands beneath.

    That happens when two overlapping changes end: the first leaves the SKU alone because the second stands there, so
    the second must not restore the first.
    """
    if not stands:
        return
    restored = session.execute(
        select(col(Line.sku), col(Line.old))
        .join(Price, col(Price.sku) == col(Line.sku))
        .where(*_just_restored(proposal_id, span))
    )
    other = [
        {"of": sku, "to": stands[sku].amount} for sku, old in restored if sku in stands and stands[sku].amount != old
    ]
    if other:
        session.connection().execute(
            update(Price).where(col(Price.sku) == bindparam("of")).values(amount=bindparam("to")), other
        )


def announce_rollback(session: Session, proposal: Proposal, now: datetime, span: Span, *, before: int, of: int) -> None:
    """Queue one `PriceChangeRolledBack` per SKU of a span whose price was just restored.

    `before` is how many were announced earlier, `of` how many the whole rollback is about.
    """
    rows = session.connection().execute(
        select(col(Line.sku), col(Line.new), col(Price.amount), col(Line.currency), col(Price.version))
        .join(Price, col(Price.sku) == col(Line.sku))
        .where(*_just_restored(proposal.id, span))
        .order_by(col(Line.line))
    )
    prices = _numbered(proposal, rows.all(), now, before=before, of=of)
    undone = ((price["sku"], PriceChangeRolledBack(**price, undoes=price["version"] - 1)) for price in prices)
    outbox.record_prices(session, undone)


def _remember(session: Session, proposal_id: str, cause: Cause, now: datetime, span: Span) -> None:
    columns = ("sku", "version", "amount", "currency", "at", "proposal_id", "cause", "shows")
    session.connection().execute(insert(PriceHistory).from_select(columns, _just_set(proposal_id, cause, now, span)))


def _just_set(
    proposal_id: str, cause: Cause, now: datetime, span: Span
) -> Select[str, int, int, str, datetime, str, str, int | None]:
    return (
        select(
            col(Price.sku),
            col(Price.version),
            col(Price.amount),
            col(Price.currency),
            literal(now, UTCDateTime()),
            literal(proposal_id),
            literal(cause.value),
            _from_where(proposal_id, cause),
        )
        .join(Line, col(Line.sku) == col(Price.sku))
        .where(
            col(Line.proposal_id) == proposal_id,
            col(Price.proposal_id) == proposal_id,
            col(Price.version) == _set_by_line(cause),
            span.holds(),
        )
    )


def _set_by_line(cause: Cause) -> SQLColumnExpression[int | None]:
    return col(Line.published_version) if cause is Cause.PUBLISHED else col(Line.published_version) + 1


def _from_where(proposal_id: str, cause: Cause) -> SQLColumnExpression[int | None]:
    """Return from which version that started which a price ends; nothing where it ends none."""
    if cause is Cause.ROLLED_BACK:
        return col(Line.base_version)
    opened = aliased(Line)
    window = select(col(Proposal.returns)).where(col(Proposal.id) == proposal_id).scalar_subquery()
    return (
        select(col(opened.base_version))
        .where(col(opened.proposal_id) == window, col(opened.line) == col(Line.line))
        .scalar_subquery()
    )


def _keep_what_shows(session: Session, proposal_id: str, cause: Cause, span: Span, stands: Mapping[str, Layer]) -> None:
    """Keep with every price of a span that came back which layer it shows, where that is not the one just beneath."""
    if not stands:
        return
    came_back = session.execute(
        select(col(Line.sku), _set_by_line(cause)).where(
            col(Line.proposal_id) == proposal_id, span.holds(), col(Line.published_version).is_not(None)
        )
    )
    kept = [{"of": sku, "set_as": version, "to": stands[sku].version} for sku, version in came_back if sku in stands]
    if kept:
        session.connection().execute(
            update(PriceHistory)
            .where(
                col(PriceHistory.sku) == bindparam("of"),
                col(PriceHistory.version) == bindparam("set_as"),
                col(PriceHistory.proposal_id) == proposal_id,
            )
            .values(shows=bindparam("to")),
            kept,
        )
