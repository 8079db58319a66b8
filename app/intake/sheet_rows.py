"""The seam between reading a file and knowing what its columns mean: rows by column name, numbered as the sheet does.

Whoever reads a file gives a `Sheet`; the catalog and the facts take nothing else.
"""

import csv
import io
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from sys import intern

from app.intake import attribute_cells, nameless, sheet_amounts, text_tables
from app.intake.columns import letter
from app.intake.numbers import Mark
from app.intake.table import Limits, Table, TableRow
from app.intake.tables import read_table
from app.intake.unreadable import UnreadableFile
from app.words.counting import plural

Cells = Mapping[str, str]
_BLANK = " \t\r\n\v\f\u00a0\u200b\ufeff"
LIMITS = Limits(bytes=200_000_000, rows=1_048_576)
"""As many rows as a sheet has; a text has as many as it has bytes for."""
_RESERVED = ("row", "code", "reason")
"""Columns that a file of problem rows has beside its own; they are ignored when it comes back corrected."""


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row: its number as a spreadsheet shows it (the heading is row 1), its cells, and why it cannot be trusted.

    `doubtful` is the column in which the defect is, `surplus` are cells for which there is no column.
    """

    number: int
    cells: Cells
    defect: str = ""
    doubtful: str = ""
    surplus: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table with a heading. `columns` are the names as they are compared: in lower case, joined with `_`.

    `notes` are sentences on what a person may not expect: what was read unseen, and what was not read.
    """

    columns: Sequence[str]
    rows: Iterable[SheetRow]
    notes: Sequence[str] = ()

    def needs(self, *names: str) -> None:
        """Refuse the whole file if a column is missing. Raises `UnreadableFile`, which names those there are."""
        missing = [name for name in names if name not in self.columns]
        if missing:
            there = ", ".join(f"“{name[:30]}”" for name in self.columns[:12]) or "nothing"
            raise UnreadableFile(
                f"The first row must name the columns {', '.join(names)}; it lacks {', '.join(missing)} and holds"
                f" {there}. Nothing was read.",
                code="columns_missing",
            )


def read_sheet(content: bytes) -> Sheet:
    """Read an XLSX, or a text in UTF-8 whose cells are split by whatever stands beside `sku`. Raises `UnreadableFile`.

    A text is taken row by row: a catalog may have a million.
    """
    if content[:4] == b"PK\x03\x04":
        return _of_workbook(read_table(content, _has_skus, limits=LIMITS))
    _, text = text_tables.said_delimiter(_decoded(content))
    delimiter = next((sign for sign in text_tables.DELIMITERS if "sku" in _heading(text, sign)), ",")
    columns = _heading(text, delimiter)
    _refuse_doubled(columns)
    records = partial(_records, text, delimiter)
    return Sheet(columns, _rows(records(), columns, sheet_amounts.mark_of(records, columns)), _unnamed(columns))


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as broken:
        raise UnreadableFile(
            f"The file is not UTF-8 (byte {broken.start + 1:,} is no letter of it). Save it as “CSV UTF-8”.",
            code="not_utf8",
        ) from broken


def _refuse_doubled(columns: Sequence[str]) -> None:
    twice = next((name for name in columns if name and columns.count(name) > 1), "")
    if twice:
        raise UnreadableFile(f"Two columns are called “{twice}”; take one out.", code="columns_doubled")


def _heading(text: str, delimiter: str) -> list[str]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        return [_name(cell) for cell in next(reader, [])]
    except csv.Error as broken:
        raise UnreadableFile.open_quote(1) from broken


def _records(text: str, delimiter: str) -> Iterator[list[str]]:
    """Return the rows after the heading."""
    number = 1
    try:
        for number, cells in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), 1):
            if number > 1:
                yield cells
    except csv.Error as broken:
        raise UnreadableFile.open_quote(number + 1) from broken


def _rows(records: Iterator[list[str]], columns: Sequence[str], mark: Mark) -> Iterator[SheetRow]:
    place = next((columns.index(name) for name in sheet_amounts.AMOUNTS if name in columns), len(columns))
    named, first = _named(columns), _first_read(columns)
    for number, cells in enumerate(records, start=2):
        if any(map(str.strip, cells)):
            if place < len(cells) and not cells[place][:1].isdigit():
                _refuse_second_table(number, cells, columns)
            yield _in_numbers(_row(number, cells, columns, named, first), mark)


def _refuse_second_table(number: int, cells: Sequence[str], columns: Sequence[str]) -> None:
    """Refuse a file in which another heading follows; the same one again is a row that cannot be taken."""
    names = [_name(cell) for cell in cells]
    same = [*names, *[""] * len(columns)][: len(columns)] == list(columns)
    if "sku" in names and not same and len(set(names) & set(columns)) > 1:
        raise UnreadableFile.second_table(number, cells)


def _in_numbers(row: SheetRow, mark: Mark) -> SheetRow:
    """Return a row with its amounts written with a point; almost always they are."""
    unlike = [name for name in sheet_amounts.AMOUNTS if not sheet_amounts.is_plain(row.cells.get(name, ""), mark)]
    if not unlike or row.defect:
        return row
    numbers = {name: sheet_amounts.written(row.cells[name], mark) for name in unlike}
    other = next((name for name in unlike if numbers[name] is None), "")
    if other:
        told = f"“{row.cells[other][:40]}” has another decimal mark than the other rows."
        return SheetRow(row.number, row.cells, told, other)
    return SheetRow(row.number, {name: numbers.get(name) or text for name, text in row.cells.items()})


