"""From a file or a pasted text to rows of SKU and price, as typed. Nothing is interpreted or corrected."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.intake.tables import Table, read_table
from app.intake.unreadable import UnreadableFile

MAX_ROWS = 100_000
MAX_BYTES = 25_000_000
Row = tuple[int, list[str]]

_SKU_NAMES = ("sku", "product sku", "item sku", "sku code", "article", "item code", "product code")
_PRICE_NAMES = ("new price", "proposed price", "price")
_DELIMITERS = "\t;,|"
_BLANK = " \t\r\n\v\f\u00a0\u200b\ufeff"


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row as it came. `row` counts as a spreadsheet does; `defect` says why the row cannot be trusted."""

    row: int
    sku: str
    price: str
    defect: str = ""


@dataclass(frozen=True, slots=True)
class Columns:
    """Where SKU and price stand, and how many cells a row has; `headed` if the first row names them."""

    sku: int
    price: int
    width: int
    headed: bool


_BARE = Columns(0, 1, 2, headed=False)


def read_file(content: bytes) -> list[RawRow]:
    """Read a CSV or XLSX, told apart by content and never by name. Raises `UnreadableFile`."""
    return read_xlsx(content) if content[:4] == b"PK\x03\x04" else read_csv(content)


def read_csv(content: bytes) -> list[RawRow]:
    """Read a table in text form: any of comma, semicolon, tab or bar; UTF-8, UTF-16 or Latin-1."""
    _refuse_size(len(content))
    return _table(_records(_decoded(content)))


def read_xlsx(content: bytes) -> list[RawRow]:
    """Read the visible sheet of a workbook that has the columns."""
    table = read_table(content, _headed)
    return _table((row.number, [row.text(column) for column in range(len(row.cells))]) for row in table.rows)


def _headed(table: Table) -> bool:
    columns = _columns(list(table.rows[0].cells)) if table.rows else None
    return columns is not None and columns.headed


def read_pasted(text: str) -> list[RawRow]:
    """Read lines typed or pasted from a spreadsheet: SKU and price, with or without a heading."""
    _refuse_size(len(text))
    first = next((line for line in text.splitlines() if line.strip()), "")
    if any(delimiter in first for delimiter in _DELIMITERS):
        return _table(_records(text), unnamed=_BARE)
    rows = ((row, line.rsplit(maxsplit=1)) for row, line in enumerate(text.splitlines(), start=1))
    return _table(((row, [*cells, ""][:2]) for row, cells in rows if cells), unnamed=_BARE)


def _refuse_size(size: int) -> None:
    if size > MAX_BYTES:
        raise UnreadableFile.too_large(size, MAX_BYTES)


def _decoded(content: bytes) -> str:
    """Decode by byte order mark, else as UTF-16 if every other byte is zero, else UTF-8, else Latin-1."""
    encoding = "utf-8-sig"
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    elif b"\0" in content[:2]:
        encoding = "utf-16-be" if content[:1] == b"\0" else "utf-16-le"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    if "\0" in text:
        raise UnreadableFile.not_a_workbook()
    return text


def _records(text: str) -> Iterator[Row]:
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(_DELIMITERS, key=first.count) if any(sign in first for sign in _DELIMITERS) else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    row = 0
    try:
        for row, cells in enumerate(reader, start=1):
            if any(cell.strip(_BLANK) for cell in cells):
                yield row, cells
    except csv.Error as error:
        raise UnreadableFile.open_quote(row + 1) from error


def _table(rows: Iterator[Row], *, unnamed: Columns | None = None) -> list[RawRow]:
    """Read rows by the columns that the first one names; `unnamed` are those of pasted lines without a heading."""
    number, first = next(rows, (0, []))
    if not first:
        raise UnreadableFile.no_rows()
    columns = _columns(first) or (unnamed if len(first) <= 2 else None)
    if columns is None:
        raise UnreadableFile.columns_missing([cell.strip(_BLANK) for cell in first])
    read = _limited(rows if columns.headed else _again((number, first), rows), columns)
    if not read:
        raise UnreadableFile.no_rows()
    return read


def _again(first: Row, rows: Iterable[Row]) -> Iterator[Row]:
    yield first
    yield from rows


def _limited(rows: Iterator[Row], columns: Columns) -> list[RawRow]:
    read: list[RawRow] = []
    for number, cells in rows:
        if len(read) == MAX_ROWS:
            raise UnreadableFile.too_many_rows(MAX_ROWS)
        read.append(_row(number, cells, columns))
    return read


def _columns(first: list[str]) -> Columns | None:
    """Find the columns by their names; without names, two cells of which the second has a digit will do."""
    names = [" ".join(cell.strip(_BLANK).casefold().replace("_", " ").split()) for cell in first]
    sku = next((names.index(name) for name in _SKU_NAMES if name in names), None)
    price = next((names.index(name) for name in _PRICE_NAMES if name in names), None)
    if sku is not None and price is not None:
        return Columns(sku, price, len(names), headed=True)
    bare = sku is None and price is None and len(names) >= 2 and not any(names[2:])
    return _BARE if bare and any(sign.isdigit() for sign in names[1]) else None


def _row(number: int, cells: list[str], columns: Columns) -> RawRow:
    kept = len(cells)
    while kept > columns.width and not cells[kept - 1].strip(_BLANK):
        kept -= 1
    sku = cells[columns.sku] if columns.sku < kept else ""
    price = cells[columns.price] if columns.price < kept else ""
    defect = ""
    if kept > columns.width:
        defect = f"The row has {kept} cells, the heading {columns.width}; put cells with commas in quotes."
        if columns.price == columns.width - 1:
            price, defect = ",".join(cells[columns.price : kept]), ""
    return RawRow(number, sku.strip(_BLANK), price.strip(_BLANK), defect)
