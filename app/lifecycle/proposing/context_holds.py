"""What contexts said at submission of prices that they hold fixed: kept with the lines. It forbids nothing."""

from collections.abc import Sequence

from pydantic import TypeAdapter
from sqlalchemy import or_, select
from sqlmodel import Session, col

from app.contracts.holds import Hold
from app.lifecycle.records import Line, Proposal

_HOLDS = TypeAdapter(tuple[Hold, ...])
SHOWN = 1_000
"""How many held lines one answer lists."""


def written(holds: Sequence[Hold]) -> str | None:
    """Return what was said of a line, as it is kept with it."""
    return _HOLDS.dump_json(tuple(holds)).decode() if holds else None


def read(stored: str | None) -> tuple[Hold, ...]:
    """Return what was said of a line."""
    return _HOLDS.validate_json(stored) if stored else ()


def holds_of(session: Session, proposal_id: str) -> Sequence[Hold]:
    """Return what was said of the lines of a proposal and of those split from it, at most `SHOWN` lines."""
    family = select(col(Proposal.id)).where(
        or_(col(Proposal.id) == proposal_id, col(Proposal.sibling_of) == proposal_id)
    )
    query = select(col(Line.held)).where(col(Line.proposal_id).in_(family), col(Line.held).is_not(None))
    return [hold for said in session.scalars(query.order_by(col(Line.line)).limit(SHOWN)) for hold in read(said)]
