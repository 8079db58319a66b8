"""The seam: setting authoritative prices and announcing them, one event per SKU. Set-based, since bursts are large."""

from datetime import datetime

from sqlalchemy import Select, func, insert, literal, select, update
from sqlmodel import Session, col
from sqlmodel.sql.sqltypes import UTCDateTime

from app import outbox
from app.clock import new_id, traceparent_of
from app.contracts.events import PriceChangePublished, PriceChangeRolledBack
from app.lifecycle.records import Line, Proposal
from app.pricelist.records import Cause, Price, PriceHistory


def set_prices(session: Session, proposal_id: str, now: datetime) -> None:
    """Give every SKU of the proposal its new authoritative price, at the next version."""
    connection = session.connection()
    connection.execute(
        update(Price)
        .where(col(Line.proposal_id) == proposal_id, col(Line.sku) == col(Price.sku))
        .values(amount=Line.new, version=Line.base_version + 1, since=now, proposal_id=proposal_id)
    )
    connection.execute(
        update(Line).where(col(Line.proposal_id) == proposal_id).values(published_version=Line.base_version + 1)
    )
    _remember(session, proposal_id, Cause.PUBLISHED, now)


def announce_publication(session: Session, proposal: Proposal, now: datetime) -> None:
    """Queue one `PriceChangePublished` per line."""
    rows = (
        session.connection()
        .execute(
            select(col(Line.sku), col(Line.old), col(Line.new), col(Line.currency), col(Line.published_version))
            .where(col(Line.proposal_id) == proposal.id)
            .order_by(col(Line.line))
        )
        .all()
    )
    trace, of = traceparent_of(proposal.id), len(rows)
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
            for number, (sku, old, new, currency, version) in enumerate(rows, start=1)
        ],
    )


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
    _remember(session, proposal_id, Cause.ROLLED_BACK, now)
    return result.rowcount


def announce_rollback(session: Session, proposal: Proposal, now: datetime) -> None:
    """Queue one `PriceChangeRolledBack` per SKU whose price was just restored."""
    rows = (
        session.connection()
        .execute(
            select(col(Line.sku), col(Line.old), col(Line.new), col(Line.currency), col(Price.version))
            .join(Price, col(Price.sku) == col(Line.sku))
            .where(
                col(Line.proposal_id) == proposal.id,
                col(Price.proposal_id) == proposal.id,
                col(Price.version) == col(Line.published_version) + 1,
            )
            .order_by(col(Line.line))
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
                    new=old,
                    currency=currency,
                    version=version,
                    undoes=version - 1,
                    line=number,
                    of=of,
                ),
            )
            for number, (sku, old, new, currency, version) in enumerate(rows, start=1)
        ],
    )


def _remember(session: Session, proposal_id: str, cause: Cause, now: datetime) -> None:
    columns = ("sku", "version", "amount", "currency", "at", "proposal_id", "cause")
    session.connection().execute(insert(PriceHistory).from_select(columns, _just_set(proposal_id, cause, now)))


def _just_set(proposal_id: str, cause: Cause, now: datetime) -> Select[str, int, int, str, datetime, str, str]:
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
            col(Line.proposal_id) == proposal_id, col(Price.proposal_id) == proposal_id, col(Price.version) == version
        )
    )
