"""From the rows of a table, whose columns are known, to rows of SKU and price. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.intake import headings, numbers
from app.intake.columns import Columns, letter
from app.intake.numbers import Mark
from app.intake.table import Table, TableRow
from app.intake.unreadable import UnreadableFile


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row as it came. `row` counts as a spreadsheet does; `defect` says why the row cannot be trusted.

    `value` is the price as a number, `+4.5%` for a change; empty where the text is none. `currency` stands beside it,
    `held` is the number behind one that is shown rounded.
    """

    row: int
    sku: str
    price: str
    defect: str = ""
    value: str = ""
    currency: str = ""
    held: str = ""


@dataclass(slots=True)
class Sorted:
    """Rows that say a price, and how many were told apart from them."""

    rows: list[TableRow]
    totals: int = 0
    empty: int = 0
    hidden: int = 0

    @classmethod
    def of(cls, rows: Sequence[TableRow], columns: Columns, cells: Sequence[str], *, leave_hidden: bool) -> "Sorted":
        """Sort rows; a repeated heading, a row without SKU and price and a total say no price."""
        kept = cls([])
        for row in rows:
            kept.hidden += row.hidden
            if row.hidden and leave_hidden:
                continue
            if _is_total(row, columns):
                kept.totals += 1
            elif _says_nothing(row, columns) or _is_heading(row, columns, cells):
                kept.empty += 1
            else:
                kept.rows.append(row)
        return kept


def _is_total(row: TableRow, columns: Columns) -> bool:
    sku = row.text(columns.sku)
    looked_at = [sku] if sku else row.texts()
    return any(headings.plain(cell) in headings.TOTAL for cell in looked_at if cell and cell[0].isalpha())


def _says_nothing(row: TableRow, columns: Columns) -> bool:
    troubled = columns.sku in row.troubles or columns.price in row.troubles
    return not (troubled or row.text(columns.sku) or row.text(columns.price))


def _is_heading(row: TableRow, columns: Columns, cells: Sequence[str]) -> bool:
    """Tell whether a row repeats the heading, as programs print it on every page."""
    same = bool(cells) and columns.sku < len(cells) and row.text(columns.sku) == cells[columns.sku]
    return same and row.texts()[: len(cells)] == list(cells)


def decimal_of(rows: Sequence[TableRow], columns: Columns, usual: Mark) -> Mark:
    """Return the decimal mark that the texts in the price column show; a workbook's numbers need none.

    Where they show none, it is the one that the same person gave for this layout before.
    """
    found = numbers.evidence(row.text(columns.price) for row in rows if not row.is_number(columns.price))
    if found.either and usual and not (found.point or found.comma):
        return usual
    if found.either and bool(found.point) == bool(found.comma):
        raise UnreadableFile.two_decimals(found.either, mixed=bool(found.point))
    if found.point or found.comma:
        return "." if found.point >= found.comma else ","
    return ""


def slips(table: Table, rows: Sequence[TableRow], width: int) -> Callable[[TableRow], bool]:
    """Return what tells whether cells of a row have slipped: a text's row with more cells than its heading."""
    lengths = {len(row.cells) for row in rows}
    padded = len(lengths) == 1 and all(not any(row.texts()[width:]) for row in rows)
    return lambda row: not table.sheet and len(row.cells) > width and not padded


def row_of(row: TableRow, columns: Columns, decimal: Mark, slipped: bool, table: Table) -> RawRow:
    """Return what a row says, or why it cannot be trusted."""
    sku, price = row.text(columns.sku), row.text(columns.price)
    if slipped:
        return RawRow(row.number, sku, price, _slip(row, columns, table.delimiter))
    for column in (columns.sku, columns.price):
        if column in row.troubles:
            return RawRow(row.number, sku, price, f"The cell {letter(column)}{row.number} {row.troubles[column]}.")
    if columns.sku in row.held:
        return RawRow(row.number, sku, price, f"The cell {letter(columns.sku)}{row.number} shows {sku} but holds"
                      f" {row.held[columns.sku]}; format the column as text.")  # fmt: skip
    decimal = "." if row.is_number(columns.price) else decimal
    value, beside = valued(price, decimal, change=columns.change)
    said = [currency for currency in (row.text(columns.currency), beside, columns.beside) if currency]
    other = next((currency for currency in said if not numbers.same_currency(said[0], currency)), "")
    if other:
        return RawRow(row.number, sku, price, f"The row says {said[0]} and {other}; leave the one that is meant.")
    return RawRow(row.number, sku, price, "", value, said[0] if said else "", row.held.get(columns.price, ""))


def valued(price: str, decimal: Mark, *, change: bool) -> tuple[str, str]:
    """Return a price as a number (`1104.50`, `+4.5%`) and the currency beside it; empty where it is not written so."""
    written = numbers.taken_apart(price)
    number = numbers.plain(written.number, decimal) if written else None
    if written is None or number is None:
        return "", ""
    if not change and not written.percent:
        return ("", "") if written.sign else (number, written.currency)
    if not change and not written.sign:
        return "", ""
    if change and not written.percent and number != "0" and Decimal(number) < 1:
        return "", ""
    return f"{written.sign or '+'}{number}%", ""


def _slip(row: TableRow, columns: Columns, delimiter: str) -> str:
    cells = row.texts()
    two = cells[columns.price : columns.price + 2]
    if delimiter == "," and len(two) == 2 and two[0].isdigit() and two[1].isdigit() and len(two[1]) <= 2:
        return (
            f"A comma splits the price: is {two[0]}.{two[1]} meant? Write it with a point, or put {two[0]},{two[1]}"
            " in quotation marks."
        )
    return f"The row has {len(cells)} cells, more than the heading; put a cell with commas in quotation marks."
