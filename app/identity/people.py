"""People and their roles. Functions take the session: they neither open nor commit one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from app.clock import new_id
from app.database import alone
from app.identity import passwords
from app.identity.actor import Actor, Kind
from app.identity.errors import NoSuchPerson
from app.identity.records import User, UserRole
from app.identity.roles import Role

DEMO_PASSWORD = "baton-demo"  # noqa: S105 (printed in the README; demo mode only)


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody to sign in as with one click, in demo mode only."""

    id: str
    email: str
    name: str
    role: Role
    does: str

    def actor(self) -> Actor:
        """Return the actor this person is."""
        return Actor(self.id, self.name, self.email, frozenset({self.role}), "person")


DEMO_PEOPLE = tuple(
    DemoPerson(f"demo-{login}", f"{login}@demo.example", name, role, does)
    for login, name, role, does in (
        ("asha", "Asha N.", Role.ANALYST, "proposes price changes"),
        ("ravi", "Ravi T.", Role.ANALYST, "proposes price changes"),
        ("kiran", "Kiran S.", Role.APPROVER, "decides what the rules leave open"),
        ("noor", "Noor H.", Role.APPROVER, "decides what the rules leave open"),
        ("leela", "Leela M.", Role.OWNER, "owns the rules"),
        ("omar", "Omar T.", Role.OPERATOR, "watches prices arrive"),
        ("duty", "Dev P.", Role.EMERGENCY, "hurries or stops prices in an emergency"),
        ("ruth", "Ruth B.", Role.AUDITOR, "reads who did what"),
    )
)


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
    """Add a person, or give an existing one these roles and (when there is one) this password."""
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
    """Add the demo people that are missing. One hash for all: their password is printed in the README."""
    missing = [person for person in DEMO_PEOPLE if by_email(session, person.email) is None]
    if not missing:
        return
    shared = passwords.hashed(DEMO_PASSWORD)
    for person in missing:
        user = add(session, person.email, person.name, [person.role], password=None, now=now, user_id=person.id)
        user.password_hash = shared


def deactivate(session: Session, email: str) -> None:
    """Shut a person out: sessions and tokens stop at their next use."""
    user = by_email(session, email)
    if user is None:
        raise NoSuchPerson(email)
    user.active = False
    session.add(user)


def by_email(session: Session, email: str) -> User | None:
    """Return the user with this address, whatever its case."""
    return session.exec(select(User).where(User.email == normal(email))).one_or_none()


def roles_of(session: Session, user_id: str) -> frozenset[Role]:
    """Return a person's roles."""
    found = session.exec(select(UserRole.role).where(col(UserRole.user_id) == user_id))
    return frozenset(Role(role) for role in found if role in set(Role))


def actor(session: Session, user_id: str, kind: Kind) -> Actor | None:
    """Return the actor a user is now, or None when unknown or shut out."""
    user = session.get(User, user_id)
    if user is None or not user.active:
        return None
    return Actor(user.id, user.name, user.email, roles_of(session, user.id), kind)


def normal(email: str) -> str:
    """Return the form in which addresses are stored and compared."""
    return email.strip().lower()
