"""The seam: setting authoritative prices and announcing them, one event per SKU. Set-based, since bursts are large.

A proposal goes out in one piece or wave by wave; the contexts cannot tell, to them every wave is just events.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, Select, bindparam, exists, func, insert, literal, select, true, update
from sqlmodel import Session, col
from sqlmodel.sql.sqltypes import UTCDateTime

from app import outbox
from app.clock import new_id, traceparent_of
from app.contracts.events import PriceChangePublished, PriceChangeRolledBack
from app.lifecycle import layers
from app.lifecycle.records import Line, Proposal
from app.pricelist.records import Cause, Price, PriceHistory


def moved_lines(session: Session, proposal_id: str, wave: int | None = None) -> int:
    """Return how many lines (of a wave) no longer start from the price that their verdict was reached on."""
    moved = (
        select(func.count())
        .select_from(Line)
        .join(Price, col(Price.sku) == col(Line.sku))
        .where(col(Line.proposal_id) == proposal_id, _in_wave(wave), col(Price.version) != col(Line.base_version))
    )
    return session.scalar(moved) or 0


def set_prices(session: Session, proposal_id: str, now: datetime, wave: int | None = None) -> int:
    """Give every SKU of the proposal (or of one wave) its new authoritative price, at the next version.

    A SKU whose current price is not the one that its verdict was reached on is left alone. Returns how many were set.
    """
    connection = session.connection()
    ours = (col(Line.proposal_id) == proposal_id, _in_wave(wave))
    done = connection.execute(
        update(Price)
        .where(*ours, col(Line.sku) == col(Price.sku), col(Price.version) == col(Line.base_version))
        .values(amount=Line.new, version=Line.base_version + 1, since=now, proposal_id=proposal_id)
    )
    set_by_us = exists().where(
        col(Price.sku) == col(Line.sku),
        col(Price.proposal_id) == proposal_id,
        col(Price.version) == col(Line.base_version) + 1,
    )
    connection.execute(
        update(Line)
        .where(*ours, set_by_us, col(Line.published_version).is_(None))
        .values(published_version=Line.base_version + 1)
    )
    _remember(session, proposal_id, Cause.PUBLISHED, now, wave)
    return done.rowcount


def announce_publication(session: Session, proposal: Proposal, now: datetime, wave: int | None = None) -> None:
    """Queue one `PriceChangePublished` per line that was just set.

    `line` and `of` count over everything of the proposal that has gone out, this wave included.
    """
    rows = (
        session.connection()
        .execute(
            select(col(Line.sku), col(Line.old), col(Line.new), col(Line.currency), col(Line.published_version))
            .where(col(Line.proposal_id) == proposal.id, _in_wave(wave), col(Line.published_version).is_not(None))
            .order_by(col(Line.line))
        )
        .all()
    )
    trace, of = traceparent_of(proposal.id), proposal.published_lines
    first = of - len(rows) + 1
    outbox.record_prices(
        session,
        [
            (
                sku,
                PriceChangePublished(
                    id=new_id(),
                    occurred_at=now,
                    correlation_id=proposal.id,
                    traceparent=trace,
                    sku=sku,
                    old=old,
                    new=new,
                    currency=currency,
                    version=version,
                    line=number,
                    of=of,
                ),
            )
            for number, (sku, old, new, currency, version) in enumerate(rows, start=first)
        ],
    )


def _in_wave(wave: int | None) -> ColumnElement[bool]:
    return true() if wave is None else col(Line.wave) == wave


def restore_prices(session: Session, proposal_id: str, now: datetime, *, dry: bool = False) -> int:
    """Give back the earlier price, at the next version, to every SKU that no newer price has reached.

    Returns how many SKUs that is; with `dry` it only counts.
    """
    ours = (
        col(Line.proposal_id) == proposal_id,
        col(Line.sku) == col(Price.sku),
        col(Price.proposal_id) == proposal_id,
        col(Price.version) == col(Line.published_version),
    )
    connection = session.connection()
    if dry:
        return int(
            connection.execute(select(func.count()).select_from(Line).join(Price, ours[1]).where(*ours)).scalar_one()
        )
    result = connection.execute(
        update(Price).where(*ours).values(amount=Line.old, version=Price.version + 1, since=now)
    )
    _skip_prices_that_ended(session, proposal_id)
    _remember(session, proposal_id, Cause.ROLLED_BACK, now)
    return result.rowcount


def _skip_prices_that_ended(session: Session, proposal_id: str) -> None:
    """Where the earlier price was itself taken back, or its window ended, go back to the one that stands beneath.

    That happens when two overlapping changes end: the first leaves the SKU alone because the second stands there, so
    the second must not restore the first.
    """
    stands = layers.standing(session, layers.hollow(session, proposal_id))
    restored = session.execute(
        select(col(Line.sku), col(Line.old))
        .join(Price, col(Price.sku) == col(Line.sku))
        .where(
            col(Line.proposal_id) == proposal_id,
            col(Price.proposal_id) == proposal_id,
            col(Price.version) == col(Line.published_version) + 1,
        )
    )
    other = [
        {"of": sku, "to": stands[sku].amount}
        for sku, old in (restored if stands else ())
        if sku in stands and stands[sku].amount != old
    ]
    if other:
        session.connection().execute(
            update(Price).where(col(Price.sku) == bindparam("of")).values(amount=bindparam("to")), other
        )


def announce_rollback(session: Session, proposal: Proposal, now: datetime) -> None:
    """Queue one `PriceChangeRolledBack` per SKU whose price was just restored, the last wave first."""
    rows = (
        session.connection()
        .execute(
            select(col(Line.sku), col(Price.amount), col(Line.new), col(Line.currency), col(Price.version))
            .join(Price, col(Price.sku) == col(Line.sku))
            .where(
                col(Line.proposal_id) == proposal.id,
                col(Price.proposal_id) == proposal.id,
                col(Price.version) == col(Line.published_version) + 1,
            )
            .order_by(col(Line.wave).desc(), col(Line.line))
        )
        .all()
    )
    trace, of = traceparent_of(proposal.id), len(rows)
    outbox.record_prices(
        session,
        [
            (
                sku,
                PriceChangeRolledBack(
                    id=new_id(),
                    occurred_at=now,
                    correlation_id=proposal.id,
                    traceparent=trace,
                    sku=sku,
                    old=new,
                    new=restored,
                    currency=currency,
                    version=version,
                    undoes=version - 1,
                    line=number,
                    of=of,
                ),
            )
            for number, (sku, restored, new, currency, version) in enumerate(rows, start=1)
        ],
    )


def _remember(session: Session, proposal_id: str, cause: Cause, now: datetime, wave: int | None = None) -> None:
    columns = ("sku", "version", "amount", "currency", "at", "proposal_id", "cause")
    session.connection().execute(insert(PriceHistory).from_select(columns, _just_set(proposal_id, cause, now, wave)))


def _just_set(
    proposal_id: str, cause: Cause, now: datetime, wave: int | None
) -> Select[str, int, int, str, datetime, str, str]:
    version = col(Line.published_version) if cause is Cause.PUBLISHED else col(Line.published_version) + 1
    return (
        select(
            col(Price.sku),
            col(Price.version),
            col(Price.amount),
            col(Price.currency),
            literal(now, UTCDateTime()),
            literal(proposal_id),
            literal(cause.value),
        )
        .join(Line, col(Line.sku) == col(Price.sku))
        .where(
            col(Line.proposal_id) == proposal_id,
            col(Price.proposal_id) == proposal_id,
            col(Price.version) == version,
            _in_wave(wave),
        )
    )
