"""What has become of the end of a price window: the state as it is, never the plan."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select
from sqlmodel import Session, col

from app.identity.records import User
from app.lifecycle.clock import timers
from app.lifecycle.clock.timers import Kind
from app.lifecycle.publishing import effects
from app.lifecycle.records import Decision, Line, Proposal
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import Action
from app.lifecycle.views.queries import find, reference_of
from app.lifecycle.windows import bounds, returns

NEVER_OUT = (Status.REJECTED, Status.RETURNED, Status.WITHDRAWN, Status.EXPIRED)


class EndState(StrEnum):
    """Where the end of a price window stands."""

    PLANNED = "planned"
    SET = "set"
    WAITS = "waits"
    LATE = "late"
    RETURNED = "returned"
    KEPT = "kept"
    CALLED_OFF = "called off"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class EndView:
    """The end of a price window: its return (None: not out yet), when it is or was, and who made it permanent why."""

    window: str
    back: str | None
    state: EndState
    at: datetime | None
    lines: int = 0
    left_alone: int = 0
    by: str = ""
    why: str = ""


def end_of(session: Session, reference: str, now: datetime) -> EndView | None:
    """Return what has become of the end of a window (asked by it, or by its return); None where nothing ends."""
    asked = find(session, reference)
    window = session.get(Proposal, asked.returns) if asked.returns else asked
    if window is None:
        return None
    name, back = reference_of(window.number), bounds.return_of(session, window.id)
    if back is not None:
        return _of_return(session, name, back, now)
    if window.ends_at is None or window.status in (*NEVER_OUT, *returns.UNDONE):
        return None
    if window.status == Status.PUBLISHED and effects.under_way(session, window.id) is None:
        return None  # it was over before anything went out
    return EndView(name, None, EndState.PLANNED, window.ends_at)


def _of_return(session: Session, window: str, back: Proposal, now: datetime) -> EndView:
    reference, state = reference_of(back.number), _state(session, back, now)
    if state is EndState.KEPT:
        return _kept(session, window, back)
    alone = _left_alone(session, back) if state is EndState.RETURNED else 0
    at = back.published_at if state in (EndState.RETURNED, EndState.UNDONE) else back.effective_at
    return EndView(window, reference, state, at, back.lines, alone)


def _state(session: Session, back: Proposal, now: datetime) -> EndState:
    if back.status == Status.PUBLISHED:
        return EndState.RETURNED
    if back.status in returns.UNDONE:
        return EndState.UNDONE
    if back.status not in bounds.OPEN:
        return EndState.KEPT if _decision(session, back) else EndState.CALLED_OFF
    kinds = {timer.kind for timer in timers.open_of(session, [back.id]).get(back.id, [])}
    if Kind.RETURN not in kinds or (back.effective_at and back.effective_at <= now):
        return EndState.LATE
    return EndState.WAITS if back.status == Status.PENDING_APPROVAL else EndState.SET


def _left_alone(session: Session, back: Proposal) -> int:
    unpublished = select(func.count()).where(col(Line.proposal_id) == back.id, col(Line.published_version).is_(None))
    return session.scalar(unpublished) or 0


def _decision(session: Session, back: Proposal) -> Decision | None:
    query = select(Decision).where(col(Decision.proposal_id) == back.id, col(Decision.action) == Action.KEEP)
    return session.scalars(query).first()


def _kept(session: Session, window: str, back: Proposal) -> EndView:
    decision = _decision(session, back)
    person = session.get(User, decision.by) if decision else None
    return EndView(
        window,
        reference_of(back.number),
        EndState.KEPT,
        decision.at if decision else None,
        back.lines,
        by=person.name if person else "",
        why=decision.comment if decision else "",
    )
