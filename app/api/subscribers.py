"""The contexts as subscribers: who follows, who is gone for good, and what had to be set aside on the way."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from app import database, subscribers
from app.api.access import Key, Reader, Retirer
from app.api.problems import described
from app.clock import utc_now
from app.deliveries import queries
from app.lifecycle import commands

router = APIRouter(prefix="/api/contexts", tags=["contexts"])


class WhyIn(BaseModel):
    """Why; it stands in the audit trail."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, Field(min_length=1, max_length=subscribers.MAX_REASON)]


class ContextOut(BaseModel):
    """A context as the tracker last saw it."""

    name: str
    state: str
    workers: int
    lag_ms: int
    behind: int
    alarm: str
    retired_at: datetime | None = None
    retired_by: str = ""
    retired_why: str = ""


@router.get("", responses=described(401))
def read(caller: Reader) -> list[ContextOut]:
    """List the contexts, those that are gone for good last."""
    with database.reading() as session:
        there, gone = queries.contexts(session), queries.retired(session)
    return [
        ContextOut(name=c.name, state=c.state, workers=c.workers, lag_ms=c.lag_ms, behind=sum(c.behind), alarm=c.alarm)
        for c in there
    ] + [
        ContextOut(
            name=c.name,
            state="retired",
            workers=c.workers,
            lag_ms=0,
            behind=0,
            alarm="",
            retired_at=c.at,
            retired_by=c.by,
            retired_why=c.why,
        )
        for c in gone
    ]


@router.post("/{name}/retire", status_code=204, responses=described(400, 401, 403, 404, 409, 422))
def retire(name: str, wish: WhyIn, caller: Retirer, key: Key) -> None:
    """Wait no longer for a context that is gone for good: neither publications nor roll-backs do."""
    _carry_out(subscribers.retire, "retire", name, wish, caller, key)


@router.post("/{name}/readmit", status_code=204, responses=described(400, 401, 403, 404, 409, 422))
def readmit(name: str, wish: WhyIn, caller: Retirer, key: Key) -> None:
    """Take a retired context in again."""
    _carry_out(subscribers.readmit, "readmit", name, wish, caller, key)


def _carry_out(act: subscribers.Wish, action: str, name: str, wish: WhyIn, caller: Retirer, key: str) -> None:
    now = utc_now()

    def done(session: Session) -> tuple[str, str]:
        act(session, name, actor=caller, reason=wish.reason, now=now)
        return name, ""

    commands.once(caller, key, f"{action} {name} {wish.reason}", done, now)
