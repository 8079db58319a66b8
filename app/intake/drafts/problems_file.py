"""The bad rows of a draft as a file, to be corrected and brought again."""

from sqlalchemy import select
from sqlmodel import Session, col

from app.identity.actor import Actor
from app.intake.drafts.draft import find
from app.intake.drafts.rows import rows_of
from app.intake.export import csv_text
from app.intake.records import DraftLine


def problems_csv(session: Session, draft_id: str, owner: Actor) -> str:
    """Return the rows with problems as CSV, to be corrected and uploaded again."""
    find(session, draft_id, owner)
    rows = session.scalars(select(DraftLine).where(*rows_of(draft_id, ("problem",))).order_by(col(DraftLine.row)))
    return csv_text(
        ("row", "sku", "price", "code", "reason"),
        [(line.row, line.sku, _to_correct(line), line.code, line.reason) for line in rows],
    )


def _to_correct(line: DraftLine) -> str:
    """Return a price so that it reads as the same one from another file: with a point, its currency beside it."""
    if not line.value:
        return line.raw_price
    return f"{line.value} {line.currency}" if line.currency else line.value
