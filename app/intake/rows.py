"""From the rows of a table, whose columns are known, to rows of SKU and price. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from app.intake import headings, numbers
from app.intake.columns import Columns, by_headings, letter, names_columns
from app.intake.given import NOTHING
from app.intake.numbers import Mark
from app.intake.slips import Slips
from app.intake.table import TableRow
from app.intake.unreadable import UnreadableFile
from app.words.sku import clean

_MARKS: tuple[Mark, ...] = (".", ",")


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row as it came. `row` counts as a spreadsheet does; `defect` says why the row cannot be trusted.

    `value` is the price as a number, `+4.5%` for a change; empty where the text is none. `currency` stands beside it,
    `held` is the number behind one that is shown rounded. `doubt` says why it may be no row of prices at all: what it
    says is clear, and a person who keeps it as it stands settles that.
    """

    row: int
    sku: str
    price: str
    defect: str = ""
    value: str = ""
    currency: str = ""
    held: str = ""
    doubt: str = ""


@dataclass(slots=True)
class Sorted:
    """Rows that say a price, and how many were told apart from them; those in `maybe` may be totals."""

    rows: list[TableRow] = field(default_factory=list)
    maybe: set[int] = field(default_factory=set)
    empty: int = 0
    hidden: int = 0

    @classmethod
    def of(cls, rows: Sequence[TableRow], columns: Columns, cells: Sequence[str], *, leave_hidden: bool) -> "Sorted":
        """Sort rows; a repeated heading and a row without SKU and price say no price.

        Raises `UnreadableFile` where a heading gives the columns another meaning.
        """
        kept = cls()
        for row in rows:
            kept.hidden += row.hidden
            if row.hidden and leave_hidden:
                continue
            if _may_be_total(row, columns):
                kept.maybe.add(row.number)
                kept.rows.append(row)
            elif _says_nothing(row, columns) or _is_heading(row, columns, cells):
                kept.empty += 1
            else:
                kept.rows.append(row)
        return kept

    @property
    def sure(self) -> list[TableRow]:
        """Return the rows that are no total by any reading."""
        return [row for row in self.rows if row.number not in self.maybe]


def _may_be_total(row: TableRow, columns: Columns) -> bool:
    sku = row.text(columns.sku)
    looked_at = [sku] if sku else row.texts()
    return any(headings.plain(cell) in headings.TOTAL for cell in looked_at if cell and cell[0].isalpha())


def _says_nothing(row: TableRow, columns: Columns) -> bool:
    troubled = columns.sku in row.troubles or columns.price in row.troubles
    return not (troubled or row.text(columns.sku) or row.text(columns.price))


def _is_heading(row: TableRow, columns: Columns, cells: Sequence[str]) -> bool:
    """Tell whether a row repeats the heading, as programs print it on every page; refuse another one."""
    price = row.text(columns.price)
    if price[:1].isdigit() and price[-1:].isdigit():
        return False
    texts = row.texts()
    if cells and texts[: len(cells)] == list(cells):
        return True
    if not names_columns(texts):
        return False
    try:
        same = by_headings(texts, NOTHING).same_places(columns)
    except UnreadableFile:
        same = False
    if not same:
        raise UnreadableFile.second_table(row.number, texts)
    return True


@dataclass(frozen=True, slots=True)
class TotalsTold:
    """Rows of which it was settled whether they are totals: the numbers of those that are, and why others may be."""

    totals: frozenset[int]
    doubtful: dict[int, str]


def told_apart(
    kept: Sorted, columns: Columns, decimal: Mark, products: Callable[[Sequence[str]], frozenset[str]]
) -> TotalsTold:
    """Tell totals from products that are called like one; only a row that can be no product is a total."""
    found = products([row.text(columns.sku) for row in kept.rows if row.number in kept.maybe]) if kept.maybe else ()
    totals, doubtful = set[int](), dict[int, str]()
    whole = since = Decimal(0)
    for row in kept.rows:
        amount, sku = _amount(row, columns, decimal), row.text(columns.sku)
        adds_up = amount is not None and amount in (whole, since)
        if row.number not in kept.maybe or (sku in found and not adds_up) or (not sku and amount and not adds_up):
            whole, since = whole + (amount or 0), since + (amount or 0)
        elif sku in found:
            doubtful[row.number] = (
                f"The row may be the product {sku}, or the total of the rows above. If it is the product, check it as"
                " it stands, or put it first in the file; if it is the total, leave it out."
            )
        else:
            totals.add(row.number)
            since = Decimal(0)
    return TotalsTold(frozenset(totals), doubtful)


def _amount(row: TableRow, columns: Columns, decimal: Mark) -> Decimal | None:
    written = numbers.taken_apart(row.text(columns.price))
    number = numbers.plain(written.number, "." if row.is_number(columns.price) else decimal) if written else None
    return Decimal(number) if number else None


def may_be_row(row: TableRow, columns: Columns) -> bool:
    """Tell whether a row above the headings may say a price: what stands there is never dropped as a title."""
    filled = [column for column, text in enumerate(row.texts()) if text]
    if len(filled) < 2:
        return False
    if {columns.sku, columns.price} <= set(filled):
        return _is_amount(row, columns.sku) or _is_amount(row, columns.price)
    return any(_is_money(row, column) for column in filled)


