"""Price windows: a change with an end, after which the earlier prices return as a linked proposal of its own."""

from datetime import datetime

from sqlalchemy import insert, select
from sqlmodel import Session, col

from app.clock import new_id
from app.lifecycle.content import content_hash
from app.lifecycle.records import Hand, Line, Proposal
from app.lifecycle.status import Status


def returning(session: Session, window: Proposal, *, number: int, now: datetime) -> Proposal:
    """Write the proposal that ends a window: each published line back to its earlier price, due at its end."""
    lines = session.scalars(
        select(Line)
        .where(col(Line.proposal_id) == window.id, col(Line.published_version).is_not(None))
        .order_by(col(Line.line))
    ).all()
    rows = [_back(line, place) for place, line in enumerate(lines, start=1)]
    back = Proposal(
        id=new_id(),
        number=number,
        reason=f"Back from PC-{window.number}: {window.reason}"[:500],
        status=Status.EVALUATING,
        version=1,
        mixed="together",
        source="window",
        submitted_by=window.submitted_by,
        submitted_at=now,
        updated_at=now,
        effective_at=window.ends_at,
        returns=window.id,
        content_hash=content_hash(rows),
        lines=len(rows),
        rule_set=window.rule_set,
        currency=window.currency,
    )
    session.add(back)
    session.flush()
    for hand in session.scalars(select(Hand).where(col(Hand.proposal_id) == window.id)).all():
        session.add(Hand(proposal_id=back.id, user_id=hand.user_id, how=hand.how))
    session.connection().execute(insert(Line), [{**row, "proposal_id": back.id} for row in rows])
    return back


def _back(line: Line, place: int) -> dict[str, str | int | None]:
    return {
        "line": place,
        "sku": line.sku,
        "old": line.new,
        "new": line.old,
        "currency": line.currency,
        "base_version": line.published_version,
        "category": line.category,
        "brand": line.brand,
        "cost": line.cost,
        "competitor": line.competitor,
        "month_ago": line.month_ago,
        "wave": 1,
    }
