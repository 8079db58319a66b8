"""The seam between reading a file and knowing what its columns mean: rows by column name, numbered as the sheet does.

Whoever reads a file gives a `Sheet`; the catalog and the facts take nothing else.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from sys import intern

from app.intake.unreadable import UnreadableFile

Cells = Mapping[str, str]
_BLANK = " \t\r\n\v\f\u00a0\u200b\ufeff"
_RESERVED = ("row", "code", "reason")
"""Columns that a file of problem rows has beside its own; they are ignored when it comes back corrected."""


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row: its number as a spreadsheet shows it (the heading is row 1), its cells, and why it cannot be trusted."""

    number: int
    cells: Cells
    defect: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table with a heading. `columns` are the names as they are compared: in lower case, joined with `_`."""

    columns: Sequence[str]
    rows: Iterable[SheetRow]

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
    """Read a comma-separated table in UTF-8. Raises `UnreadableFile`."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as broken:
        raise UnreadableFile(
            f"The file is not UTF-8 (byte {broken.start + 1:,} is no letter of it). Save it as “CSV UTF-8”.",
            code="not_utf8",
        ) from broken
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    columns = [_name(cell) for cell in next(reader, [])]
    twice = next((name for name in columns if name and columns.count(name) > 1), "")
    if twice:
        raise UnreadableFile(f"Two columns are called “{twice}”; take one out.", code="columns_doubled")
    return Sheet(columns, _rows(reader, columns))


def _rows(reader: Iterator[list[str]], columns: Sequence[str]) -> Iterator[SheetRow]:
    number = 1
    try:
        for number, cells in enumerate(reader, start=2):
            if any(map(str.strip, cells)):
                yield _row(number, cells, columns)
    except csv.Error as broken:
        raise UnreadableFile.open_quote(number + 1) from broken


def _row(number: int, cells: list[str], columns: Sequence[str]) -> SheetRow:
    width = len(columns)
    while len(cells) > width and not cells[-1].strip(_BLANK):
        cells.pop()
    named = dict(zip(columns, map(_cell, cells), strict=False))
    if len(cells) == width:
        return SheetRow(number, named)
    told = f"The row has {len(cells)} cells, the heading {width}; put cells with commas in quotes."
    return SheetRow(number, {name: named.get(name, "") for name in columns}, told)


def _name(cell: str) -> str:
    return intern("_".join(cell.strip(_BLANK).casefold().replace("_", " ").split()))


def _cell(cell: str) -> str:
    """Take off the blanks around a cell, and the mark that our own files put before what would run as a formula."""
    text = cell.strip(_BLANK)
    return text[1:] if text[:1] == "'" and text[1:2] in ("=", "+", "-", "@", "'") else text


def own_columns(columns: Sequence[str]) -> list[str]:
    """Return the columns of a file that are its own, without those that a file of problem rows adds."""
    return [name for name in columns if name and name not in _RESERVED]
