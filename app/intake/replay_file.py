"""What a replay turned as a file: a row for each line."""

from sqlmodel import Session

from app.intake.export import csv_text
from app.lifecycle.rulebook import replay_views
from app.lifecycle.rulebook.reckoned import TurnedLine

COLUMNS = ("proposal", "line", "sku", "category", "change_bp", "was", "now", "kinds")


def as_csv(session: Session, replay_id: str) -> str:
    """Return the lines that would get another verdict as CSV. Raises `NotFound`."""
    return csv_text(COLUMNS, map(_row, replay_views.all_lines(session, replay_id)))


def _row(one: TurnedLine) -> tuple[str | int, ...]:
    kinds = " ".join(one.kinds)
    return (f"PC-{one.proposal}", one.line, one.sku, one.category, one.change_bp, one.was, one.now, kinds)
