"""Read the cells of a workbook, in a process of its own that a hostile workbook may kill without harm.

In: the workbook on standard input. Out: one JSON array per row of every visible sheet, `[sheet, row, cell, …]`,
each cell as the text that a person sees. A small file can ask for terabytes (a cell in the last row and column,
a long text shared by a million cells), so memory and time are limited here, where that ends only this process.
"""

import io
import json
import resource
import sys
from datetime import date, datetime, time, timedelta

MEMORY = 1_000_000_000
SECONDS = 30
MAX_COLUMNS = 64
MAX_TEXT = 400
MAX_OUTPUT = 64_000_000
TOO_LARGE = 3
"""Exit status for a workbook with more text than any price list."""

Cell = int | float | str | bool | date | datetime | time | timedelta


def as_text(cell: Cell) -> str:
    """Return a cell as its text. A number has at most 15 digits, as in the spreadsheet program itself."""
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float):
        return format(cell, ".15g")
    return str(cell)[:MAX_TEXT]


def main(max_rows: int) -> None:
    """Copy up to `max_rows` rows of every visible sheet from standard input to standard output."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    workbook = CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
    left = MAX_OUTPUT
    for found in workbook.sheets_metadata:
        if found.visible is SheetVisibleEnum.Visible and found.typ is SheetTypeEnum.WorkSheet:
            sheet = workbook.get_sheet_by_name(found.name)
            first = (sheet.start or (0, 0))[0] + 1
            for row, cells in enumerate(sheet.to_python(nrows=max_rows), start=first):
                texts = [as_text(cell) for cell in cells[:MAX_COLUMNS]]
                if any(texts):
                    line = json.dumps([found.name, row, *texts])
                    left -= len(line)
                    if left < 0:
                        sys.exit(TOO_LARGE)
                    print(line)


if __name__ == "__main__":
    main(int(sys.argv[1]))
