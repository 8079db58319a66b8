"""Read the cells of a workbook, in a process of its own that a hostile workbook may kill without harm.

In: the workbook on standard input. Out: JSON, one line each: `{"sheet": name, "hidden": false}`, then of that sheet
every row that has a cell, `[number, hidden, [[column, text, is a number, trouble, held], …]]`, and
`{"hidden_columns": […], "merged": [[row, first column, last], …]}`; of a hidden sheet that holds something its name
alone. A small file can ask for terabytes (a long text shared by a million cells), so memory, time and output are
limited here, where that ends only this process.
"""

import io
import json
import re
import resource
import sys
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from typing import IO, TypeAlias
from xml.etree.ElementTree import Element, iterparse
from zipfile import ZipFile

from app.intake.number_formats import MOST_DIGITS, as_decimal, shown, written

MEMORY = 1_000_000_000
SECONDS = 60
MAX_OUTPUT = 256_000_000
TOO_LARGE, TOO_MANY_ROWS, TOO_MANY_COLUMNS, STRICT, NO_WORKBOOK = 3, 4, 5, 6, 7
"""Exit status of a workbook with more text, rows or columns than any price list, or of another kind of document."""
LOWEST, NARROWEST = 2.0, 0.3
"""A row that is lower (in points), or a column that is narrower (in characters), shows nothing to anybody."""
MIXED_LOOKS = "has parts that are struck out, raised or lowered, which its text does not tell; write it plainly"
NO_VALUE = "is a formula without a value; open the file in a spreadsheet program and save it"

Cell: TypeAlias = tuple[int, str, bool, str, str]
"""Column, text, whether it is a number, why it cannot be trusted, and the number behind a rounded one."""

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_ROW, _CELL, _VALUE, _FORMULA, _INLINE = (_MAIN + tag for tag in ("row", "c", "v", "f", "is"))
_TEXT, _RUN, _ITEM, _COLUMN, _USUAL = (_MAIN + tag for tag in ("t", "r", "si", "col", "sheetFormatPr"))
_MERGED, _LOOK, _STRUCK, _RAISED = (_MAIN + tag for tag in ("mergeCell", "rPr", "strike", "vertAlign"))
_TRUE = ("1", "true")
_RANGE = re.compile(r"([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})[0-9]{1,7}")


class _Output:
    """Standard output with an end."""

    def __init__(self, most: int) -> None:
        self._left = most

    def line(self, written: object) -> None:
        """Write one line, or end the process."""
        text = json.dumps(written, separators=(",", ":"))
        self._left -= len(text)
        if self._left < 0:
            sys.exit(TOO_LARGE)
        print(text)


