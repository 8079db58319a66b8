"""Rows that cannot be taken, named one by one, as a list and as a file that can be corrected and sent again."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.intake.export import csv_text
from app.intake.rows import doubted
from app.intake.sheet_amounts import AMOUNTS
from app.intake.sheet_rows import Cells, SheetRow, own_columns
from app.lifecycle.errors import Refused
from app.words.counting import part


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be taken: `code` is stable, `reason` a sentence, `cells` what it held.

    `surplus` are cells for which there is no column.
    """

    row: int
    sku: str
    code: str
    reason: str
    cells: Cells
    surplus: tuple[str, ...] = ()

    def as_json(self) -> dict[str, str | int | None]:
        """Return what a refusal lists of it."""
        return {"row": self.row, "sku": self.sku, "code": self.code, "reason": self.reason}


class RowsRefused(Refused):
    """A file has rows that cannot be taken, and nobody said to go on without them; every one of them is listed."""

    code, status, title = "bad_rows", 422, "Some rows cannot be taken"

    def __init__(self, bad: Sequence[BadRow], rows: int) -> None:
        super().__init__(
            f"{part(len(bad), rows, 'row')} cannot be taken; nothing was changed. Correct them, or go on without them.",
            extra={"rows": [one.as_json() for one in bad]},
        )
        self.bad = bad


def bad(row: SheetRow, code: str, reason: str) -> BadRow:
    """Return a row as one that cannot be taken."""
    cells = _doubted(row) if row.defect else row.cells
    return BadRow(row.number, row.cells.get("sku", ""), code, reason, cells, row.surplus)


def _doubted(row: SheetRow) -> Cells:
    """Return the cells of a row that cannot be trusted so that it cannot be taken before somebody corrected it."""
    amounts = [name for name in AMOUNTS if row.cells.get(name)]
    marked = row.doubtful if row.doubtful in amounts else next(iter(amounts), "")
    return {name: doubted(text) if name == marked else text for name, text in row.cells.items()}


def as_csv(columns: Sequence[str], rows: Sequence[BadRow]) -> str:
    """Return bad rows as CSV: all their own columns, and where, what and why, which are ignored on the way back."""
    own = own_columns(columns)
    return csv_text((*own, "row", "code", "reason"), [_line(one, own) for one in rows])


def _line(one: BadRow, own: Sequence[str]) -> tuple[str | int, ...]:
    return (*(one.cells.get(name, "") for name in own), one.row, one.code, one.reason, *one.surplus)