def _is_amount(row: TableRow, column: int) -> bool:
    written = numbers.taken_apart(row.text(column))
    return row.is_number(column) or bool(written and numbers.mark_of(written.number) != "none")


def _is_money(row: TableRow, column: int) -> bool:
    """Tell whether a number has decimals, a sign or a currency: a year and a customer's number have none."""
    written = numbers.taken_apart(row.text(column))
    if written is None or (mark := numbers.mark_of(written.number)) == "none":
        return False
    return bool(mark or written.currency or written.percent)


def stray(heading: int) -> str:
    """Say why a row that stands above the headings may be none."""
    return (
        f"The row stands above the headings in row {heading:,}, so nothing says what its cells mean. If they are the"
        " SKU and the price, check it as it stands, or put it below the headings; if not, leave it out."
    )


def decimal_of(rows: Sequence[TableRow], columns: Columns, before: Mark) -> tuple[Mark, bool]:
    """Return the decimal mark that the texts in the price column show; a workbook's numbers need none.

    Where they show none, it is the one that the same person gave for this layout before, unless numbers in other
    columns show another; then the answer's second half is true.
    """
    texts = [row.text(columns.price) for row in rows if not row.is_number(columns.price)]
    found = numbers.evidence(texts)
    if found.either and before and not (found.point or found.comma) and not _shows_other(rows, columns, before):
        return before, True
    if found.either and bool(found.point) == bool(found.comma):
        raise UnreadableFile.two_decimals(found.either, mixed=bool(found.point))
    if found.point or found.comma:
        return ("." if found.point >= found.comma else ","), False
    return "", False


def _shows_other(rows: Sequence[TableRow], columns: Columns, before: Mark) -> bool:
    """Tell whether numbers beside the prices are sure of another decimal mark than a remembered one."""
    found = numbers.evidence(
        row.text(column)
        for row in rows
        for column in range(len(row.cells))
        if column not in (columns.sku, columns.price) and not row.is_number(column)
    )
    return bool(found.comma if before == "." else found.point)


def refuse_bare_numbers(rows: Sequence[TableRow], columns: Columns, name: str) -> None:
    """Raise `UnreadableFile` where nothing in the file says that numbers are percentages, or nobody did lately."""
    texts = [row.text(columns.price) for row in rows]
    written = [one for one in map(numbers.taken_apart, texts) if one]
    if not columns.change or columns.kind == "percent" or any(one.percent for one in written):
        return
    bare = not any(one.sign for one in written) or any(one.currency for one in written)
    if columns.kind == "" and "change" in columns.remembered and bare:
        raise UnreadableFile.prices_or_changes(name, next(filter(None, texts), ""))
    if columns.kind == "change" and "change" not in columns.said:
        raise UnreadableFile.change_of_what(name, next(filter(None, texts), ""))


def row_of(row: TableRow, columns: Columns, decimal: Mark, slips: Slips, doubt: str = "") -> RawRow:
    """Return what a row says, why it cannot be trusted, or why it may be none."""
    sku, price = clean(row.text(columns.sku)), row.text(columns.price)
    if slips.slipped(row):
        return RawRow(row.number, sku, slips.price(row), slips.why(row))
    defect = _distrust(row, columns)
    if defect:
        return RawRow(row.number, sku, price, defect)
    decimal = "." if row.is_number(columns.price) else decimal
    value, beside = valued(price, decimal, change=columns.change)
    texts = [numbers.currency_of(row.text(column)) for column in columns.currencies]
    said = [currency for currency in (*texts, beside, columns.beside) if currency]
    other = next((currency for currency in said if not numbers.same_currency(said[0], currency)), "")
    if other:
        return RawRow(row.number, sku, price, f"The row says {said[0]} and {other}; leave the one that is meant.")
    held = row.held.get(columns.price, "")
    return RawRow(row.number, sku, price, "", value, said[0] if said else "", held, doubt)


def _distrust(row: TableRow, columns: Columns) -> str:
    """Say why a cell of a workbook does not hold what it shows."""
    for column in (columns.sku, columns.price):
        if column in row.troubles:
            return f"The cell {letter(column)}{row.number} {row.troubles[column]}."
    if columns.sku in row.held:
        return (
            f"The cell {letter(columns.sku)}{row.number} shows {row.text(columns.sku)} but holds"
            f" {row.held[columns.sku]}; format the column as text."
        )
    return ""


def valued(price: str, decimal: Mark, *, change: bool) -> tuple[str, str]:
    """Return a price as a number (`1104.50`, `+4.5%`) and the currency beside it; empty where it is not written so."""
    written = numbers.taken_apart(price)
    number = numbers.plain(written.number, decimal) if written else None
    if written is None or number is None:
        return "", ""
    if not change and not written.percent:
        return ("", "") if written.sign else (number, written.currency)
    if written.currency or (not change and not written.sign):
        return "", ""
    if change and not written.percent and number != "0" and Decimal(number) < 1:
        return "", ""
    return f"{written.sign or '+'}{number}%", ""


def doubted(text: str) -> str:
    """Return a text that reads as a price but cannot be trusted so that it is none until somebody corrects it."""
    return f"{text} ?" if any(valued(text, mark, change=False)[0] for mark in _MARKS) else text
