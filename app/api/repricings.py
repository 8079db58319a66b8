"""Publications seen from the far side of the seam, and the contexts that follow them."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from app import database
from app.api.access import Reader
from app.api.problems import described
from app.api.wire import PageOut, RepricingOut
from app.deliveries import queries
from app.lifecycle.errors import NotFound
from app.lifecycle.views import queries as lifecycle

router = APIRouter(prefix="/api/repricings", tags=["propagation"])
RepricingCursor = Annotated[
    str | None, Field(pattern="^[A-Za-z0-9-]{0,64}$", description="`next_cursor` of the page before")
]


@router.get("", responses=described(401, 404))
def find(
    caller: Reader,
    show: queries.Filter = "all",
    cursor: RepricingCursor = None,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 50,
) -> PageOut[RepricingOut]:
    """List repricings, newest first, with what every context did."""
    with database.reading() as session:
        if cursor and queries.repricing(session, cursor) is None:
            raise NotFound("No page ends with this cursor. Send the `next_cursor` of the page before, or none.")
        board = queries.board(session, show=show, cursor=cursor, limit=limit)
    return PageOut(items=[RepricingOut.of(row) for row in board.rows], next_cursor=board.next_cursor)


@router.get("/{reference}", responses=described(401, 404))
def read(reference: str, caller: Reader) -> RepricingOut:
    """Read one repricing by its proposal's id or reference."""
    with database.reading() as session:
        found = queries.repricing(session, lifecycle.find(session, reference).id)
    if found is None:
        raise NotFound("This proposal was not published, so there is nothing to follow.")
    return RepricingOut.of(found.row)
