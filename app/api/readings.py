"""How a file is read, over HTTP: what a caller says of it, and what the answer says of how it was read."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.api.problems import ProblemRaised
from app.intake.given import Given
from app.intake.price_file import TableReading

_Column = Annotated[int, Field(ge=0, lt=512)]


class GivenIn(BaseModel):
    """What a caller says of a file; what is left out, the file says. Columns count from 0.

    `delimiter` is the sign between cells, `quotes` are around `cells` or part of the `text` (inch marks), `heading` is
    the row of the headings (0: none), `change` tells that the numbers are percentages of the current price, `currency`
    is the column that names theirs, `hidden` may `leave` hidden rows out, and cells under no heading `beside` the price
    may be `notes` (what begins with a digit there may still be the price's other half).
    """

    model_config = ConfigDict(extra="forbid")

    sheet: Annotated[str, Field(max_length=100)] = ""
    delimiter: Literal["", "\t", ";", "|", ",", " "] = ""
    quotes: Literal["", "cells", "text"] = ""
    decimal: Literal["", ".", ","] = ""
    heading: Annotated[int, Field(ge=0, le=1_048_576)] | None = None
    sku: _Column | None = None
    price: _Column | None = None
    change: bool | None = None
    currency: _Column | None = None
    hidden: Literal["", "leave"] = ""
    beside: Literal["", "notes"] = ""

    def given(self) -> Given:
        """Return this for the intake."""
        return Given(**self.model_dump())


class ReadingOut(BaseModel):
    """How a file was read: its sheet, signs, headings and columns, and how many rows say no price.

    `remembered` names what the file leaves open and its caller decided before, `unseen` the columns that were read
    although the sheet hides them; `other_sheets` and `hidden_sheets` hold something and were not read.
    In `slipped` rows half of the price may stand under no heading.
    """

    model_config = ConfigDict(from_attributes=True)

    sheet: str
    delimiter: str
    decimal: str
    heading: int
    headings: list[str]
    sku: int
    price: int
    change: bool
    titles: int
    totals: int
    empty: int
    hidden: int
    total_rows: list[int]
    remembered: list[str]
    unseen: list[int]
    other_sheets: list[str]
    hidden_sheets: list[str]
    slipped: int

    @classmethod
    def of(cls, reading: TableReading) -> "ReadingOut":
        """Return a reading for the wire."""
        return cls.model_validate(reading)


def given_in(text: str) -> Given:
    """Return what a form's field says of a file. Raises a problem if it is not understood."""
    try:
        return GivenIn.model_validate_json(text or "{}").given()
    except ValidationError as broken:
        raise ProblemRaised(
            422,
            "malformed_reading",
            "The reading is not understood",
            'Send JSON such as {"sheet": "Tea", "decimal": ",", "sku": 0, "price": 3}; columns count from 0.',
        ) from broken
