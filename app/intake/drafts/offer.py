"""What of a draft would be submitted, and what it would be with the prices that pass."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from app.identity.actor import Actor
from app.intake.drafts.draft import find
from app.intake.drafts.rows import MAX_PAGE, SUBMITTABLE, Kind, rows_of
from app.intake.dry_run import JudgedLine, judge_again
from app.intake.records import DraftLine
from app.intake.weight import Weighed
from app.lifecycle.proposing.submission import Mixed, ProposedLine, Submission
from app.pricelist.records import Product
from app.words.percent import WHOLE_BP


def submission(
    session: Session,
    draft_id: str,
    owner: Actor,
    *,
    reason: str,
    mixed: Mixed = "together",
    effective_at: datetime | None = None,
    kinds: Sequence[Kind] = SUBMITTABLE,
) -> Submission:
    """Return what would be submitted: the changed rows of the given kinds, in the order of the file.

    Rows with problems and unchanged rows are never part of it.
    """
    find(session, draft_id, owner)
    chosen = tuple(kind for kind in kinds if kind in SUBMITTABLE)
    query = select(col(DraftLine.sku), col(DraftLine.new)).where(*rows_of(draft_id, chosen or ("none",)))
    lines = tuple(ProposedLine(sku, price) for sku, price in session.execute(query.order_by(col(DraftLine.row))))
    return Submission(reason, lines, effective_at, mixed, "file")


def changes(session: Session, draft_id: str, owner: Actor, kinds: Sequence[Kind] = SUBMITTABLE) -> list[Weighed]:
    """Return what would be submitted, in the order of the file."""
    find(session, draft_id, owner)
    columns = (DraftLine.sku, DraftLine.name, DraftLine.kind, DraftLine.old, DraftLine.new, DraftLine.currency)
    query = select(*map(col, columns)).where(*rows_of(draft_id, kinds)).order_by(col(DraftLine.row))
    return [Weighed(*tuple(row)) for row in session.execute(query)]


def currencies(session: Session, draft_id: str, owner: Actor, kinds: Sequence[Kind] = SUBMITTABLE) -> list[str]:
    """Return the currencies of what would be submitted."""
    find(session, draft_id, owner)
    query = select(col(DraftLine.currency)).where(*rows_of(draft_id, kinds)).distinct()
    return sorted(str(currency) for currency in session.scalars(query))


def named_lines(
    session: Session, draft_id: str, owner: Actor, kinds: Sequence[Kind] = SUBMITTABLE
) -> list[tuple[str, str, str]]:
    """Return SKU, category and brand of what would be submitted, in the order of the file."""
    find(session, draft_id, owner)
    query = (
        select(col(DraftLine.sku), col(Product.category), col(Product.brand))
        .join(Product, col(Product.sku) == col(DraftLine.sku))
        .where(*rows_of(draft_id, kinds))
        .order_by(col(DraftLine.row))
    )
    return [(str(sku), str(category), str(brand)) for sku, category, brand in session.execute(query)]


def largest_change(session: Session, draft_id: str, owner: Actor, kinds: Sequence[Kind] = SUBMITTABLE) -> int:
    """Return the furthest change of what would be submitted, in basis points, with its direction."""
    find(session, draft_id, owner)
    old, new = col(DraftLine.old), col(DraftLine.new)
    size = (2 * WHOLE_BP * func.abs(new - old) + old) // (2 * old)  # `change_bp`, as SQL
    furthest = select(func.coalesce(func.max(size), 0)).where(*rows_of(draft_id, kinds), old > 0)
    up, down = session.scalar(furthest.where(new >= old)), session.scalar(furthest.where(new < old))
    return max(-(down or 0), up or 0, key=abs)


def with_passing_prices(
    session: Session,
    draft_id: str,
    owner: Actor,
    now: datetime,
    *,
    rows: Sequence[int] | None = None,
    kind: Kind = "hard",
) -> list[JudgedLine]:
    """Judge the passing prices of the given rows, or of all of one kind; writes nothing."""
    find(session, draft_id, owner)
    chosen = (
        rows_of(draft_id, (kind,))
        if rows is None
        else (*rows_of(draft_id, ()), col(DraftLine.row).in_(rows[:MAX_PAGE]))
    )
    query = select(col(DraftLine.row), col(DraftLine.sku), col(DraftLine.passing_price)).where(
        *chosen, col(DraftLine.passing_price).is_not(None)
    )
    prices = [(int(row), str(sku), int(price)) for row, sku, price in session.execute(query)]
    return judge_again(session, prices, now)
