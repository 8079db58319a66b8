"""The conductor's clock over HTTP: what will happen when, freezes, the switch that stops publishing, delegations."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from app import database
from app.api.access import Decider, Freezer, Key, Reader, Stopper
from app.api.canaries import AppointmentOut
from app.api.inputs import Moment, ReasonIn, Strict, instant_of
from app.api.problems import ProblemRaised, described
from app.clock import utc_now
from app.lifecycle import commands
from app.lifecycle.clock import schedule
from app.lifecycle.commands.brakes import Announced
from app.lifecycle.commands.delegations import Lent
from app.lifecycle.deciding import delegations
from app.lifecycle.publishing import brakes
from app.lifecycle.publishing.brakes import Publishing
from app.lifecycle.records import Delegation
from app.timekeeping.local_time import Instant

router = APIRouter(prefix="/api", tags=["calendar"])
LONGEST_SPAN = timedelta(days=366)
_COMMAND = described(400, 401, 403, 404, 409, 422)


class FreezeIn(Strict):
    """A freeze window: `starts` is frozen, `ends` is open again; instants or local times."""

    starts: Moment
    ends: Moment
    reason: Annotated[str, Field(max_length=500)]


class FreezeOut(BaseModel):
    """A freeze window in which nothing begins to publish."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    starts: datetime
    ends: datetime
    reason: str
    made_by: str


class CalendarOut(BaseModel):
    """What the clock will do in a span, and the freeze windows that touch it."""

    appointments: list[AppointmentOut]
    freezes: list[FreezeOut]
    overdue: int


class DelegationIn(Strict):
    """To whom the caller lends their right to decide, and for how long."""

    to: Annotated[str, Field(max_length=200, description="the id of a person")]
    starts: Moment
    ends: Moment


class EndedOut(BaseModel):
    """What was lifted or ended."""

    id: str


@router.get("/calendar", responses=described(401, 422))
def calendar(
    caller: Reader,
    start: Annotated[Instant | None, Query(alias="from")] = None,
    end: Annotated[Instant | None, Query(alias="to")] = None,
) -> CalendarOut:
    """Say what will publish, return, remind, escalate and expire in a span (the next four weeks unless told)."""
    now = utc_now()
    first, last = _span(start or now, end)
    with database.reading() as session:
        found = schedule.calendar(session, first, last)
        frozen = [freeze for freeze in brakes.freezes(session, since=first) if freeze.starts < last]
        late = schedule.overdue(session, now)
    return CalendarOut(
        appointments=[AppointmentOut.model_validate(appointment) for appointment in found],
        freezes=[FreezeOut.model_validate(freeze) for freeze in frozen],
        overdue=late,
    )


@router.get("/freezes", responses=described(401))
def freezes(caller: Reader) -> list[FreezeOut]:
    """List the freeze windows that are not over, soonest first."""
    with database.reading() as session:
        return [FreezeOut.model_validate(freeze) for freeze in brakes.freezes(session, since=utc_now())]


@router.post("/freezes", status_code=201, responses=_COMMAND)
def freeze(wanted: FreezeIn, caller: Freezer, key: Key) -> Announced:
    """Announce a freeze window: nothing begins to publish in it, approvals go on, price windows end on time.

    A publication or a wave that is going out as it begins is finished, within seconds as a rule; a stop holds that too.
    """
    starts, ends = _instant(wanted.starts), _instant(wanted.ends)
    return commands.freeze(caller, starts=starts, ends=ends, reason=wanted.reason, key=key, now=utc_now())


@router.post("/freezes/{freeze_id}/lift", responses=_COMMAND)
def lift(freeze_id: str, why: ReasonIn, caller: Freezer, key: Key) -> EndedOut:
    """Lift a freeze window; what waited for its end is published now."""
    return EndedOut(id=commands.lift(caller, freeze_id, reason=why.comment, key=key, now=utc_now()))


@router.get("/publishing", responses=described(401))
def publishing(caller: Reader) -> Publishing:
    """Say whether prices may go out now, and if not, why and until when."""
    with database.reading() as session:
        return brakes.standing(session, utc_now())


@router.post("/publishing/stop", responses=_COMMAND)
def stop(why: ReasonIn, caller: Stopper, key: Key) -> Publishing:
    """Stop all publishing at once, with a reason, until somebody resumes it."""
    return commands.stop(caller, reason=why.comment, key=key, now=utc_now())


@router.post("/publishing/resume", responses=_COMMAND)
def resume(why: ReasonIn, caller: Stopper, key: Key) -> Publishing:
    """Let publishing go on; what fell due meanwhile is published now, late."""
    return commands.resume(caller, reason=why.comment, key=key, now=utc_now())


@router.get("/delegations", responses=described(401))
def my_delegations(caller: Reader) -> list[Lent]:
    """List the caller's delegations that are not over, given and received."""
    with database.reading() as session:
        return [_delegation(*found) for found in delegations.of_person(session, caller.id, utc_now())]


@router.post("/delegations", status_code=201, responses=_COMMAND)
def delegate(wanted: DelegationIn, caller: Decider, key: Key) -> Lent:
    """Lend the caller's own right to decide to somebody, for a time. It cannot be lent on."""
    starts, ends = _instant(wanted.starts), _instant(wanted.ends)
    return commands.delegate(caller, to=wanted.to, starts=starts, ends=ends, key=key, now=utc_now())


@router.post("/delegations/{delegation_id}/end", responses=_COMMAND)
def end_delegation(delegation_id: str, caller: Decider, key: Key) -> EndedOut:
    """Take a delegation back at once."""
    return EndedOut(id=commands.end_delegation(caller, delegation_id, key=key, now=utc_now()))


def _span(first: datetime, end: datetime | None) -> tuple[datetime, datetime]:
    try:
        last, latest = end or first + timedelta(days=28), first + LONGEST_SPAN
    except OverflowError:
        latest = last = first
    if not first < last <= latest:
        raise ProblemRaised(422, "span_makes_no_sense", "No such span", "A span ends after it starts, within a year.")
    return first, last


def _delegation(row: Delegation, lender: str, borrower: str) -> Lent:
    return Lent(id=row.id, lender=lender, borrower=borrower, starts=row.starts, ends=row.ends)


def _instant(moment: Moment) -> datetime:
    found = instant_of(moment)
    assert found is not None, "given by the caller"
    return found
