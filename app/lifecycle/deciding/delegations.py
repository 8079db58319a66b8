"""Lending the right to decide, for a time. Only an own right can be lent, and never to decide on one's own work."""

from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlmodel import Session, col

from app.clock import new_id
from app.database import pulse
from app.identity import people
from app.identity.actor import Actor
from app.identity.records import User, UserRole
from app.identity.roles import PERMISSIONS, Permission
from app.lifecycle.audit import audit_trail
from app.lifecycle.audit.verbs import Verb
from app.lifecycle.errors import NotAllowed, NotFound, Refused
from app.lifecycle.proposing.moments import why_no_beginning, why_no_moment
from app.lifecycle.records import Delegation


class DelegationRefused(Refused):
    """The delegation makes no sense."""

    code, title = "delegation_refused", "Not delegated"


def delegate(
    session: Session, *, lender: Actor, borrower_id: str, starts: datetime, ends: datetime, now: datetime
) -> Delegation:
    """Lend the right to decide from one instant to another. A borrowed right cannot be lent on."""
    if not lender.may(Permission.DECIDE):
        raise NotAllowed("Only an approver can delegate, and only their own right: a borrowed one is not lent on.")
    borrower = session.get(User, borrower_id)
    if borrower is None or not people.is_here(borrower):
        raise NotFound("There is no such person.")
    if borrower_id == lender.id or ends <= starts or ends <= now:
        raise DelegationRefused("A delegation goes to somebody else and ends after it starts, in the future.")
    if why := why_no_moment(ends, now) or why_no_beginning(starts, now):
        raise DelegationRefused(why)
    row = Delegation(id=new_id(), lender=lender.id, borrower=borrower_id, starts=starts, ends=ends, made_at=now)
    session.add(row)
    audit_trail.record(
        session,
        chain=_chain(lender.id),
        actor=lender,
        action=Verb.DELEGATE,
        now=now,
        detail={"to": borrower.name, "starts": starts.isoformat(), "ends": ends.isoformat(), "comment": ""},
    )
    pulse(session, "proposals")
    return row


def end(session: Session, delegation_id: str, *, actor: Actor, now: datetime) -> None:
    """Take a delegation back, at once."""
    audit_trail.hold(session, _chain(actor.id))
    row = session.get(Delegation, delegation_id)
    if row is None or row.ended_at is not None or row.lender != actor.id:
        raise NotFound("There is no such delegation of yours.")
    row.ended_at = now
    session.add(row)
    detail: audit_trail.Detail = {"comment": ""}
    audit_trail.record(session, chain=_chain(actor.id), actor=actor, action=Verb.END_DELEGATION, now=now, detail=detail)
    pulse(session, "proposals")


def _chain(lender_id: str) -> str:
    return f"delegation:{lender_id}"


def end_all_of(session: Session, user_id: str, now: datetime) -> int:
    """End what somebody lent and what was lent to them, because they are shut out; return how many there were."""
    return _end_where(session, (col(Delegation.lender) == user_id) | (col(Delegation.borrower) == user_id), now)


def end_all_lent_by(session: Session, user_id: str, now: datetime) -> int:
    """End what somebody lent, because the right is no longer theirs; return how many there were."""
    return _end_where(session, col(Delegation.lender) == user_id, now)


def _end_where(session: Session, which: ColumnElement[bool], now: datetime) -> int:
    going = session.scalars(
        select(Delegation).where(which, col(Delegation.ended_at).is_(None), col(Delegation.ends) > now)
    ).all()
    for row in going:
        row.ended_at = now
        session.add(row)
    if going:
        pulse(session, "proposals")
    return len(going)


def lenders_of(session: Session, borrower_id: str, now: datetime) -> list[User]:
    """Return the people whose right to decide somebody holds now: active, and still deciders by their own role."""
    deciders = select(col(UserRole.user_id)).where(col(UserRole.role).in_(PERMISSIONS[Permission.DECIDE]))
    rows = session.scalars(
        select(User)
        .join(Delegation, col(Delegation.lender) == col(User.id))
        .where(
            col(Delegation.borrower) == borrower_id,
            col(Delegation.ended_at).is_(None),
            col(Delegation.starts) <= now,
            col(Delegation.ends) > now,
            people.here(),
            col(User.id).in_(deciders),
        )
        .order_by(col(User.name))
    )
    return list({user.id: user for user in rows}.values())


def of_person(session: Session, user_id: str, now: datetime) -> list[tuple[Delegation, str, str]]:
    """Return a person's delegations that are not over, given and received, with both names."""
    rows = session.scalars(
        select(Delegation)
        .where(
            (col(Delegation.lender) == user_id) | (col(Delegation.borrower) == user_id),
            col(Delegation.ended_at).is_(None),
            col(Delegation.ends) > now,
        )
        .order_by(col(Delegation.starts))
    ).all()
    ids = {row.lender for row in rows} | {row.borrower for row in rows}
    names = {user.id: user.name for user in session.scalars(select(User).where(col(User.id).in_(ids)))}
    return [(row, names.get(row.lender, row.lender), names.get(row.borrower, row.borrower)) for row in rows]
