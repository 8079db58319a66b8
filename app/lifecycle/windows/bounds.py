"""When a price window begins and ends, whether it is over, and whether its waves fit into it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from app.lifecycle.errors import Refused, TransitionRefused
from app.lifecycle.publishing import effects, waves
from app.lifecycle.records import Proposal
from app.lifecycle.table.status import Status
from app.words.instants import written

OPEN = (Status.EVALUATING, Status.APPROVED, Status.PENDING_APPROVAL)
"""The statuses of a return that is still to come."""
WAVES_OUTLAST = "waves_outlast_window"


def return_of(session: Session, window_id: str) -> Proposal | None:
    """Return the proposal that ends this price window (the latest, if one was taken back), or None."""
    query = select(Proposal).where(col(Proposal.returns) == window_id).order_by(col(Proposal.number).desc())
    return session.scalars(query).first()


def why_over(proposal: Proposal, now: datetime) -> Refused | None:
    """Refuse to open a window that is over, or None."""
    if proposal.returns or proposal.ends_at is None or proposal.ends_at > now:
        return None
    return TransitionRefused(
        f"This price window was over on {written(proposal.ends_at)}: its prices would go out and come back at once."
        " Nothing changed; propose it again with a later end.",
        code="window_over",
        extra={"ended": written(proposal.ends_at)},
    )


def why_too_long(session: Session, proposal: Proposal, now: datetime) -> Refused | None:
    """Refuse waves that cannot all have baked when the window ends, with the arithmetic, or None."""
    if proposal.ends_at is None or proposal.waves < 2:
        return None
    plan = waves.plan_of(proposal)
    planned = waves.of(session, proposal.id) or (plan.waves if plan else ())  # of many lines the rows come later
    bakes = [timedelta(seconds=wave.bake_seconds) for wave in planned]
    why = outlasts(bakes, begins=max(proposal.effective_at or now, now), ends=proposal.ends_at)
    return TransitionRefused(why, code=WAVES_OUTLAST, extra={"ends": written(proposal.ends_at)}) if why else None


def outlasts(bakes: Sequence[timedelta], *, begins: datetime, ends: datetime) -> str:
    """Say in numbers that waves bake longer than their window lasts, or nothing."""
    whole = sum(bakes, timedelta())
    if begins + whole <= ends:
        return ""
    return (
        f"The waves bake {' + '.join(map(_lasts, bakes))} = {_lasts(whole)}; begun on {written(begins)}"
        f" they end on {written(begins + whole)}, after the window's end on {written(ends)}."
        " Shorten the bakes, take fewer waves, or let the window end later."
    )


def ending(session: Session, start: datetime, end: datetime) -> list[Proposal]:
    """Return the price windows, out, going out or still to, whose end falls into a span, soonest first."""
    alive = (*OPEN, Status.CANARY, Status.HELD, Status.PUBLISHED)
    query = select(Proposal).where(
        col(Proposal.ends_at) >= start, col(Proposal.ends_at) < end, col(Proposal.status).in_(alive)
    )
    found = session.scalars(query.order_by(col(Proposal.ends_at), col(Proposal.number))).all()
    return [window for window in found if window.status != Status.PUBLISHED or _comes_back(session, window)]


def late(session: Session, now: datetime) -> list[Proposal]:
    """Return the price windows that are over while their prices are still out, longest over first."""
    back = aliased(Proposal)
    query = select(Proposal).join(back, col(back.returns) == col(Proposal.id))
    query = query.where(col(back.status).in_(OPEN), col(Proposal.ends_at) < now)
    return list(session.scalars(query.order_by(col(Proposal.ends_at), col(Proposal.number))))


def _comes_back(session: Session, window: Proposal) -> bool:
    back = return_of(session, window.id)
    goes_out = back is None and effects.under_way(session, window.id) is not None
    return goes_out or (back is not None and back.status in OPEN)


def _lasts(span: timedelta) -> str:
    minutes, seconds = divmod(int(span.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{hours:,} h"] * bool(hours) + [f"{minutes} min"] * bool(minutes) + [f"{seconds} s"] * bool(seconds)
    return " ".join(parts) or "0 s"