_READ = attribute_cells.NAMES.union(
    ("sku", "name", "category", "subcategory", "brand", "currency", "source", "observed_at"), sheet_amounts.AMOUNTS
)


def _has_skus(table: Table) -> bool:
    return "sku" in map(_name, table.rows[0].texts())


def _of_workbook(table: Table) -> Sheet:
    columns = [_name(cell) for cell in table.rows[0].texts()]
    _refuse_doubled(columns)
    return Sheet(columns, _rows_of(table, columns), _notes(table, columns))


def _rows_of(table: Table, columns: Sequence[str]) -> Iterator[SheetRow]:
    named, first = _named(columns), _first_read(columns)
    for row in table.rows[1:]:
        if not row.numbers:
            _refuse_second_table(row.number, row.texts(), columns)
        yield _in_numbers(_of_cells(row, columns, named, first), ".")


def _notes(table: Table, columns: Sequence[str]) -> tuple[str, ...]:
    unseen = [columns[n] for n in table.hidden_columns if n < len(columns) and columns[n] in _READ]
    said = (
        f"Hidden rows were read like the others: {table.hidden:,}." if table.hidden else "",
        f"Hidden columns were read: {', '.join(unseen)}." if unseen else "",
        f"Sheets that were not read: {', '.join(table.other_sheets)}." if table.other_sheets else "",
        f"Hidden sheets that were not read: {', '.join(table.hidden_sheets)}." if table.hidden_sheets else "",
    )
    return (*filter(None, said), *_unnamed(columns))


def _unnamed(columns: Sequence[str]) -> tuple[str, ...]:
    """Say which columns before those that are read have no heading."""
    unread = [letter(place) for place in range(_first_read(columns)) if not columns[place]]
    return (f"Columns without a heading that were not read: {', '.join(unread)}.",) if unread else ()


def _of_cells(row: TableRow, columns: Sequence[str], named: Collection[int], first: int) -> SheetRow:
    cells = {name: row.text(place) for place, name in enumerate(columns) if name}
    for place, name in enumerate(columns):
        told = _distrust(row, place, name)
        if told:
            return SheetRow(row.number, cells, told, name)
    texts = row.texts()
    slipped = nameless.filled(texts, named, right_of=first)
    return _slipped(row.number, cells, columns, texts, slipped) if slipped else SheetRow(row.number, cells)


def _distrust(row: TableRow, place: int, name: str) -> str:
    """Say why a cell of a workbook does not hold what it shows, where that matters."""
    shown, where = row.text(place), f"The cell {letter(place)}{row.number}"
    if name not in _READ:
        return ""
    if place in row.troubles:
        return f"{where} {row.troubles[place]}."
    if place in row.held and name in ("sku", *sheet_amounts.AMOUNTS):
        return f"{where} shows {shown} but holds {row.held[place]}; write it as it is meant."
    if name == "sku" and row.is_number(place) and not shown.isdigit():
        return f"{where} shows a number as {shown}; format the column as text."
    return ""


def _row(number: int, cells: list[str], columns: Sequence[str], named: Collection[int], first: int) -> SheetRow:
    width = len(columns)
    while len(cells) > width and not cells[-1].strip(_BLANK):
        cells.pop()
    texts = list(map(_cell, cells))
    there = dict(zip(columns, texts, strict=False))
    there.pop("", None)
    if len(cells) == width == len(named):
        return SheetRow(number, there)
    slipped = nameless.filled(texts, named, right_of=first)
    if len(cells) == width:
        return _slipped(number, there, columns, texts, slipped) if slipped else SheetRow(number, there)
    told = f"The row has {plural(len(cells), 'cell')}, the heading {width}; put cells with commas in quotes."
    whole = {name: there.get(name, "") for name in columns if name}
    return SheetRow(number, whole, told, surplus=tuple(texts[place] for place in slipped))


def _slipped(
    number: int, cells: Cells, columns: Sequence[str], texts: Sequence[str], slipped: Sequence[int]
) -> SheetRow:
    """Return a row in which something stands under no heading as one that cannot be trusted."""
    place = slipped[0]
    told = (
        f"{nameless.told(number, place, texts[place])} Write that cell whole, in quotes if it has commas, and leave"
        " this one empty; or name its column in the first row."
    )
    before = next((name for name in reversed(columns[:place]) if name), "")
    return SheetRow(number, cells, told, before, tuple(texts[column] for column in slipped))


def _named(columns: Sequence[str]) -> frozenset[int]:
    return frozenset(place for place, name in enumerate(columns) if name)


def _first_read(columns: Sequence[str]) -> int:
    """Return the first column that is read: nothing of it slips to its left, where row numbers often stand."""
    return next((place for place, name in enumerate(columns) if name in _READ), -1)


def _name(cell: str) -> str:
    return intern("_".join(cell.strip(_BLANK).casefold().replace("_", " ").split()))


def _cell(cell: str) -> str:
    """Take off the blanks around a cell, and the mark that our own files put before what would run as a formula."""
    text = cell.strip(_BLANK)
    return text[1:] if text[:1] == "'" and text[1:2] in ("=", "+", "-", "@", "'") else text


def own_columns(columns: Sequence[str]) -> list[str]:
    """Return the columns of a file that are its own, without those that a file of problem rows adds."""
    return [name for name in columns if name and name not in _RESERVED]
