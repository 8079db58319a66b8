"""From a file or a pasted text to one table of cells as a person sees them. Knows nothing of what the cells mean.

Nothing is guessed, dropped or cut: what could be read in two ways is refused with both ways named, and whoever brought
the file may say which one is right (`How`). What a caller looks for in a table, it says by `fits`.
"""

from collections.abc import Callable, Sequence

from app.intake import text_tables, workbook
from app.intake.sheet_cells import Cell
from app.intake.table import How, Limits, Table, TableRow
from app.intake.unreadable import UnreadableFile

Fits = Callable[[Table], bool]

__all__ = ["Fits", "How", "Limits", "Table", "TableRow", "read_pasted_table", "read_table"]


def read_table(content: bytes, fits: Fits, *, how: How = How(), limits: Limits = Limits()) -> Table:  # noqa: B008
    """Read a CSV or XLSX, told apart by content and never by name. Raises `UnreadableFile`.

    A file with several tables (sheets, or delimiters that would do) is read as the one that `fits`, a workbook's only
    sheet and a text's only sensible delimiter also if nothing does. The sheet is named on the table.
    """
    if len(content) > limits.bytes:
        raise UnreadableFile.too_large(len(content), limits.bytes)
    if content[:4] == b"PK\x03\x04":
        return _sheet([_table(sheet) for sheet in _sheets(content, limits)], fits, how)
    return text_tables.read(text_tables.decoded(content), fits, how=how, limits=limits)


def read_pasted_table(text: str, fits: Fits, *, how: How = How(), limits: Limits = Limits()) -> Table:  # noqa: B008
    """Read a text that was typed or pasted; also blanks may split its lines into two cells."""
    if len(text) > limits.bytes:
        raise UnreadableFile.too_large(len(text), limits.bytes)
    return text_tables.read(text, fits, how=how, limits=limits, pasted=True)


def _sheets(content: bytes, limits: Limits) -> list[workbook.Sheet]:
    found = workbook.sheets(content, max_rows=limits.rows, max_columns=limits.columns)
    return [sheet for sheet in found if sheet.rows]


def _sheet(tables: Sequence[Table], fits: Fits, how: How) -> Table:
    if not tables:
        raise UnreadableFile.no_rows()
    if how.sheet:
        chosen = next((table for table in tables if table.sheet == how.sheet), None)
        if chosen is None:
            raise UnreadableFile.no_such_sheet(how.sheet, [table.sheet for table in tables])
        return chosen
    fitting = [table for table in tables if fits(table)] or tables
    if len(fitting) > 1:
        raise UnreadableFile.several_sheets([table.sheet for table in fitting])
    return fitting[0]


def _table(sheet: workbook.Sheet) -> Table:
    rows = tuple(_row(number, hidden, cells) for number, hidden, cells in sheet.rows)
    return Table(rows, sheet=sheet.name, hidden_columns=sheet.hidden_columns)


def _row(number: int, hidden: bool, cells: Sequence[Cell]) -> TableRow:
    texts = [""] * (max(column for column, *_ in cells) + 1)
    numbers = 0
    troubles: dict[int, str] = {}
    held: dict[int, str] = {}
    for column, text, is_number, trouble, behind in cells:
        texts[column] = text
        numbers |= is_number << column
        if trouble:
            troubles[column] = trouble
        if behind:
            held[column] = behind
    return TableRow(number, tuple(texts), numbers, hidden, troubles, held)
