"""From a file or a pasted text to rows of SKU and price: one reading of the whole, certain or refused. Pure.

What a table says of its columns, its heading and its decimal mark is worked out over all rows. Where two readings are
possible it is refused with both named, and a person may say which is meant (`Given`).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from app.intake import headings, numbers
from app.intake.columns import HEAD, bare, by_headings, called, headed, heading_of, letter
from app.intake.given import NOTHING, Given
from app.intake.numbers import Mark
from app.intake.rows import RawRow, Sorted, decimal_of, row_of, slips
from app.intake.table import Limits, Quotes, Table, TableRow
from app.intake.tables import read_pasted_table, read_table
from app.intake.unreadable import UnreadableFile

MAX_ROWS = 100_000
LIMITS = Limits(rows=MAX_ROWS + 1_000)
MAX_BYTES = LIMITS.bytes
FIRST = 6


@dataclass(frozen=True, slots=True)
class Reading:
    """How a table was read. `headings` names its columns, `heading` is their row (0 without), `layout` its likeness.

    `known` tells that a person read this layout before, and it was read the same way.
    """

    sheet: str
    delimiter: str
    quotes: Quotes
    decimal: Mark
    heading: int
    headings: tuple[str, ...]
    sku: int
    price: int
    currency: int
    change: bool
    titles: int
    totals: int
    empty: int
    hidden: int
    left: bool
    layout: str
    known: bool
    first: tuple[tuple[int, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Read:
    """The rows of a file, and how it was read."""

    reading: Reading
    rows: tuple[RawRow, ...]


Remembered = Callable[[str], Given | None]


def forget(layout: str) -> None:
    """Remember nothing of any layout."""


def read_file(content: bytes, *, given: Given = NOTHING, remembered: Remembered = forget) -> Read:
    """Read a CSV or XLSX, told apart by content and never by name. Raises `UnreadableFile`."""
    return _read(read_table(content, headed, how=given.how, limits=LIMITS), given, remembered)


def read_typed(
    text: str, typed: Sequence[tuple[str, str]], *, given: Given = NOTHING, remembered: Remembered = forget
) -> Read:
    """Read pasted lines, with or without headings, and, numbered after them, rows whose cells were typed one by one.

    Raises `UnreadableFile`.
    """
    rows = tuple(TableRow(n, cells) for n, cells in enumerate(typed, start=len(text.splitlines()) + 1) if any(cells))
    pasted = read_pasted_table(text, headed, how=given.how, limits=LIMITS) if text.strip() else None
    if pasted is None:
        return _read(Table(rows, delimiter="\t"), given, forget, pasted=True)
    before = _read(pasted, given, remembered, pasted=True)
    if not rows:
        return before
    decimal = before.reading.decimal or given.decimal
    after = _read(Table(rows, delimiter="\t"), replace(given, decimal=decimal, heading=0, sku=0, price=1), forget)
    return Read(replace(before.reading, decimal=decimal or after.reading.decimal), (*before.rows, *after.rows))


def _read(table: Table, given: Given, remembered: Remembered, *, pasted: bool = False) -> Read:
    heading = _heading(table, given)
    cells = heading.texts() if heading else []
    layout = _layout(table, cells)
    before = (remembered(layout) if layout else None) or NOTHING
    known = before.sku is not None and given.sku is None and given.price is None
    given = given.over(replace(before, decimal=""))
    if heading is None and given.heading is None and given.sku is not None:
        heading = _guess(table)
        cells = heading.texts() if heading else []
    try:
        read = _read_rows(table, given, heading, cells, before.decimal, pasted=pasted)
    except UnreadableFile as refused:
        raise refused.showing(*_preview(table)) from None
    return replace(read, reading=replace(read.reading, layout=layout, known=known))


def _heading(table: Table, given: Given) -> TableRow | None:
    """Return the row of the headings: the one that is said to be, or the first that names the columns."""
    if given.heading is not None:
        return next((row for row in table.rows if row.number == given.heading), None)
    return heading_of(table)


def _guess(table: Table) -> TableRow | None:
    """Return the first row of several cells without a number: headings in words that nobody knows."""
    for row in table.rows[:HEAD]:
        cells = [cell for cell in row.texts() if cell]
        if len(cells) > 1 and not any(numbers.taken_apart(cell) for cell in cells):
            return row
    return None


def _layout(table: Table, cells: Sequence[str]) -> str:
    """Return what a layout is known by: its headings."""
    guess = None if cells else _guess(table)
    names = cells or (guess.texts() if guess else [])
    return sha256("\0".join(headings.plain(name) for name in names).encode()).hexdigest()[:32] if names else ""


def _read_rows(
    table: Table, given: Given, heading: TableRow | None, cells: Sequence[str], usual: Mark, *, pasted: bool
) -> Read:
    columns = by_headings(cells, given) if heading else bare(table, given, pasted=pasted)
    below = [row for row in table.rows if heading is None or row.number > heading.number]
    sorted_out = Sorted.of(below, columns, cells, leave_hidden=given.hidden == "leave")
    if not sorted_out.rows:
        raise UnreadableFile.no_rows()
    if len(sorted_out.rows) > MAX_ROWS:
        raise UnreadableFile.too_many_rows(MAX_ROWS)
    decimal = given.decimal or decimal_of(sorted_out.rows, columns, usual)
    width = len(heading.cells) if heading else max(columns.sku, columns.price) + 1
    slipped = slips(table, sorted_out.rows, width)
    rows = tuple(row_of(row, columns, decimal, slipped(row), table) for row in sorted_out.rows)
    reading = Reading(
        sheet=table.sheet, delimiter=table.delimiter, quotes=given.quotes, decimal=decimal,
        heading=heading.number if heading else 0,
        headings=called(cells, columns, max(len(row.cells) for row in below)),
        sku=columns.sku, price=columns.price, currency=columns.currency, change=columns.change,
        titles=len(table.rows) - len(below) - bool(heading), totals=sorted_out.totals, empty=sorted_out.empty,
        hidden=sorted_out.hidden, left=given.hidden == "leave", layout="", known=False,
        first=tuple((row.number, tuple(row.texts())) for row in sorted_out.rows[:FIRST]),
    )  # fmt: skip
    return Read(reading, rows)


def _preview(table: Table) -> tuple[list[str], list[dict[str, str | int | None]]]:
    rows = table.rows[: FIRST + 2]
    names = [letter(column) for column in range(max((len(row.cells) for row in rows), default=0))][:26]
    return names, list(_shown(rows, names))


def _shown(rows: Sequence[TableRow], names: Sequence[str]) -> Iterator[dict[str, str | int | None]]:
    for row in rows:
        cells = {name: row.text(column)[:80] for column, name in enumerate(names)}
        yield {"row": row.number, **cells}
