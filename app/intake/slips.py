"""Rows in which half of a price stands in the next column: they are never read as the other half. Pure."""

from collections.abc import Sequence

from app.intake import nameless, numbers
from app.intake.columns import Columns
from app.intake.given import Beside
from app.intake.table import Table, TableRow
from app.intake.unreadable import NAMES


class Slips:
    """Tells in which rows cells have slipped: half of a price stands in the next column, and that has no heading.

    In a text anything under no heading right of the price may be such a half, and a row may not have more cells than
    its heading. Where a person says that cells without a heading are notes, those beside the price are, unless they
    read as numbers; in a workbook, whose cells slip only if it was made of a text, so are all others.
    """

    def __init__(
        self, table: Table, rows: Sequence[TableRow], columns: Columns, cells: Sequence[str], beside: Beside
    ) -> None:
        roles = {columns.sku, columns.price, *columns.currencies}
        self._price, self._delimiter, self._sheet = columns.price, table.delimiter, bool(table.sheet)
        self._headed, self._notes = bool(cells), beside == "notes"
        self._width = len(cells) or max(roles) + 1
        self._named = roles | {n for n in range(self._width) if not cells or cells[n]}
        lengths = {len(row.cells) for row in rows}
        self._padded = len(lengths) == 1 and not any(any(row.texts()[self._width :]) for row in rows)

    def slipped(self, row: TableRow) -> bool:
        """Tell whether cells of a row have slipped."""
        return bool(self._suspects(row)) or self._too_long(row)

    def why(self, row: TableRow) -> str:
        """Say what stands where in a row whose cells have slipped, and what to do."""
        meant = self._meant(row)
        if meant:
            return meant
        found = self._suspects(row)
        if found and (found[0] < self._width or not self._too_long(row)):
            return (
                f"{nameless.told(row.number, found[0], row.text(found[0]))} Type the price that is meant, or write it"
                f" whole in the file, in quotation marks if it has commas; if it is a note, {self._else()}."
            )
        sign = NAMES.get(self._delimiter, "comma")
        return f"The row has {len(row.cells)} cells, more than the heading; put a cell with {sign}s in quotation marks."

    def _else(self) -> str:
        named = "give its column a heading"
        return named if self._sheet or self._notes else f"{named}, or read cells without a heading as notes"

    def _suspects(self, row: TableRow) -> list[int]:
        """Return the cells under no heading that may be half of the price, or pushed right by such a half."""
        there = nameless.filled(row.texts(), self._named, right_of=self._price)
        if not (self._sheet or self._notes):
            return there
        beside = there[:1] == [self._price + 1] and _is_number(row.text(self._price + 1))
        if beside or self._sheet or not self._headed:
            return there[:1] if beside else []
        return [column for column in there if not self._named.isdisjoint(range(self._price + 1, column))]

    def _too_long(self, row: TableRow) -> bool:
        if self._sheet or (self._notes and not self._headed):
            return False
        return len(row.cells) > self._width and not self._padded

    def price(self, row: TableRow) -> str:
        """Return everything of which a price that slipped may be made."""
        return (self._delimiter.strip() or " ").join(text for text in row.texts()[self._price :] if text)

    def _meant(self, row: TableRow) -> str:
        """Say which price a comma may have split."""
        whole, part = row.text(self._price), row.text(self._price + 1)
        written = numbers.taken_apart(f"{whole},{part}") if self._delimiter == "," and part else None
        mark = numbers.mark_of(written.number) if written else ""
        if mark == "," and "." not in whole:
            return (
                f"A comma splits the price: is {whole}.{part} meant? Write it with a point, or put {whole},{part} in"
                " quotation marks."
            )
        if mark in ("either", "."):
            return (
                f"A comma splits the price: is {whole}{part} meant? Write it without the comma. If {part} is something"
                f" else, {self._else()}."
            )
        return ""


def _is_number(text: str) -> bool:
    return text[:1].isdigit() or numbers.taken_apart(text) is not None
