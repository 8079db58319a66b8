"""What every import by file shares: how bad rows are listed, and that a repeated request has the same answer."""

from collections.abc import Sequence

from fastapi import Response
from pydantic import BaseModel

from app.clock import utc_now
from app.identity.actor import Actor
from app.intake.export import BOM
from app.intake.problems import BadRow, as_csv
from app.lifecycle import commands


class RowOut(BaseModel):
    """A row that cannot be taken; `row` counts as a spreadsheet does, the heading being row 1."""

    row: int
    sku: str
    code: str
    reason: str


def rows_of(bad: Sequence[BadRow]) -> list[RowOut]:
    """Return bad rows as an answer lists them."""
    return [RowOut(row=one.row, sku=one.sku, code=one.code, reason=one.reason) for one in bad]


def csv_of(columns: Sequence[str], bad: Sequence[BadRow]) -> Response:
    """Return bad rows as a file that can be corrected and sent again."""
    return Response(
        BOM + as_csv(columns, bad),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="problems.csv"'},
    )


def answered(caller: Actor, key: str, request: str) -> str | None:
    """Return the answer that a key already has. Raises `KeyReused` if it was given to another request."""
    return commands.remembered(caller, key, request)


def kept(caller: Actor, key: str, request: str, about: str, answer: str) -> str:
    """Keep the answer to something that was done in steps; a killed one is done again, which changes nothing twice."""
    return commands.once(caller, key, request, lambda _: (about, answer), utc_now())
