"""The bad rows of a draft as a file, to be corrected and brought again."""

from sqlalchemy import select
from sqlmodel import Session, col

from app.identity.actor import Actor
from app.intake.drafts.draft import find
from app.intake.drafts.rows import rows_of
from app.intake.export import csv_text
from app.intake.records import DraftLine
from app.intake.rows import doubted

CAME_AS = "as it came"
OF_SKU = ("missing_sku", "bad_sku", "unknown_sku")
"""What is wrong with a row whose price is a good one."""


def problems_csv(session: Session, draft_id: str, owner: Actor) -> str:
    """Return the rows with problems as CSV, to be corrected and uploaded again; a row left as it is stays a problem."""
    find(session, draft_id, owner)
    rows = session.scalars(select(DraftLine).where(*rows_of(draft_id, ("problem",))).order_by(col(DraftLine.row)))
    return csv_text(
        ("row", "sku", "price", CAME_AS, "code", "reason"),
        [(line.row, line.sku, _to_correct(line), line.raw_price, line.code, line.reason) for line in rows],
    )


def _to_correct(line: DraftLine) -> str:
    """Return a price that reads as the same one from another file: with a point, its currency beside it.

    One that was doubtful where it stood would read as a price all by itself, so it is marked.
    """
    if line.value and line.code in (*OF_SKU, "wrong_currency"):
        return f"{line.value} {line.currency}" if line.currency else line.value
    return doubted(line.raw_price)
