"""From a file or a pasted text to rows of SKU and price: one reading of the whole, certain or refused. Pure.

What a table says of its columns, its heading and its decimal mark is worked out over all rows. Where two readings are
possible it is refused with both named, and a person may say which is meant (`Given`).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from hashlib import sha256
from typing import Literal

from app.intake import headings, numbers
from app.intake.numbers import Mark
from app.intake.table import How, Limits, Quotes, Table, TableRow
from app.intake.tables import read_pasted_table, read_table
from app.intake.unreadable import UnreadableFile

MAX_ROWS = 100_000
LIMITS = Limits(rows=MAX_ROWS + 1_000)
MAX_BYTES = LIMITS.bytes
HEAD = 50
"""So many rows may stand above the headings."""
FIRST = 6


@dataclass(frozen=True, slots=True)
class Given:
    """What a person says of a reading; what is not said, the file says. Columns count from 0, `heading` is a row.

    `heading` 0 is a table without headings, `change` tells whether the numbers are percentages of the current price.
    """

    sheet: str = ""
    delimiter: str = ""
    quotes: Quotes = ""
    decimal: Mark = ""
    heading: int | None = None
    sku: int | None = None
    price: int | None = None
    change: bool | None = None
    hidden: Literal["", "leave"] = ""

    @property
    def how(self) -> How:
        """Return what is said of the table alone."""
        return How(self.sheet, self.delimiter, self.quotes)

    def over(self, other: "Given") -> "Given":
        """Return this, and where it says nothing what another says."""
        empty = Given()
        mine = {f.name: getattr(self, f.name) for f in fields(self)}
        return replace(other, **{name: said for name, said in mine.items() if said != getattr(empty, name)})


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


@dataclass(frozen=True, slots=True)
class _Columns:
    sku: int
    price: int
    currency: int
    change: bool
    beside: str
    """The currency that the price's heading names."""


Remembered = Callable[[str], Given | None]
NOTHING = Given()


def forget(layout: str) -> None:
    """Remember nothing of any layout."""


def read_file(content: bytes, *, given: Given = NOTHING, remembered: Remembered = forget) -> Read:
    """Read a CSV or XLSX, told apart by content and never by name. Raises `UnreadableFile`."""
    return _read(read_table(content, _headed, how=given.how, limits=LIMITS), given, remembered)


def read_pasted(text: str, *, given: Given = NOTHING, remembered: Remembered = forget) -> Read:
    """Read lines pasted from a spreadsheet: SKU and price, with or without headings. Raises `UnreadableFile`."""
    return _read(read_pasted_table(text, _headed, how=given.how, limits=LIMITS), given, remembered, pasted=True)


def read_typed(
    text: str, typed: Sequence[tuple[str, str]], *, given: Given = NOTHING, remembered: Remembered = forget
) -> Read:
    """Read pasted lines and, numbered after them, rows whose cells were typed one by one."""
    rows = tuple(TableRow(n, cells) for n, cells in enumerate(typed, start=len(text.splitlines()) + 1) if any(cells))
    pasted = read_pasted_table(text, _headed, how=given.how, limits=LIMITS) if text.strip() else None
    if pasted is None:
        return _read(Table(rows, delimiter="\t"), given, forget, pasted=True)
    before = _read(pasted, given, remembered, pasted=True)
    if not rows:
        return before
    decimal = before.reading.decimal or given.decimal
    after = _read(Table(rows, delimiter="\t"), replace(given, decimal=decimal, heading=0, sku=0, price=1), forget)
    return Read(replace(before.reading, decimal=decimal or after.reading.decimal), (*before.rows, *after.rows))


def _headed(table: Table) -> bool:
    return any(_named(_cells(row)) for row in table.rows[:HEAD])


def _cells(row: TableRow) -> list[str]:
    return [row.text(column) for column in range(len(row.cells))]


def _named(cells: Sequence[str]) -> bool:
    """Tell whether cells name a SKU and what is asked for it; in which columns is another question."""
    names = [headings.money_of(cell)[0] for cell in cells]
    wanted = (*headings.PRICE, headings.CHANGE)
    return any(_in(names, tier) for tier in headings.SKU) and any(_in(names, tier) for tier in wanted)


def _in(names: Sequence[str], known: frozenset[str]) -> list[int]:
    return [column for column, name in enumerate(names) if name in known]


def _read(table: Table, given: Given, remembered: Remembered, *, pasted: bool = False) -> Read:
    heading = _heading(table, given)
    cells = _cells(heading) if heading else []
    layout = _layout(table, cells)
    before = (remembered(layout) if layout else None) or NOTHING
    known, given = before.sku is not None, given.over(replace(before, decimal=""))
    if heading is None and given.heading is None and given.sku is not None:
        heading = _guess(table)
        cells = _cells(heading) if heading else []
    try:
        read = _read_rows(table, given, heading, cells, before.decimal, pasted=pasted)
    except UnreadableFile as refused:
        raise refused.showing(*_preview(table)) from None
    return replace(read, reading=replace(read.reading, layout=layout, known=known))


