"""Rule sets in shadow over HTTP: how they agree with those that judge, day by day, and where they do not."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel

from app.api.access import Reader
from app.api.inputs import Cursor
from app.api.problems import described
from app.database import reading as store
from app.lifecycle.rulebook import shadowing
from app.lifecycle.rulebook.reckoned import TurnedLine

router = APIRouter(prefix="/api/rule-sets/{number}/shadow", tags=["rules"])

Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
_READS = described(401, 403, 404, 422, 429, 503)


class ShadowDayOut(BaseModel):
    """How a set agreed on one day, in one version of it; counts of lines."""

    day: str
    version: int
    proposals: int
    lines: int
    agreed: int
    stricter: int
    milder: int
    agreement_bp: int


class ShadowDaysOut(BaseModel):
    """How a set agreed, day by day."""

    items: list[ShadowDayOut]


class DisagreementOut(BaseModel):
    """A line on which a set in shadow says something else, and when the line was judged."""

    at: datetime
    version: int
    line: TurnedLine


class DisagreementsOut(BaseModel):
    """Lines on which a set in shadow says something else, those that were proposed last first."""

    items: list[DisagreementOut]
    next_cursor: str | None


@router.get("", response_model=ShadowDaysOut, responses=_READS)
def agreement(caller: Reader, number: Number) -> ShadowDaysOut:
    """Say how a set in shadow agreed with the sets that judged, day by day."""
    with store() as session:
        found = shadowing.days(session, number)
    return ShadowDaysOut(items=[ShadowDayOut.model_validate(one, from_attributes=True) for one in found])


@router.get("/lines", response_model=DisagreementsOut, responses=_READS)
def disagreements(
    caller: Reader, number: Number, cursor: Cursor = None, limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> DisagreementsOut:
    """List the lines on which a set in shadow says something else."""
    with store() as session:
        page = shadowing.disagreements(session, number, cursor=cursor, limit=limit)
    items = [DisagreementOut.model_validate(one, from_attributes=True) for one in page.items]
    return DisagreementsOut(items=items, next_cursor=page.next_cursor)
