"""The conductor's clock over HTTP: what will happen when, freezes, the switch that stops publishing, delegations."""

from datetime import datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from app import database
from app.api.access import Decider, Freezer, Key, Reader, Stopper
from app.api.canaries import AppointmentOut
from app.api.inputs import Moment, ReasonIn, Strict, instant_of
from app.api.problems import ProblemRaised, described
from app.clock import utc_now
from app.lifecycle import commands
from app.lifecycle.clock import schedule
from app.lifecycle.deciding import delegations
from app.lifecycle.publishing import brakes
from app.lifecycle.records import Delegation, Freeze, PublishingStop
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


class AnnouncedOut(FreezeOut):
    """A freeze window that was just announced; `warning` says what it does not hold.

    That are the price windows that end in it, on time, and what is going out as it begins, which is finished.
    """

    warning: str


class CalendarOut(BaseModel):
    """What the clock will do in a span, and the freeze windows that touch it."""

    appointments: list[AppointmentOut]
    freezes: list[FreezeOut]
    overdue: int


class StopOut(BaseModel):
    """The stop in force."""

    model_config = ConfigDict(from_attributes=True)

    reason: str
    stopped_by: str
    stopped_at: datetime


class PublishingOut(BaseModel):
    """Whether prices may go out now: `open`, `frozen` or `stopped`; `warning` names the ends that wait."""

    state: Literal["open", "frozen", "stopped"]
    stop: StopOut | None
    frozen_until: datetime | None
    reason: str
    warning: str = ""


class DelegationIn(Strict):
    """To whom the caller lends their right to decide, and for how long."""

    to: Annotated[str, Field(max_length=200, description="the id of a person")]
    starts: Moment
    ends: Moment


class DelegationOut(BaseModel):
    """A right to decide that is lent."""

    id: str
    lender: str
    borrower: str
    starts: datetime
    ends: datetime


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
def freeze(wanted: FreezeIn, caller: Freezer, key: Key) -> AnnouncedOut:
    """Announce a freeze window: nothing begins to publish in it, approvals go on, price windows end on time.

    A publication or a wave that is going out as it begins is finished, within seconds as a rule; a stop holds that too.
    """
    now = utc_now()
    starts, ends = _instant(wanted.starts), _instant(wanted.ends)

    def frozen(session: Session) -> tuple[str, str]:
        made: Freeze = brakes.freeze(session, starts=starts, ends=ends, actor=caller, reason=wanted.reason, now=now)
        said = brakes.not_held(session, starts, ends, now)
        return made.id, AnnouncedOut(**FreezeOut.model_validate(made).model_dump(), warning=said).model_dump_json()

    body = f"freeze|{wanted.model_dump_json()}"
    return AnnouncedOut.model_validate_json(commands.once(caller, key, body, frozen, now))


@router.post("/freezes/{freeze_id}/lift", responses=_COMMAND)
def lift(freeze_id: str, why: ReasonIn, caller: Freezer, key: Key) -> EndedOut:
    """Lift a freeze window; what waited for its end is published now."""
    now = utc_now()

    def lifted(session: Session) -> tuple[str, str]:
        brakes.lift(session, freeze_id, actor=caller, reason=why.comment, now=now)
        return freeze_id, EndedOut(id=freeze_id).model_dump_json()

    body = f"lift|{freeze_id}|{why.comment}"
    return EndedOut.model_validate_json(commands.once(caller, key, body, lifted, now))


@router.get("/publishing", responses=described(401))
def publishing(caller: Reader) -> PublishingOut:
    """Say whether prices may go out now, and if not, why and until when."""
    with database.reading() as session:
        return _publishing(session, utc_now())