def _heading(table: Table, given: Given) -> TableRow | None:
    """Return the row of the headings: the one that is said to be, or the first that names the columns."""
    if given.heading is not None:
        return next((row for row in table.rows if row.number == given.heading), None)
    return next((row for row in table.rows[:HEAD] if _named(_cells(row))), None)


def _guess(table: Table) -> TableRow | None:
    """Return the first row of several cells without a number: headings in words that nobody knows."""
    for row in table.rows[:HEAD]:
        cells = [cell for cell in _cells(row) if cell]
        if len(cells) > 1 and not any(numbers.taken_apart(cell) for cell in cells):
            return row
    return None


def _layout(table: Table, cells: Sequence[str]) -> str:
    """Return what a layout is known by: its headings."""
    guess = None if cells else _guess(table)
    names = cells or (_cells(guess) if guess else [])
    return sha256("\0".join(headings.plain(name) for name in names).encode()).hexdigest()[:32] if names else ""


def _read_rows(
    table: Table, given: Given, heading: TableRow | None, cells: Sequence[str], usual: Mark, *, pasted: bool
) -> Read:
    columns = _columns(cells, given) if heading else _bare(table, given, pasted=pasted)
    below = [row for row in table.rows if heading is None or row.number > heading.number]
    sorted_out = _Sorted.of(below, columns, cells, leave_hidden=given.hidden == "leave")
    if not sorted_out.rows:
        raise UnreadableFile.no_rows()
    if len(sorted_out.rows) > MAX_ROWS:
        raise UnreadableFile.too_many_rows(MAX_ROWS)
    decimal = given.decimal or _decimal(sorted_out.rows, columns, usual)
    width = len(heading.cells) if heading else max(columns.sku, columns.price) + 1
    slipped = _slips(table, sorted_out.rows, width)
    rows = tuple(_row(row, columns, decimal, slipped(row), table) for row in sorted_out.rows)
    reading = Reading(
        sheet=table.sheet, delimiter=table.delimiter, quotes=given.quotes, decimal=decimal,
        heading=heading.number if heading else 0,
        headings=_names(cells, columns, max(len(row.cells) for row in below)),
        sku=columns.sku, price=columns.price, currency=columns.currency, change=columns.change,
        titles=len(table.rows) - len(below) - bool(heading), totals=sorted_out.totals, empty=sorted_out.empty,
        hidden=sorted_out.hidden, left=given.hidden == "leave", layout="", known=False,
        first=tuple((row.number, tuple(_cells(row))) for row in sorted_out.rows[:FIRST]),
    )  # fmt: skip
    return Read(reading, rows)


def _names(cells: Sequence[str], columns: _Columns, width: int) -> tuple[str, ...]:
    """Return what each column is called: by its heading, else by its letter."""
    width = max(width, columns.sku + 1, columns.price + 1)
    return tuple((cells[n] if n < len(cells) else "") or _letter(n) for n in range(width))


def _columns(cells: Sequence[str], given: Given) -> _Columns:
    """Find the columns by their names, the surest names first. Raises `UnreadableFile` where two would do."""
    if given.sku is not None and given.sku == given.price:
        raise UnreadableFile.columns_missing(cells)
    known = [headings.money_of(cell) for cell in cells]
    names = [name for name, _ in known]
    sku = given.sku if given.sku is not None else _only(cells, names, headings.SKU, "sku")
    change = given.change
    if given.price is not None:
        price = given.price
        change = (names[price] in headings.CHANGE if price < len(names) else False) if change is None else change
    else:
        price, change = _price(cells, names, change)
    currency = next(iter(_in(names, headings.CURRENCY)), -1)
    return _Columns(sku, price, currency, bool(change), known[price][1] if price < len(known) else "")


def _price(cells: Sequence[str], names: Sequence[str], change: bool | None) -> tuple[int, bool]:
    new, plain = (_in(names, tier) for tier in headings.PRICE)
    shares = _in(names, headings.CHANGE)
    if change is None and shares and plain and not new:
        raise UnreadableFile.price_or_change([(n, cells[n]) for n in (plain[0], shares[0])])
    if shares and (change or not (new or plain)):
        return _only(cells, names, (headings.CHANGE,), "price"), True
    return _only(cells, names, headings.PRICE, "price"), False


def _only(
    cells: Sequence[str], names: Sequence[str], tiers: Sequence[frozenset[str]], role: Literal["sku", "price"]
) -> int:
    for tier in tiers:
        found = _in(names, tier)
        if len(found) > 1:
            raise UnreadableFile.two_columns(role, [(n, cells[n]) for n in found])
        if found:
            return found[0]
    raise UnreadableFile.columns_missing(cells)


