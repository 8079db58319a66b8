"""Taking a text apart: which sign splits its cells is told by the whole text, or refused with the two that would do."""

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Literal

from app.intake.table import BLANK, How, Limits, Table, TableRow
from app.intake.unreadable import UnreadableFile

DELIMITERS = "\t;|,"
"""Surest first: a comma may also stand in a number."""
BLANKS = " "
"""The delimiter of pasted lines whose last word is a price."""
HEAD = 200
LONGEST_LINE = 600
Fits = Callable[[Table], bool]

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
_SEPARATOR = re.compile(r"\ufeff?\"?sep=(.)\"?\r?\n?", re.IGNORECASE)
_LAST_WORD = re.compile(
    r"(?P<first>\S.*?)[ \t\u00a0]+"
    r"(?P<last>(?:(?:[A-Za-z]{3}|[^\w\s.,]{1,3}) ?)?[+\-−]?\d\S*(?: ?[A-Za-z]{3}| ?[^\w\s.,]{1,3})?)"
)
_WITH_COMMA = re.compile(r"\d+(?:,\d+)+(?:\.\d+)?")
_SURE_GROUPS = re.compile(r"\d{1,3}(?:,\d{2,3})+\.\d+|\d{1,3}(?:,\d{2,3}){2,}")


def decoded(content: bytes) -> str:
    """Decode by byte order mark, else as UTF-16 if every other byte is zero, else UTF-8, else Windows-1252."""
    for candidate in (_encoding(content), "cp1252", "latin-1"):
        try:
            text = content.decode(candidate)
        except UnicodeDecodeError:
            continue
        break
    if _CONTROL.search(text):
        raise UnreadableFile.not_a_workbook()
    return text


def _encoding(content: bytes) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    if b"\0" in content[:2]:
        return "utf-16-be" if content[:1] == b"\0" else "utf-16-le"
    return "utf-8-sig"


def read(text: str, fits: Fits, *, how: How, limits: Limits, pasted: bool = False) -> Table:
    """Read a text as the table that its whole says it is. Raises `UnreadableFile` if that could be two."""
    said, body = said_delimiter(text)
    delimiter = how.delimiter or said or _delimiter(body, fits, how, limits, pasted=pasted)
    table = _parsed(body, delimiter, how, limits)
    if not table.rows:
        raise UnreadableFile.no_rows()
    return table


def said_delimiter(text: str) -> tuple[str, str]:
    """Return what a first line `sep=;` says, and the text after it: a spreadsheet program does not count that line."""
    found = _SEPARATOR.match(text)
    return (found[1], text[found.end() :]) if found else ("", text)


def _delimiter(text: str, fits: Fits, how: How, limits: Limits, *, pasted: bool) -> str:
    present = [sign for sign in DELIMITERS if sign in text]
    fitting = [sign for sign in present if fits(_head(text, sign, how, limits))]
    if len(fitting) == 1:
        return fitting[0]
    if len(fitting) > 1:
        raise UnreadableFile.two_delimiters(fitting[0], fitting[1])
    return _even(text, present, pasted=pasted) or ("" if pasted else ",")


def _head(text: str, delimiter: str, how: How, limits: Limits) -> Table:
    """Return the first rows as they would be, without complaint: only their headings are looked at."""
    first = "".join(islice(io.StringIO(text, newline=""), HEAD))
    rows = csv.reader(io.StringIO(first, newline=""), delimiter=delimiter, quoting=_quoting(how))
    try:
        return Table(tuple(TableRow(n, tuple(cells)) for n, cells in enumerate(rows, start=1) if any(cells)))
    except csv.Error:
        return Table(())


def _even(text: str, present: Sequence[str], *, pasted: bool) -> str:
    """Return the delimiter that splits every line that has any: nothing else is told by a text without headings."""
    lines = [line for line in text.splitlines() if line.strip(BLANK)]
    split = [line for line in lines if any(sign in line for sign in present)]
    even = [sign for sign in present if all(sign in line for line in split)]
    if pasted and (even == [","] or not split) and lines:
        return _comma_or_blank(lines, comma=bool(even))
    if not even and split:
        first = next(sign for sign in present if sign in split[0])
        other = next(line for line in split if first not in line)
        raise UnreadableFile.mixed_delimiters(first, next(sign for sign in present if sign in other), other.strip())
    return even[0] if even else ""


def _comma_or_blank(lines: Sequence[str], *, comma: bool) -> str:
    """Tell `A, 104` from `A 1,104.00`; where the comma may be either, refuse."""
    if not comma:
        return BLANKS
    words = [_last_word(line) for line in lines]
    last = [found["last"] if found and "," not in found["first"] else "" for found in words]
    numbers = [number for number in last if _WITH_COMMA.search(number)]
    if not numbers:
        return ","
    if any(_SURE_GROUPS.search(number) for number in numbers) and len(numbers) == len(lines):
        return BLANKS
    line = lines[next(n for n, number in enumerate(last) if number in numbers)]
    raise UnreadableFile.comma_or_blank(line.strip(BLANK))


def _parsed(text: str, delimiter: str, how: How, limits: Limits) -> Table:
    records = _words(text) if delimiter in (BLANKS, "") else _records(text, delimiter, how, limits)
    rows: list[TableRow] = []
    for number, cells in records:
        row = TableRow(number, tuple(cells))
        if row.blank:
            continue
        if len(rows) == limits.rows:
            raise UnreadableFile.too_many_rows(limits.rows)
        if len(cells) > limits.columns:
            raise UnreadableFile.too_many_columns(limits.columns)
        rows.append(row)
    return Table(tuple(rows), delimiter=delimiter)


def _words(text: str) -> Iterator[tuple[int, list[str]]]:
    for number, line in enumerate(text.splitlines(), start=1):
        found = _last_word(line)
        yield number, [found["first"], found["last"]] if found else line.rsplit(maxsplit=1)


def _last_word(line: str) -> re.Match[str] | None:
    """Find the price at the end of a line, if it is one that a person typed: the search is slow on endless ones."""
    bare = line.strip(BLANK)
    return _LAST_WORD.fullmatch(bare) if len(bare) <= LONGEST_LINE else None


def _quoting(how: How) -> Literal[0, 3]:
    return csv.QUOTE_NONE if how.quotes == "text" else csv.QUOTE_MINIMAL


def _records(text: str, delimiter: str, how: How, limits: Limits) -> Iterator[tuple[int, list[str]]]:
    csv.field_size_limit(limits.text)
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=delimiter, strict=how.quotes != "text", quoting=_quoting(how)
    )
    row = 0
    try:
        for row, cells in enumerate(reader, start=1):
            if not how.quotes:
                _refuse_swallowed(row, cells, delimiter)
            yield row, cells
    except csv.Error as error:
        if "field larger" in str(error):
            raise UnreadableFile.long_text(row + 1, limits.text) from error
        raise UnreadableFile.open_quote(row + 1) from error


def _refuse_swallowed(row: int, cells: Sequence[str], delimiter: str) -> None:
    """Refuse a cell that two inch marks made of several rows: it holds line breaks and delimiters."""
    for cell in cells:
        if "\n" in cell.strip(BLANK) and delimiter in cell:
            raise UnreadableFile.swallowed_rows(row, cell)
