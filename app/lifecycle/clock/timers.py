"""The lifecycle's appointments. A timer is a row; nothing waits in memory, so restarts and clock jumps lose nothing.

A timer is claimed by lease, so that two schedulers share the work, and marked done in the transaction of its effect,
so that even two that believe they hold it cause that effect once.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, func, or_, select, update
from sqlmodel import Session, col

from app.lifecycle.records import Timer
from app.lifecycle.table.status import Status
from app.words.duration import duration
from app.words.instants import written

LEASE = timedelta(seconds=30)
NOBODY = "nobody"
"""Holds the timers that are set aside."""
LATE = timedelta(seconds=60)
"""From here on an appointment that was kept says that it was late."""


class Kind(StrEnum):
    """What a timer is for."""

    PUBLISH = "publish"
    WAVE = "wave"
    REMIND = "remind"
    ESCALATE = "escalate"
    EXPIRE = "expire"
    RETURN = "return"
    RETURN_CHECK = "return-check"
    RULES_BEGIN = "rules-begin"
    RULES_EDGE = "rules-edge"


def lateness(due: datetime | None, now: datetime) -> str:
    """Say how late a publication is, or nothing."""
    if due is None or now - due < LATE:
        return ""
    return f"Late: due {written(due)}, published {duration((now - due).total_seconds())} after."


_WAITING = frozenset({Status.PENDING_APPROVAL, Status.EVALUATING})
_COMING = frozenset({*_WAITING, Status.APPROVED})
MEANT_FOR: dict[Kind, frozenset[Status]] = {
    Kind.PUBLISH: frozenset({Status.APPROVED}),
    Kind.WAVE: frozenset({Status.CANARY}),
    Kind.REMIND: _WAITING,
    Kind.ESCALATE: _WAITING,
    Kind.EXPIRE: _WAITING,
    Kind.RETURN: _COMING,
    Kind.RETURN_CHECK: _COMING,
}
"""The statuses in which a kind of timer makes sense; leaving them cancels the timer. Whoever waits for a person goes on
waiting while the proposal is judged again: nobody wins time by asking for that."""


def arm(session: Session, proposal_id: str, kind: Kind, due_at: datetime, *, version: int = 0) -> Timer:
    """Make an appointment, in place of any of the same kind for this proposal that is still open."""
    _close(session, proposal_id, [kind], due_at)
    timer = Timer(proposal_id=proposal_id, kind=kind, due_at=due_at, version=version)
    session.add(timer)
    session.flush()
    return timer


def cancel_meaningless(session: Session, proposal_id: str, status: Status, now: datetime) -> None:
    """Cancel the open timers of a proposal that make no sense in its new status."""
    _close(session, proposal_id, [kind for kind, meant in MEANT_FOR.items() if status not in meant], now)


def cancel(session: Session, subject: str, kind: Kind, now: datetime) -> None:
    """Cancel the open timers of one kind."""
    _close(session, subject, [kind], now)


def hurry(session: Session, proposal_ids: Sequence[str], kind: Kind, now: datetime) -> None:
    """Bring the open timers of one kind forward to now: what they waited for is over.

    One that somebody else has in hand at this moment is about to be kept, cancelled or made anew: it is left to them.
    """
    ours = (col(Timer.proposal_id).in_(proposal_ids), col(Timer.kind) == kind, col(Timer.due_at) > now)
    session.connection().execute(update(Timer).where(col(Timer.id).in_(_not_in_hand(*ours))).values(due_at=now))


def claim(session: Session, *, owner: str, now: datetime, limit: int = 200) -> list[Timer]:
    """Lease up to `limit` timers that are due and nobody else works on, the longest due first.

    A lease that would last longer than any does was taken by a clock that has been put back since; it holds nobody.
    """
    due = select(Timer).where(
        *_OPEN,
        col(Timer.due_at) <= now,
        or_(
            col(Timer.leased_until).is_(None),
            col(Timer.leased_until) < now,
            col(Timer.leased_until) > now + LEASE,
            col(Timer.lease_owner) == owner,
        ),
    )
    found = session.scalars(
        due.order_by(col(Timer.due_at), col(Timer.id)).limit(limit).with_for_update(skip_locked=True)
    )
    timers = list(found)
    for timer in timers:
        timer.lease_owner, timer.leased_until = owner, now + LEASE
        session.add(timer)
    return timers


def proposal_of(session: Session, timer_id: int) -> str:
    """Return whose appointment a timer is: whoever takes it holds that proposal first. Empty if there is no such."""
    return session.scalar(select(col(Timer.proposal_id)).where(col(Timer.id) == timer_id)) or ""


def take(session: Session, timer_id: int, now: datetime) -> Timer | None:
    """Mark a timer done in this transaction and return it; None if it was done or cancelled meanwhile."""
    done = session.connection().execute(update(Timer).where(*_OPEN, col(Timer.id) == timer_id).values(done_at=now))
    return session.get(Timer, timer_id, populate_existing=True) if done.rowcount else None


def holders(session: Session, now: datetime) -> set[str]:
    """Return who holds the timers that are due now and leased."""
    held = select(col(Timer.lease_owner)).where(*_OPEN, col(Timer.due_at) <= now, col(Timer.lease_owner).is_not(None))
    return {owner for owner in session.scalars(held.distinct()) if owner}


def free(session: Session, owners: Collection[str]) -> None:
    """End the leases of schedulers that are no more, so that their timers need not wait for the leases to run out."""
    theirs = _not_in_hand(col(Timer.lease_owner).in_(owners))
    session.connection().execute(
        update(Timer).where(col(Timer.id).in_(theirs)).values(leased_until=None, lease_owner=None)
    )


def set_aside(session: Session, timer_id: int, until: datetime) -> None:
    """Let nobody claim a timer before an instant: its effect failed, and others must not wait behind it."""
    session.connection().execute(
        update(Timer).where(*_OPEN, col(Timer.id) == timer_id).values(leased_until=until, lease_owner=NOBODY)
    )


def next_due(session: Session) -> datetime | None:
    """Return when the next open timer is due."""
    return session.scalar(select(func.min(Timer.due_at)).where(*_OPEN))


def open_of(session: Session, proposal_ids: Sequence[str]) -> dict[str, list[Timer]]:
    """Return the open timers of several proposals, soonest first."""
    found: dict[str, list[Timer]] = {}
    query = select(Timer).where(*_OPEN, col(Timer.proposal_id).in_(proposal_ids)).order_by(col(Timer.due_at))
    for timer in session.scalars(query):
        found.setdefault(timer.proposal_id, []).append(timer)
    return found


def between(session: Session, start: datetime, end: datetime, *, limit: int = 2000) -> list[Timer]:
    """Return the open timers due in a span, soonest first."""
    query = select(Timer).where(*_OPEN, col(Timer.due_at) >= start, col(Timer.due_at) < end)
    return list(session.scalars(query.order_by(col(Timer.due_at)).limit(limit)))


_OPEN = (col(Timer.done_at).is_(None), col(Timer.cancelled_at).is_(None))


def _not_in_hand(*chosen: ColumnElement[bool]) -> Select[int | None]:
    """Choose open timers that nobody else's transaction has in hand: whoever sweeps many waits for none of them."""
    return select(col(Timer.id)).where(*_OPEN, *chosen).with_for_update(skip_locked=True)


def _close(session: Session, proposal_id: str, kinds: Sequence[Kind], now: datetime) -> None:
    session.flush()
    session.connection().execute(
        update(Timer)
        .where(*_OPEN, col(Timer.proposal_id) == proposal_id, col(Timer.kind).in_(kinds))
        .values(cancelled_at=now)
    )