def main(max_rows: int, max_columns: int) -> None:
    """Copy every visible sheet from standard input to standard output, and name the hidden ones."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    archive, out = ZipFile(io.BytesIO(sys.stdin.buffer.read())), _Output(MAX_OUTPUT)
    if b"purl.oclc.org/ooxml" in archive.read("_rels/.rels"):
        sys.exit(STRICT)
    book = Book(archive)
    for name, part, hidden in book.sheets:
        with archive.open(part) as source:
            if not hidden:
                out.line({"sheet": name, "hidden": False})
                _copy(source, book, out, max_rows, max_columns)
            elif _holds_something(source, book):
                out.line({"sheet": name, "hidden": True})


class Book:
    """What the cells of a workbook refer to: its shared texts, its number formats, and where its sheets are."""

    def __init__(self, archive: ZipFile) -> None:
        from openpyxl.reader.workbook import WorkbookParser
        from openpyxl.styles.stylesheet import apply_stylesheet

        parser = WorkbookParser(archive, _workbook_part(archive), keep_links=False)
        parser.parse()
        apply_stylesheet(archive, parser.wb)
        there = set(archive.namelist())
        links = parser.rels.values()  # type: ignore[attr-defined]
        shared = [link.target for link in links if link.Type.endswith("/sharedStrings") and link.target in there]
        self.texts = _shared_texts(archive, shared[0]) if shared else []
        self.formats = _formats(parser.wb)
        self.dates = frozenset(parser.wb._date_formats)  # type: ignore[attr-defined]
        self.epoch: datetime = parser.wb.epoch
        self.sheets: list[tuple[str, str, bool]] = [
            (sheet.name, rel.target, sheet.state != "visible")
            for sheet, rel in parser.find_sheets()
            if rel.Type.endswith("/worksheet") and rel.target in there
        ]


def _workbook_part(archive: ZipFile) -> str:
    """Return where the package says that its workbook is; another kind of document ends the process."""
    from openpyxl.packaging.relationship import get_dependents

    for link in get_dependents(archive, "_rels/.rels"):
        if link.Type.endswith("/officeDocument") and link.target in archive.namelist():
            return str(link.target)
    sys.exit(NO_WORKBOOK)


def _shared_texts(archive: ZipFile, part: str) -> list[tuple[str, str]]:
    """Return the texts that cells share, each with what its text alone does not tell."""
    with archive.open(part) as source:
        texts = []
        for _, element in iterparse(source):  # noqa: S314 - here is where a hostile one is let run out
            if element.tag == _ITEM:
                texts.append((_text_of(element), _looks(element)))
                element.clear()
        return texts


def _text_of(element: Element) -> str:
    """Return the text of a string, its runs joined, without what only says how it is pronounced."""
    runs = [run.findtext(_TEXT) or "" for run in element.iterfind(_RUN)]
    return (element.findtext(_TEXT) or "") + "".join(runs)


def _looks(element: Element) -> str:
    """Say why the runs of a text, joined, are not what a person sees: a price struck out, cents that are raised."""
    looks = [look for run in element.iterfind(_RUN) for look in run.iterfind(_LOOK)]
    odd = any(look.find(_STRUCK) is not None or look.find(_RAISED) is not None for look in looks)
    return MIXED_LOOKS if odd else ""


def _formats(book) -> list[str]:  # type: ignore[no-untyped-def]
    from openpyxl.styles.numbers import BUILTIN_FORMATS, BUILTIN_FORMATS_MAX_SIZE

    def named(number: int) -> str:
        if number < BUILTIN_FORMATS_MAX_SIZE:
            return str(BUILTIN_FORMATS.get(number, "General"))
        return str(book._number_formats[number - BUILTIN_FORMATS_MAX_SIZE])

    return [named(style.numFmtId) for style in book._cell_styles]


def _holds_something(source: IO[bytes], book: Book) -> bool:
    for _, element in iterparse(source):  # noqa: S314 - as above
        if element.tag == _ROW:
            if any(True for _ in _cells(element, book)):
                return True
            element.clear()
    return False


def _copy(source: IO[bytes], book: Book, out: _Output, max_rows: int, max_columns: int) -> None:
    number, rows, usual, unseen, merged = 0, 0, "", _UnseenColumns(max_columns), list[tuple[int, int, int]]()
    for _, element in iterparse(source):  # noqa: S314 - as above
        if element.tag == _COLUMN:
            unseen.add(element)
        elif element.tag == _USUAL:
            usual = element.get("defaultRowHeight", "")
            unseen.usual(element.get("defaultColWidth", ""))
        elif element.tag == _MERGED:
            merged += _side_by_side(element.get("ref", ""), max_columns)
        if element.tag != _ROW:
            continue
        number = int(element.get("r") or number + 1)
        cells = list(_cells(element, book))
        rows += bool(cells)
        if rows > max_rows:
            sys.exit(TOO_MANY_ROWS)
        if cells and max(cell[0] for cell in cells) >= max_columns:
            sys.exit(TOO_MANY_COLUMNS)
        if cells:
            out.line([number, _is_hidden(element, element.get("ht", usual), LOWEST), cells])
        element.clear()
    out.line({"hidden_columns": sorted(unseen.columns), "merged": merged})


def _side_by_side(ref: str, most: int) -> Iterator[tuple[int, int, int]]:
    """Return the first row of merged cells and their first and last column, if there are several."""
    found = _RANGE.fullmatch(ref)
    if found is not None and found[1] != found[3]:
        yield int(found[2]), _column(found[1]), min(_column(found[3]), most - 1)


class _UnseenColumns:
    """The columns that a sheet hides, or makes too narrow to be seen."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.columns = set[int]()

    def usual(self, width: str) -> None:
        """Take in how wide columns are of which nothing else is said."""
        if _is_less(width, NARROWEST):
            self.columns = set(range(self._most))

    def add(self, said: Element) -> None:
        """Take in what is said of some columns."""
        those = set(range(int(said.get("min", "1")) - 1, min(int(said.get("max", "1")), self._most)))
        hidden = _is_hidden(said, said.get("width", ""), NARROWEST)
        self.columns = self.columns | those if hidden else self.columns - those


