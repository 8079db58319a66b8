"""What a person says of how a file is to be read. Values only."""

from dataclasses import dataclass
from typing import Literal

from app.intake.numbers import Mark
from app.intake.table import How, Quotes

Beside = Literal["", "notes"]
"""What stands right of the price under no heading: what the price may have lost, or notes."""


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
    currency: int | None = None
    hidden: Literal["", "leave"] = ""
    beside: Beside = ""

    @property
    def how(self) -> How:
        """Return what is said of the table alone."""
        return How(self.sheet, self.delimiter, self.quotes)


NOTHING = Given()
