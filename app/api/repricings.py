"""Publications seen from the far side of the seam, and the contexts that follow them."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from app import database
from app.api.access import Reader
from app.api.problems import described
from app.api.wire import PageOut
from app.deliveries import queries
from app.deliveries.views import BoardRow, Counts, Filter, LaneView
from app.lifecycle.errors import NotFound
from app.lifecycle.views import queries as lifecycle

router = APIRouter(prefix="/api/repricings", tags=["propagation"])
RepricingCursor = Annotated[
    str | None, Field(pattern="^[A-Za-z0-9-]{0,64}$", description="`next_cursor` of the page before")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneOut(Counts):
    """What one context did with one repricing, and when it answered first and last."""

    first_ack: datetime | None
    last_ack: datetime | None

    @classmethod
    def of(cls, lane: LaneView) -> "LaneOut":
        """Return the wire form of a lane."""
        return cls(**asdict(lane.counts), first_ack=lane.first_ack, last_ack=lane.last_ack)


class RepricingOut(BaseModel):
    """One publication seen from the far side of the seam."""

    id: str
    reference: str
    reason: str
    status: str
    progress: str
    published_at: datetime
    expected: int
    undo_expected: int | None
    rolled_back_at: datetime | None
    contexts: dict[str, LaneOut]

    @classmethod
    def of(cls, row: BoardRow) -> "RepricingOut":
        """Return the wire form of a row of the board."""
        return cls(
            id=row.id,
            reference=row.reference,
            reason=row.reason,
            status=row.status,
            progress=row.progress,
            published_at=row.published_at,
            expected=row.expected,
            undo_expected=row.undo_expected,
            rolled_back_at=row.rolled_back_at,
            contexts={lane.context: LaneOut.of(lane) for lane in row.lanes},
        )


@router.get("", responses=described(401, 404))
def find(
    caller: Reader,
    show: Filter = "all",
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
