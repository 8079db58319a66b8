"""The rows of a draft as a page shows them."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session, col

from app.identity.actor import Actor
from app.intake.drafts.draft import ROWS_PER_STEP, find
from app.intake.records import Draft, DraftLine
from app.lifecycle.views.values import FindingView, Page
from app.words.percent import change_bp

Kind = Literal["hard", "soft", "clean", "unchanged", "problem"]
SUBMITTABLE: tuple[Kind, ...] = ("clean", "soft", "hard")
MAX_PAGE = 1000


@dataclass(frozen=True, slots=True)
class DraftRow:
    """One row of a draft as a page shows it. Money in minor units; `code` and `reason` only for problems."""

    row: int
    kind: Kind
    sku: str
    raw_price: str
    code: str | None
    reason: str | None
    name: str | None
    brand: str | None
    old: int | None
    new: int | None
    currency: str | None
    cost: int | None
    competitor: int | None
    passing_price: int | None
    change_bp: int | None
    findings: tuple[FindingView, ...]
    meant: str | None = None
    value: str | None = None


def page(
    session: Session,
    draft_id: str,
    owner: Actor,
    *,
    kind: Kind | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> Page[DraftRow]:
    """Return rows of one kind (or all), in the order of the file."""
    find(session, draft_id, owner)
    limit = max(1, min(limit, MAX_PAGE))
    query = select(DraftLine).where(*rows_of(draft_id, (kind,) if kind else ()))
    if cursor and cursor.isascii() and cursor.isdigit():
        query = query.where(col(DraftLine.row) > int(cursor[:9]))
    found = session.scalars(query.order_by(col(DraftLine.row)).limit(limit + 1)).all()
    items = [shown(line) for line in found[:limit]]
    return Page(items, str(items[-1].row) if len(found) > limit else None)


def problems(
    session: Session, draft_id: str, owner: Actor, *, row: int | None = None, after: int = 0
) -> list[DraftRow]:
    """Return a step's problems that may be another SKU, or the one of a row. Raises `NotFound`."""
    find(session, draft_id, owner)
    query = select(DraftLine).where(*rows_of(draft_id, ("problem",)), col(DraftLine.row) > after)
    chosen = col(DraftLine.meant).is_not(None) if row is None else col(DraftLine.row) == row
    found = session.scalars(query.where(chosen).order_by(col(DraftLine.row)).limit(ROWS_PER_STEP))
    return [shown(line) for line in found]


def rows_with(session: Session, draft_id: str, owner: Actor, skus: Sequence[str]) -> dict[str, int]:
    """Return in which row of a draft that is no problem each of these SKUs stands already."""
    find(session, draft_id, owner)
    query = select(col(DraftLine.sku), col(DraftLine.row)).where(
        *rows_of(draft_id, (*SUBMITTABLE, "unchanged")), col(DraftLine.sku).in_(skus)
    )
    return {str(sku): int(row) for sku, row in session.execute(query)}


def count_meant(session: Session, draft_id: str, owner: Actor) -> int:
    """Return in how many problems the SKU of a product is spelled another way."""
    find(session, draft_id, owner)
    query = select(func.count()).where(*rows_of(draft_id, ("problem",)), col(DraftLine.meant).is_not(None))
    return session.scalar(query.select_from(DraftLine)) or 0


def rows_of(draft_id: str, kinds: Iterable[str]) -> tuple[ColumnElement[bool], ...]:
    """Say which rows are a draft's, of some kinds or of all."""
    chosen = tuple(kinds)
    edition = select(col(Draft.edition)).where(col(Draft.id) == draft_id).scalar_subquery()
    these = (col(DraftLine.draft_id) == draft_id, col(DraftLine.edition) == edition)
    return (*these, col(DraftLine.kind).in_(chosen)) if chosen else these


def shown(line: DraftLine) -> DraftRow:
    """Return a kept row as it is shown."""
    findings = tuple(FindingView(**finding) for finding in json.loads(line.findings or "[]"))
    return DraftRow(
        row=line.row,
        kind=_KINDS[line.kind],
        sku=line.sku,
        raw_price=line.raw_price,
        code=line.code,
        reason=line.reason,
        name=line.name,
        brand=line.brand,
        old=line.old,
        new=line.new,
        currency=line.currency,
        cost=line.cost,
        competitor=line.competitor,
        passing_price=line.passing_price,
        findings=findings,
        meant=line.meant,
        value=line.value,
        change_bp=_change_bp(line.old, line.new),
    )


_KINDS: dict[str, Kind] = {
    "hard": "hard",
    "soft": "soft",
    "clean": "clean",
    "unchanged": "unchanged",
    "problem": "problem",
}


def _change_bp(old: int | None, new: int | None) -> int | None:
    return change_bp(old, new) if old is not None and new is not None else None
