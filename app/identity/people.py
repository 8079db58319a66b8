"""People and their roles. Functions take the session: they neither open nor commit one."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, and_, not_, true
from sqlmodel import Session, col, select

from app.clock import new_id
from app.database import alone
from app.identity import demo, passwords
from app.identity.actor import Actor, Kind
from app.identity.records import User, UserRole
from app.identity.roles import Role


def add(
    session: Session,
    email: str,
    name: str,
    roles: Iterable[Role],
    *,
    password: str | None,
    now: datetime,
    user_id: str | None = None,
) -> User:
    """Add a person; a known one gets these roles and (when there is one) this password."""
    alone(session, f"person {normal(email)}")
    user = by_email(session, email) or User(
        id=user_id or new_id(), email=normal(email), name=name or email.split("@")[0], created_at=now
    )
    if password is not None:
        user.password_hash = passwords.hashed(password)
    session.add(user)
    session.flush()
    for role in set(roles) - roles_of(session, user.id):
        session.add(UserRole(user_id=user.id, role=role.value))
    session.flush()
    return user


def ensure_demo_people(session: Session, now: datetime) -> None:
    """Add the demo people that are missing. None has a password: one click from this machine is their way in."""
    for person in demo.DEMO_PEOPLE:
        if by_email(session, person.email) is None:
            add(session, person.email, person.name, [person.role], password=None, now=now, user_id=person.id)


def by_email(session: Session, email: str) -> User | None:
    """Return the user with this address, whatever its case."""
    return session.exec(select(User).where(User.email == normal(email))).one_or_none()


def roles_of(session: Session, user_id: str) -> frozenset[Role]:
    """Return a person's roles."""
    found = session.exec(select(UserRole.role).where(col(UserRole.user_id) == user_id))
    return frozenset(Role(role) for role in found if role in set(Role))


def actor(session: Session, user_id: str, kind: Kind) -> Actor | None:
    """Return the actor a user is now, or None when unknown, shut out or of a demo that is off."""
    user = session.get(User, user_id)
    if user is None or not is_here(user):
        return None
    return Actor(user.id, user.name, user.email, roles_of(session, user.id), kind)


def is_here(user: User) -> bool:
    """Tell whether somebody may come in at all: not shut out, and of the demo only while that is on."""
    return user.active and (demo.is_on() or not demo.is_demo_person(user.id))


def here() -> ColumnElement[bool]:
    """Return the condition of `is_here`, for a query."""
    return and_(col(User.active), real())


def real() -> ColumnElement[bool]:
    """Return the condition that somebody is a person of this installation, and not of a demo that is off."""
    return true() if demo.is_on() else not_(col(User.id).startswith(demo.MARK))


def normal(email: str) -> str:
    """Return the form in which addresses are stored and compared."""
    return email.strip().lower()
