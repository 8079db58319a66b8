"""A table as a person sees it: rows numbered as the sheet counts them, cells as text, and what a cell hides."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal

BLANK: Final = " \t\r\n\v\f\u00a0\u200b\u202f\ufeff"
_NOTHING: Final[Mapping[int, str]] = MappingProxyType({})
_ESCAPED: Final = re.compile(r"'+\s*[=+\-@\t\r\n＝＋－＠]")
_FORMULA_TEXT: Final = re.compile(r'="([^"]*)"')
Quotes = Literal["", "cells", "text"]


def _nothing() -> Mapping[int, str]:
    return _NOTHING


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a file may be. A file that is larger is refused, never cut."""

    bytes: int = 25_000_000
    rows: int = 101_000
    columns: int = 512
    text: int = 131_072


@dataclass(frozen=True, slots=True)
class How:
    """What a person says of how a table is to be taken apart; empty is for the file to say.

    `quotes` are the marks around "cells", or part of the "text" (inch).
    """

    sheet: str = ""
    delimiter: str = ""
    quotes: Quotes = ""


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row. `numbers` has a bit for each cell that holds a number and no text (a workbook's only).

    `troubles` says why a cell cannot be trusted, completing "The cell …"; `held` is the number behind one that is
    shown rounded.
    """

    number: int
    cells: tuple[str, ...]
    numbers: int = 0
    hidden: bool = False
    troubles: Mapping[int, str] = field(default_factory=_nothing)
    held: Mapping[int, str] = field(default_factory=_nothing)

    def text(self, column: int) -> str:
        """Return a cell without the blanks around it and without what an export wrote to keep it from running."""
        if not 0 <= column < len(self.cells):
            return ""
        cell = self.cells[column].strip(BLANK)
        if cell.startswith("'") and _ESCAPED.match(cell):
            return cell[1:]
        found = _FORMULA_TEXT.fullmatch(cell) if cell.startswith("=") else None
        return found[1] if found else cell

    def texts(self) -> list[str]:
        """Return all cells, each as `text` does."""
        return [self.text(column) for column in range(len(self.cells))]

    def is_number(self, column: int) -> bool:
        """Tell whether a cell holds a number of a workbook, written with point and grouping commas."""
        return bool(self.numbers >> column & 1)

    @property
    def blank(self) -> bool:
        """Tell whether nothing stands in the row."""
        return not self.troubles and not any(cell.strip(BLANK) for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one sheet or one text that are not blank. `delimiter` is empty for a workbook.

    `other_sheets` and `hidden_sheets` of the workbook hold something and are not this table.
    """

    rows: tuple[TableRow, ...]
    sheet: str = ""
    delimiter: str = ""
    hidden_columns: tuple[int, ...] = ()
    other_sheets: tuple[str, ...] = ()
    hidden_sheets: tuple[str, ...] = ()

    @property
    def hidden(self) -> int:
        """Return how many rows the sheet hides or filters away."""
        return sum(row.hidden for row in self.rows)
