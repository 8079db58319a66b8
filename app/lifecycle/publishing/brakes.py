"""What keeps prices from going out: freeze windows, and one switch that stops all publishing. Approvals go on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import select
from sqlmodel import Session, col

from app import outbox
from app.clock import new_id
from app.database import in_company, pulse
from app.identity.actor import Actor
from app.identity.roles import Permission
from app.lifecycle.audit import audit_trail
from app.lifecycle.audit.verbs import Done, Verb
from app.lifecycle.clock import timers
from app.lifecycle.clock.timers import Kind
from app.lifecycle.errors import CommentMissing, NotAllowed, NotFound, Refused
from app.lifecycle.proposing.moments import why_no_beginning, why_no_moment
from app.lifecycle.publishing import effects
from app.lifecycle.records import CanaryWave, Freeze, Proposal, PublishingStop
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import Job
from app.lifecycle.windows import bounds
from app.timekeeping.freeze import FreezeWindow, frozen_at, next_opening
from app.words.counting import part, plural
from app.words.instants import written
from app.words.typed import plain

CHAIN = "publishing"


class BrakeRefused(Refused):
    """The brake is already where it was to be put, or the window makes no sense."""

    code, title = "brake_refused", "Nothing to do"


@dataclass(frozen=True, slots=True)
class StopView:
    """A stop of all publishing."""

    reason: str
    stopped_by: str
    stopped_at: datetime


@dataclass(frozen=True, slots=True)
class Publishing:
    """Whether prices may go out now: `open`, `frozen` or `stopped`; `warning` names the ends that wait."""

    state: Literal["open", "frozen", "stopped"]
    stop: StopView | None
    frozen_until: datetime | None
    reason: str
    warning: str = ""


def standing(session: Session, now: datetime) -> Publishing:
    """Say whether prices may go out at an instant, and if not, why and until when."""
    stop, freeze = stopped(session), closed(session, now)
    if stop:
        held = StopView(stop.reason, stop.stopped_by, stop.stopped_at)
        return Publishing("stopped", held, None, stop.reason, ends_held_by_stop(session, now))
    if freeze:
        return Publishing("frozen", None, opens_at(session, now), freeze.reason)
    return Publishing("open", None, None, "")


def stopped(session: Session) -> PublishingStop | None:
    """Return the stop in force, or None."""
    return session.scalars(select(PublishingStop).where(col(PublishingStop.resumed_at).is_(None))).first()


def steady(session: Session) -> None:
    """Let nobody move a brake until this transaction ends, for whoever may now go to wait because of one.

    Otherwise a brake let go at the same moment would not know what waits, and that would wait for nothing.
    """
    in_company(session, audit_trail.name_of(CHAIN))


def stop(session: Session, *, actor: Actor, reason: str, now: datetime) -> PublishingStop:
    """Stop all publishing at once. Needs the right and a reason."""
    reason = _checked(actor, Permission.STOP_PUBLISHING, reason)
    audit_trail.hold(session, CHAIN)
    if stopped(session):
        raise BrakeRefused("Publishing is stopped already.", code="already_stopped")
    row = PublishingStop(id=new_id(), reason=reason, stopped_by=actor.name, stopped_at=now)
    session.add(row)
    _tell(session, actor, Verb.STOP_PUBLISHING, reason, now, told=ends_held_by_stop(session, now))
    return row


def resume(session: Session, *, actor: Actor, reason: str, now: datetime) -> None:
    """Let publishing go on; what fell due meanwhile is published now, late."""
    reason = _checked(actor, Permission.STOP_PUBLISHING, reason)
    audit_trail.hold(session, CHAIN)
    row = stopped(session)
    if row is None:
        raise BrakeRefused("Publishing is not stopped.", code="not_stopped")
    row.resumed_by, row.resumed_at = actor.name, now
    session.add(row)
    _tell(session, actor, Verb.RESUME_PUBLISHING, reason, now)
    _release(session, now)


def freezes(session: Session, *, since: datetime) -> list[Freeze]:
    """Return the freeze windows that are not lifted and end after an instant, soonest first."""
    query = select(Freeze).where(col(Freeze.lifted_at).is_(None), col(Freeze.ends) > since)
    return list(session.scalars(query.order_by(col(Freeze.starts))))


def freeze(session: Session, *, starts: datetime, ends: datetime, actor: Actor, reason: str, now: datetime) -> Freeze:
    """Announce a freeze window."""
    reason = _checked(actor, Permission.FREEZE, reason)
    if ends <= starts or ends <= now:
        raise BrakeRefused("A freeze ends after it starts, and not in the past.", code="freeze_makes_no_sense")
    if why := why_no_moment(ends, now) or why_no_beginning(starts, now):
        raise BrakeRefused(why, code="freeze_makes_no_sense")
    audit_trail.hold(session, CHAIN)
    row = Freeze(id=new_id(), starts=starts, ends=ends, reason=reason, made_by=actor.name, made_at=now)
    session.add(row)
    span = f"{written(starts)} to {written(ends)}."
    _tell(session, actor, Verb.FREEZE, reason, now, told=f"{span} {not_held(session, starts, ends, now)}".strip())
    return row


def lift(session: Session, freeze_id: str, *, actor: Actor, reason: str, now: datetime) -> None:
    """Lift a freeze window before its end; what waited for the end is published now."""
    reason = _checked(actor, Permission.FREEZE, reason)
    audit_trail.hold(session, CHAIN)
    row = session.get(Freeze, freeze_id)
    if row is None or row.lifted_at is not None:
        raise NotFound("There is no such freeze window.")
    row.lifted_at, row.lifted_by = now, actor.name
    session.add(row)
    _tell(session, actor, Verb.LIFT_FREEZE, reason, now)
    _release(session, now)


def ends_within(session: Session, starts: datetime, ends: datetime) -> str:
    """Say which price windows end while publishing is frozen, or nothing: an end does not wait for a freeze."""
    named = _named(bounds.ending(session, starts, ends))
    return f"{named} in this freeze. An end does not wait: the earlier prices return on time." if named else ""


def not_held(session: Session, starts: datetime, ends: datetime, now: datetime) -> str:
    """Say what a freeze does not hold, or nothing: price windows that end in it, and what is going out as it begins."""
    return f"{ends_within(session, starts, ends)} {_going_out(session) if starts <= now + _MEANWHILE else ''}".strip()


def begun_since(session: Session, since: datetime, until: datetime) -> Freeze | None:
    """Return the last freeze that began in a span of time, whether or not it was lifted later; None if none did."""
    began = (col(Freeze.starts) > since, col(Freeze.starts) <= until)
    lifted_first = col(Freeze.lifted_at).is_not(None) & (col(Freeze.lifted_at) <= col(Freeze.starts))
    return session.scalars(select(Freeze).where(*began, ~lifted_first).order_by(col(Freeze.starts).desc())).first()


def _going_out(session: Session) -> str:
    """Name what is going out just now, or nothing: a freeze lets it finish, a stop would not."""
    ids = effects.proposals_with(session, effects.EffectKind.PUBLISH)
    going = session.scalars(select(Proposal).where(col(Proposal.id).in_(ids)).order_by(col(Proposal.number))).all()
    if not going:
        return ""
    names = ", ".join(f"PC-{one.number} ({part(one.published_lines, one.lines, 'line')})" for one in going[:_NAMED])
    more = f" and {len(going) - _NAMED:,} more" if len(going) > _NAMED else ""
    return f"Going out just now, and finished all the same: {names}{more}. Stop publishing to hold that too."


def ends_held_by_stop(session: Session, now: datetime) -> str:
    """Say which price windows end within a day while publishing is stopped, or have ended: their ends wait."""
    soon = _named(bounds.ending(session, now, now + timedelta(hours=24)))
    late = _named(bounds.late(session, now), "is over and still out", "are over and still out")
    named = " ".join(filter(None, (late and f"{late}.", soon and f"{soon} within 24 h.")))
    return f"{named} The earlier prices return only when publishing is resumed." if named else ""


def closed(session: Session, now: datetime) -> FreezeWindow | None:
    """Return the freeze in force at an instant, or None."""
    return frozen_at(windows(session, now), now)


def opens_at(session: Session, now: datetime) -> datetime:
    """Return the first instant from now on that no freeze window covers."""
    return next_opening(windows(session, now), now)


def _release(session: Session, now: datetime) -> None:
    """Let everything that has waited try again: what was going out, what is approved and due, waves that baked."""
    due = select(col(Proposal.id)).where(
        col(Proposal.status) == Status.APPROVED,
        col(Proposal.returns).is_(None),
        col(Proposal.effective_at).is_(None) | (col(Proposal.effective_at) <= now + _MEANWHILE),
    )
    outbox.ask_each(session, Job.PUBLISH, [{"proposal_id": proposal_id} for proposal_id in session.scalars(due)], now)
    for proposal_id in effects.proposals_with(session, effects.EffectKind.PUBLISH):
        effects.hand_on(session, proposal_id, now)
    timers.hurry(session, _returns_due(session, now), Kind.RETURN, now)
    baked = (
        select(col(Proposal.id))
        .join(CanaryWave, col(CanaryWave.proposal_id) == col(Proposal.id))
        .where(
            col(Proposal.status) == Status.CANARY,
            col(CanaryWave.number) == col(Proposal.wave),
            col(CanaryWave.judged_at).is_not(None),
        )
    )
    timers.hurry(session, session.scalars(baked).all(), Kind.WAVE, now)


def _returns_due(session: Session, now: datetime) -> Sequence[str]:
    """Return the ends of price windows that waited for a stop to be lifted."""
    return session.scalars(
        select(col(Proposal.id)).where(
            col(Proposal.returns).is_not(None),
            col(Proposal.effective_at) <= now,
            col(Proposal.status).in_(bounds.OPEN),
        )
    ).all()


def _named(ending: Sequence[Proposal], one: str = "ends", many: str = "end") -> str:
    ends = ((window.number, window.ends_at) for window in ending[:_NAMED])
    names = ", ".join(f"PC-{number} on {written(end)}" for number, end in ends if end)
    more = f" and {len(ending) - _NAMED:,} more" if len(ending) > _NAMED else ""
    what = plural(len(ending), f"price window {one}", f"price windows {many}")
    return f"{what} ({names}{more})" if ending else ""


_NAMED = 5
_MEANWHILE = timedelta(minutes=1)
"""What came due while this command waited for the store was sent away too; what is not due yet only looks again.

What begins within it begins at once: people write the minute.
"""


def windows(session: Session, now: datetime) -> list[FreezeWindow]:
    """Return the freeze windows that end after an instant, soonest first."""
    return [window_of(row) for row in freezes(session, since=now)]


def window_of(row: Freeze) -> FreezeWindow:
    """Return the stretch of time that a freeze is."""
    return FreezeWindow(starts=row.starts, ends=row.ends, reason=row.reason)


def _checked(actor: Actor, permission: Permission, reason: str) -> str:
    """Return the reason as it is kept, or refuse."""
    if not actor.may(permission):
        raise NotAllowed(f"{actor.name} may not {permission.value.replace('-', ' ')}.")
    kept = plain(reason)
    if not kept:
        raise CommentMissing("Say why: this needs a reason.")
    return kept


def _tell(session: Session, actor: Actor, action: Done, reason: str, now: datetime, *, told: str = "") -> None:
    detail: audit_trail.Detail = {"comment": reason, "told": told}
    audit_trail.record(session, chain=CHAIN, actor=actor, action=action, now=now, detail=detail)
    session.flush()
    pulse(session, "proposals", "publishing")