@router.post("/publishing/stop", responses=_COMMAND)
def stop(why: ReasonIn, caller: Stopper, key: Key) -> PublishingOut:
    """Stop all publishing at once, with a reason, until somebody resumes it."""
    now = utc_now()

    def stopped(session: Session) -> tuple[str, str]:
        made: PublishingStop = brakes.stop(session, actor=caller, reason=why.comment, now=now)
        return made.id, _publishing(session, now).model_dump_json()

    return PublishingOut.model_validate_json(commands.once(caller, key, f"stop|{why.comment}", stopped, now))


@router.post("/publishing/resume", responses=_COMMAND)
def resume(why: ReasonIn, caller: Stopper, key: Key) -> PublishingOut:
    """Let publishing go on; what fell due meanwhile is published now, late."""
    now = utc_now()

    def resumed(session: Session) -> tuple[str, str]:
        brakes.resume(session, actor=caller, reason=why.comment, now=now)
        session.flush()
        return brakes.CHAIN, _publishing(session, now).model_dump_json()

    return PublishingOut.model_validate_json(commands.once(caller, key, f"resume|{why.comment}", resumed, now))


@router.get("/delegations", responses=described(401))
def my_delegations(caller: Reader) -> list[DelegationOut]:
    """List the caller's delegations that are not over, given and received."""
    with database.reading() as session:
        return [_delegation(*found) for found in delegations.of_person(session, caller.id, utc_now())]


@router.post("/delegations", status_code=201, responses=_COMMAND)
def delegate(wanted: DelegationIn, caller: Decider, key: Key) -> DelegationOut:
    """Lend the caller's own right to decide to somebody, for a time. It cannot be lent on."""
    now = utc_now()
    starts, ends = _instant(wanted.starts), _instant(wanted.ends)

    def lent(session: Session) -> tuple[str, str]:
        made = delegations.delegate(session, lender=caller, borrower_id=wanted.to, starts=starts, ends=ends, now=now)
        session.flush()
        (found,) = (row for row in delegations.of_person(session, caller.id, now) if row[0].id == made.id)
        return made.id, _delegation(*found).model_dump_json()

    body = f"delegate|{wanted.model_dump_json()}"
    return DelegationOut.model_validate_json(commands.once(caller, key, body, lent, now))


@router.post("/delegations/{delegation_id}/end", responses=_COMMAND)
def end_delegation(delegation_id: str, caller: Decider, key: Key) -> EndedOut:
    """Take a delegation back at once."""
    now = utc_now()

    def ended(session: Session) -> tuple[str, str]:
        delegations.end(session, delegation_id, actor=caller, now=now)
        return delegation_id, EndedOut(id=delegation_id).model_dump_json()

    body = f"end-delegation|{delegation_id}"
    return EndedOut.model_validate_json(commands.once(caller, key, body, ended, now))


def _span(first: datetime, end: datetime | None) -> tuple[datetime, datetime]:
    try:
        last, latest = end or first + timedelta(days=28), first + LONGEST_SPAN
    except OverflowError:
        latest = last = first
    if not first < last <= latest:
        raise ProblemRaised(422, "span_makes_no_sense", "No such span", "A span ends after it starts, within a year.")
    return first, last


def _publishing(session: Session, now: datetime) -> PublishingOut:
    stopped, frozen = brakes.stopped(session), brakes.closed(session, now)
    if stopped:
        return PublishingOut(
            state="stopped",
            stop=StopOut.model_validate(stopped),
            frozen_until=None,
            reason=stopped.reason,
            warning=brakes.ends_held_by_stop(session, now),
        )
    if frozen:
        until = brakes.opens_at(session, now)
        return PublishingOut(state="frozen", stop=None, frozen_until=until, reason=frozen.reason)
    return PublishingOut(state="open", stop=None, frozen_until=None, reason="")


def _delegation(row: Delegation, lender: str, borrower: str) -> DelegationOut:
    return DelegationOut(id=row.id, lender=lender, borrower=borrower, starts=row.starts, ends=row.ends)


def _instant(moment: Moment) -> datetime:
    found = instant_of(moment)
    assert found is not None, "given by the caller"
    return found