def _is_hidden(element: Element, size: str, least: float) -> bool:
    return element.get("hidden") in _TRUE or _is_less(size, least)


def _is_less(size: str, least: float) -> bool:
    try:
        return float(size) < least
    except ValueError:
        return False


def _cells(row: Element, book: Book) -> Iterator[Cell]:
    column = -1
    for cell in row:
        if cell.tag == _CELL:
            place = cell.get("r")
            column = _column(place.rstrip("0123456789")) if place else column + 1
            seen = _seen(cell, book)
            if seen is not None:
                yield column, *seen


@lru_cache(maxsize=2_000)
def _column(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


def _seen(cell: Element, book: Book) -> tuple[str, bool, str, str] | None:
    """Return a cell as a person sees it, or None if nothing stands in it."""
    kind, value, trouble = cell.get("t", "n"), cell.findtext(_VALUE), ""
    inline = cell.find(_INLINE) if kind == "inlineStr" else None
    if kind == "inlineStr":
        value, trouble = (None, "") if inline is None else (_text_of(inline), _looks(inline))
    if not value:
        return ("", False, NO_VALUE, "") if cell.find(_FORMULA) is not None and kind != "str" else None
    if kind == "s":
        text, trouble = book.texts[int(value)]
        return text, False, trouble, ""
    if kind in ("str", "inlineStr"):
        return value, False, trouble, ""
    if kind == "e":
        return value, False, f"holds the error {value}", ""
    if kind == "b":
        return ("TRUE" if value in _TRUE else "FALSE"), False, "", ""
    return _number(value, int(cell.get("s", "0")), book) if kind == "n" else _date(value)


def _number(value: str, style: int, book: Book) -> tuple[str, bool, str, str]:
    number_format = book.formats[style] if style < len(book.formats) else "General"
    if number_format == "General" and value.isdigit() and value[0] != "0" and len(value) <= MOST_DIGITS:
        return value, True, "", ""
    number: float = int(value) if value.lstrip("-").isdigit() else float(value)
    if style in book.dates:
        from openpyxl.utils.datetime import from_excel

        return _date(str(from_excel(number, book.epoch)))
    plain = written(as_decimal(number))
    if len(plain.lstrip("-").partition(".")[0]) > MOST_DIGITS:
        return plain, True, f"has more than {MOST_DIGITS} digits, of which the spreadsheet keeps {MOST_DIGITS}", ""
    seen = shown(number, number_format)
    if seen is None:
        return plain, True, f"is shown by the number format {number_format[:40]}, which hides its digits", ""
    if not seen.text:
        return plain, True, f"is hidden by its number format; it holds {plain}", ""
    return seen.text, True, "", seen.held


def _date(value: str) -> tuple[str, bool, str, str]:
    return value, False, f"holds a date or time ({value}); format the column as text and type it anew", ""
