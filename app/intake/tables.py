"""From a file or a pasted text to one table of cells as a person sees them. Knows nothing of what the cells mean.

Nothing is guessed, dropped or cut: what could be read in two ways is refused with both ways named, and whoever brought
the file may say which one is right (`How`). What a caller looks for in a table, it says by `fits`.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

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
        return _sheet(workbook.sheets(content, max_rows=limits.rows, max_columns=limits.columns), fits, how)
    return text_tables.read(text_tables.decoded(content), fits, how=how, limits=limits)


def read_pasted_table(text: str, fits: Fits, *, how: How = How(), limits: Limits = Limits()) -> Table:  # noqa: B008
    """Read a text that was typed or pasted; also blanks may split its lines into two cells."""
    if len(text) > limits.bytes:
        raise UnreadableFile.too_large(len(text), limits.bytes)
    return text_tables.read(text, fits, how=how, limits=limits, pasted=True)


def _sheet(sheets: Sequence[workbook.RawSheet], fits: Fits, how: How) -> Table:
    """Return the sheet that is meant, and beside it what the others that hold something are called."""
    hidden = tuple(sheet.name for sheet in sheets if sheet.hidden)
    tables = [_table(sheet) for sheet in sheets if sheet.rows and not sheet.hidden]
    if not tables:
        raise UnreadableFile.no_rows(hidden)
    chosen = _chosen(tables, fits, how)
    others = tuple(table.sheet for table in tables if table is not chosen)
    return replace(chosen, other_sheets=others, hidden_sheets=hidden)


def _chosen(tables: Sequence[Table], fits: Fits, how: How) -> Table:
    if how.sheet:
        chosen = next((table for table in tables if table.sheet == how.sheet), None)
        if chosen is None:
            raise UnreadableFile.no_such_sheet(how.sheet, [table.sheet for table in tables])
        return chosen
    fitting = [table for table in tables if fits(table)] or tables
    if len(fitting) > 1:
        raise UnreadableFile.several_sheets([table.sheet for table in fitting])
    return fitting[0]


def _table(sheet: workbook.RawSheet) -> Table:
    rows = tuple(_row(number, hidden, _spread(cells, sheet.merged.get(number))) for number, hidden, cells in sheet.rows)
    return Table(rows, sheet=sheet.name, hidden_columns=sheet.hidden_columns)


def _spread(cells: Sequence[Cell], merged: Sequence[tuple[int, int]] | None) -> Sequence[Cell]:
    """Let a text stand in each of the cells that were made one: a heading over two columns names both."""
    if not merged:
        return cells
    there = {cell[0]: cell for cell in cells}
    for first, last in merged:
        text = there.get(first)
        if text is not None and not text[2]:
            there.update((column, (column, *text[1:])) for column in range(first + 1, last + 1) if column not in there)
    return sorted(there.values())


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
