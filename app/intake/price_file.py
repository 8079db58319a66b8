"""From a file or a pasted text to rows of SKU and price: one reading of the whole, certain or refused. Pure.

What a table says of its columns, its heading and its decimal mark is worked out over all rows. Where two readings are
possible it is refused with both named, and a person may say which is meant (`Given`).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from app.intake import headings, numbers
from app.intake.columns import HEAD, Columns, bare, by_headings, called, headed, heading_of, letter, with_one_currency
from app.intake.given import NOTHING, Beside, Given
from app.intake.numbers import Mark
from app.intake.rows import (
    RawRow,
    Sorted,
    decimal_of,
    may_be_row,
    refuse_bare_numbers,
    row_of,
    stray,
    told_apart,
)
from app.intake.slips import Slips
from app.intake.table import Limits, Quotes, Table, TableRow
from app.intake.tables import read_pasted_table, read_table
from app.intake.unreadable import UnreadableFile

MAX_ROWS = 100_000
LIMITS = Limits(rows=MAX_ROWS + 1_000)
MAX_BYTES = LIMITS.bytes
FIRST = 6


@dataclass(frozen=True, slots=True)
class TableReading:
    """How a table was read. `headings` names its columns, `heading` is their row (0 without), `layout` its likeness.

    `said` names what the file left open and a person decided, `remembered` those of them that were decided when the
    same person brought this layout before. `unseen` are columns that were read although the sheet hides them,
    `total_rows` the numbers of the first totals; `other_sheets` and `hidden_sheets` hold something and were not read.
    In `slipped` rows half of the price may stand under no heading, unless `beside` it are notes.
    """

    sheet: str
    delimiter: str
    quotes: Quotes
    decimal: Mark
    heading: int
    headings: tuple[str, ...]
    sku: int
    price: int
    currencies: tuple[int, ...]
    change: bool
    titles: int
    totals: int
    empty: int
    hidden: int
    left: bool
    layout: str
    first: tuple[tuple[int, tuple[str, ...]], ...]
    said: tuple[str, ...]
    remembered: tuple[str, ...]
    unseen: tuple[int, ...]
    total_rows: tuple[int, ...]
    other_sheets: tuple[str, ...]
    hidden_sheets: tuple[str, ...]
    slipped: int
    beside: Beside


@dataclass(frozen=True, slots=True)
class Read:
    """The rows of a file, and how it was read."""

    reading: TableReading
    rows: tuple[RawRow, ...]


Remembered = Callable[[str], Given | None]
Products = Callable[[Sequence[str]], frozenset[str]]
"""Tells which of some SKUs are products, in their own spelling or in another."""


def forget(layout: str) -> None:
    """Remember nothing of any layout."""


def no_products(skus: Sequence[str]) -> frozenset[str]:
    """Know of no product."""
    return frozenset()


@dataclass(frozen=True, slots=True)
class ReadingAsked:
    """Whom a reading may ask: the person now, what they said before, and the price list."""

    given: Given = NOTHING
    remembered: Remembered = forget
    products: Products = no_products


def read_file(
    content: bytes, *, given: Given = NOTHING, remembered: Remembered = forget, products: Products = no_products
) -> Read:
    """Read a CSV or XLSX, told apart by content and never by name. Raises `UnreadableFile`."""
    return _read(read_table(content, headed, how=given.how, limits=LIMITS), ReadingAsked(given, remembered, products))


def read_typed(
    text: str,
    typed: Sequence[tuple[str, str]],
    *,
    given: Given = NOTHING,
    remembered: Remembered = forget,
    products: Products = no_products,
) -> Read:
    """Read pasted lines, with or without headings, and, numbered after them, rows whose cells were typed one by one.

    Raises `UnreadableFile`.
    """
    rows = tuple(TableRow(n, cells) for n, cells in enumerate(typed, start=len(text.splitlines()) + 1) if any(cells))
    pasted = read_pasted_table(text, headed, how=given.how, limits=LIMITS) if text.strip() else None
    if pasted is None:
        return _read(Table(rows, delimiter="\t"), ReadingAsked(given, products=products), pasted=True)
    before = _read(pasted, ReadingAsked(given, remembered, products), pasted=True)
    if not rows:
        return before
    decimal = before.reading.decimal or given.decimal
    below = replace(given, decimal=decimal, heading=0, sku=0, price=1)
    after = _read(Table(rows, delimiter="\t"), ReadingAsked(below, products=products))
    return Read(replace(before.reading, decimal=decimal or after.reading.decimal), (*before.rows, *after.rows))


def _read(table: Table, asked: ReadingAsked, *, pasted: bool = False) -> Read:
    try:
        heading = _heading(table, asked.given)
        layout = _layout(table, heading)
        before = (asked.remembered(layout) if layout else None) or NOTHING
        if heading is None and asked.given.heading is None and (asked.given.sku, before.sku) != (None, None):
            heading = _guess(table)
        read = _read_rows(table, asked, heading, before, pasted=pasted)
    except UnreadableFile as refused:
        raise refused.showing(*_preview(table)) from None
    return replace(read, reading=replace(read.reading, layout=layout))


def _heading(table: Table, given: Given) -> TableRow | None:
    """Return the row of the headings: the one that is said to be, or the first that names the columns."""
    if given.heading is None:
        return heading_of(table)
    found = next((row for row in table.rows if row.number == given.heading), None)
    if found is None and given.heading:
        raise UnreadableFile.no_such_row(given.heading)
    return found


def _guess(table: Table) -> TableRow | None:
    """Return the first row of several cells without a number: headings in words that nobody knows."""
    for row in table.rows[:HEAD]:
        cells = [cell for cell in row.texts() if cell]
        if len(cells) > 1 and not any(numbers.taken_apart(cell) for cell in cells):
            return row
    return None


def _layout(table: Table, heading: TableRow | None) -> str:
    """Return what a layout is known by: its headings, and which of its columns are hidden."""
    named = heading or _guess(table)
    if named is None:
        return ""
    hidden = [str(column) for column in table.hidden_columns if column < len(named.cells)]
    told = "\0".join([headings.plain(name) for name in named.texts()] + [f"hidden {n}" for n in hidden])
    return sha256(told.encode()).hexdigest()[:32]


def _read_rows(table: Table, asked: ReadingAsked, heading: TableRow | None, before: Given, *, pasted: bool) -> Read:
    given, cells = asked.given, heading.texts() if heading else []
    columns = (
        by_headings(cells, given, before=before, hidden=table.hidden_columns)
        if heading
        else bare(table, given, pasted=pasted)
    )
    at = heading.number if heading else 0
    below = [row for row in table.rows if row.number > at]
    kept = Sorted.of(below, columns, cells, leave_hidden=given.hidden == "leave")
    if not kept.rows:
        raise UnreadableFile.no_rows(table.hidden_sheets)
    columns = with_one_currency(columns, kept.sure, cells, given, before)
    refuse_bare_numbers(kept.sure, columns, cells[columns.price] if columns.price < len(cells) else "")
    above = [row for row in table.rows if row.number < at]
    strays = [row for row in above if may_be_row(row, columns)]
    return _as_read(_Taken(table, heading, columns, above, strays, below, kept), asked, before)


@dataclass(frozen=True, slots=True)
class _Taken:
    """A table taken apart: the heading, what stands above and below it, and what of that may say a price."""

    table: Table
    heading: TableRow | None
    columns: Columns
    above: Sequence[TableRow]
    strays: Sequence[TableRow]
    below: Sequence[TableRow]
    kept: Sorted


def _as_read(taken: _Taken, asked: ReadingAsked, before: Given) -> Read:
    given, columns, kept, table = asked.given, taken.columns, taken.kept, taken.table
    decimal, recalled = (given.decimal, False) if given.decimal else decimal_of(kept.sure, columns, before.decimal)
    told = told_apart(kept, columns, decimal, asked.products)
    rows = [row for row in kept.rows if row.number not in told.totals]
    if not rows:
        raise UnreadableFile.no_rows(table.hidden_sheets)
    if len(rows) + len(taken.strays) > MAX_ROWS:
        raise UnreadableFile.too_many_rows(MAX_ROWS)
    at, cells = (taken.heading.number, taken.heading.texts()) if taken.heading else (0, [])
    slips = Slips(table, rows, columns, cells, given.beside)
    read = [row_of(row, columns, decimal, slips, told.doubtful.get(row.number, "")) for row in rows]
    above = [row_of(row, columns, decimal, slips, stray(at)) for row in taken.strays]
    said = (*columns.said, *(("decimal",) if recalled or _only_said(given.decimal, kept, columns) else ()))
    reading = TableReading(
        sheet=table.sheet, delimiter=table.delimiter, quotes=given.quotes, decimal=decimal, heading=at,
        headings=called(cells, columns, max(len(row.cells) for row in taken.below)),
        sku=columns.sku, price=columns.price, currencies=columns.currencies, change=columns.change,
        titles=len(taken.above) - len(taken.strays), totals=len(told.totals), empty=kept.empty,
        hidden=kept.hidden, left=given.hidden == "leave", layout="",
        first=tuple((row.number, tuple(row.texts())) for row in rows[:FIRST]),
        said=said, remembered=(*columns.remembered, *(("decimal",) if recalled else ())),
        unseen=tuple(n for n in (columns.sku, columns.price) if n in table.hidden_columns),
        total_rows=tuple(sorted(told.totals))[:FIRST],
        other_sheets=table.other_sheets, hidden_sheets=table.hidden_sheets,
        slipped=sum(map(slips.slipped, rows)), beside=given.beside,
    )  # fmt: skip
    return Read(reading, (*above, *read))


def _only_said(decimal: Mark, kept: Sorted, columns: Columns) -> bool:
    """Tell whether a decimal mark that a person says is one that the file does not show by itself."""
    try:
        return bool(decimal) and decimal_of(kept.sure, columns, "")[0] != decimal
    except UnreadableFile:
        return True


def _preview(table: Table) -> tuple[list[str], list[dict[str, str | int | None]]]:
    rows = table.rows[: FIRST + 2]
    names = [letter(column) for column in range(max((len(row.cells) for row in rows), default=0))][:26]
    return names, list(_shown(rows, names))


def _shown(rows: Sequence[TableRow], names: Sequence[str]) -> Iterator[dict[str, str | int | None]]:
    for row in rows:
        cells = {name: row.text(column)[:80] for column, name in enumerate(names)}
        yield {"row": row.number, **cells}