def _bare(table: Table, given: Given, *, pasted: bool) -> _Columns:
    """Return the columns of a table without headings: as said, or SKU and price where there are just two."""
    if given.sku is not None and given.price is not None:
        return _Columns(given.sku, given.price, -1, bool(given.change), "")
    if not table.rows:
        raise UnreadableFile.no_rows()
    first = _cells(table.rows[0])
    two = len(first) <= 2 or not any(first[2:])
    priced = len(first) > 1 and any(sign.isdigit() for sign in first[1])
    swapped = all(_looks_swapped(_cells(row)) for row in table.rows)
    if not two or swapped or not (priced or (pasted and len(first) <= 2)):
        raise UnreadableFile.columns_missing(first)
    return _Columns(0, 1, -1, bool(given.change), "")


def _looks_swapped(cells: Sequence[str]) -> bool:
    """Tell whether a price with decimals stands where the SKU should be, and none where the price should be."""
    first, second = (numbers.taken_apart(cell) for cell in [*cells, "", ""][:2])
    if first is None or numbers.mark_of(first.number) not in (".", ","):
        return False
    return second is None or numbers.mark_of(second.number) == ""


@dataclass(slots=True)
class _Sorted:
    """Rows that say a price, and how many were told apart from them."""

    rows: list[TableRow]
    totals: int = 0
    empty: int = 0
    hidden: int = 0

    @classmethod
    def of(cls, rows: Sequence[TableRow], columns: _Columns, cells: Sequence[str], *, leave_hidden: bool) -> "_Sorted":
        """Sort rows; a repeated heading, a row without SKU and price and a total say no price."""
        kept = cls([])
        for row in rows:
            kept.hidden += row.hidden
            if row.hidden and leave_hidden:
                continue
            if _is_total(row, columns):
                kept.totals += 1
            elif _says_nothing(row, columns) or (cells and _cells(row)[: len(cells)] == list(cells)):
                kept.empty += 1
            else:
                kept.rows.append(row)
        return kept


def _is_total(row: TableRow, columns: _Columns) -> bool:
    sku = row.text(columns.sku)
    looked_at = [sku] if sku else _cells(row)
    return any(headings.plain(cell) in headings.TOTAL for cell in looked_at if cell and cell[0].isalpha())


def _says_nothing(row: TableRow, columns: _Columns) -> bool:
    troubled = columns.sku in row.troubles or columns.price in row.troubles
    return not (troubled or row.text(columns.sku) or row.text(columns.price))


def _decimal(rows: Sequence[TableRow], columns: _Columns, usual: Mark) -> Mark:
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


def _slips(table: Table, rows: Sequence[TableRow], width: int) -> Callable[[TableRow], bool]:
    """Return what tells whether cells of a row have slipped: a text's row with more cells than its heading."""
    lengths = {len(row.cells) for row in rows}
    padded = len(lengths) == 1 and all(not any(_cells(row)[width:]) for row in rows)
    return lambda row: not table.sheet and len(row.cells) > width and not padded


def _row(row: TableRow, columns: _Columns, decimal: Mark, slipped: bool, table: Table) -> RawRow:
    sku, price = row.text(columns.sku), row.text(columns.price)
    if slipped:
        return RawRow(row.number, sku, price, _slip(row, columns, table.delimiter))
    for column in (columns.sku, columns.price):
        if column in row.troubles:
            return RawRow(row.number, sku, price, f"The cell {_letter(column)}{row.number} {row.troubles[column]}.")
    if columns.sku in row.held:
        return RawRow(row.number, sku, price, f"The cell {_letter(columns.sku)}{row.number} shows {sku} but holds"
                      f" {row.held[columns.sku]}; format the column as text.")  # fmt: skip
    decimal = "." if row.is_number(columns.price) else decimal
    value, beside = valued(price, decimal, change=columns.change)
    said = row.text(columns.currency) or beside or columns.beside
    return RawRow(row.number, sku, price, "", value, said, row.held.get(columns.price, ""))


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


def _slip(row: TableRow, columns: _Columns, delimiter: str) -> str:
    cells = _cells(row)
    two = cells[columns.price : columns.price + 2]
    if delimiter == "," and len(two) == 2 and two[0].isdigit() and two[1].isdigit() and len(two[1]) <= 2:
        return (
            f"A comma splits the price: is {two[0]}.{two[1]} meant? Write it with a point, or put {two[0]},{two[1]}"
            " in quotation marks."
        )
    return f"The row has {len(cells)} cells, more than the heading; put a cell with commas in quotation marks."


def _letter(column: int) -> str:
    name = ""
    while column >= 0:
        name = chr(65 + column % 26) + name
        column = column // 26 - 1
    return name


def _preview(table: Table) -> tuple[list[str], list[dict[str, str | int | None]]]:
    rows = table.rows[: FIRST + 2]
    names = [_letter(column) for column in range(max((len(row.cells) for row in rows), default=0))][:26]
    return names, list(_shown(rows, names))


def _shown(rows: Sequence[TableRow], names: Sequence[str]) -> Iterator[dict[str, str | int | None]]:
    for row in rows:
        cells = {name: row.text(column)[:80] for column, name in enumerate(names)}
        yield {"row": row.number, **cells}
