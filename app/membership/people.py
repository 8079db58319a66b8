"""Adding people, changing their roles, shutting them out and letting them in again. What they held ends at once."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from app.database import alone, pulse
from app.identity import demo, familiar, people, sessions, tokens
from app.identity.actor import Actor
from app.identity.records import User, UserRole
from app.identity.roles import PERMISSIONS, Permission, Role
from app.lifecycle.audit import audit_trail
from app.lifecycle.audit.verbs import Done, Verb
from app.lifecycle.deciding import delegations
from app.lifecycle.records import AuditEntry
from app.membership.errors import KnownPerson, LastOwner, NoSuchPerson, NotYours, PersonRefused
from app.membership.secret import Secret
from app.words.typed import plain

CHAIN = "people"
TOPIC = "people"
"""What every process looks at again when somebody's rights change (see `app.states.live`)."""
ONE_TIME_LASTS = timedelta(days=3)
_LONGEST_NAME, _LONGEST_ADDRESS = 80, 320


def add(
    session: Session, email: str, name: str, roles: Iterable[Role], *, secret: Secret, actor: Actor, now: datetime
) -> User:
    """Add a person with this password."""
    _begin(session, actor)
    if people.by_email(session, email) is not None:
        raise KnownPerson(f"{people.normal(email)} is known already. Change their roles, or let them in again.")
    wanted = _some(roles)
    user = people.add(session, _address(email), _name(name, email), wanted, password=None, now=now)
    _keep(session, user, secret, now)
    record(session, user, actor, Verb.ADD_PERSON, now, roles=_listed(wanted))
    return user


def set_roles(
    session: Session,
    user_id: str,
    roles: Iterable[Role],
    *,
    actor: Actor,
    now: datetime,
    seen: frozenset[Role] | None = None,
) -> User:
    """Give a person exactly these roles, in place of those that were `seen`, if any were.

    Who loses one is signed out; a lent right to decide ends with the own one.
    """
    _begin(session, actor)
    user, wanted = known(session, user_id), _some(roles)
    before = people.roles_of(session, user.id)
    if wanted == before:
        return user  # also where it was sent twice, and what was seen is not so any more
    if seen is not None and seen != before:
        raise PersonRefused(f"Somebody else changed the roles meanwhile: {user.name} is {_listed(before)} now.")
    if Role.OWNER in before - wanted:
        _refuse_last_owner(session, user)
    for role in wanted - before:
        session.add(UserRole(user_id=user.id, role=role.value))
    for role in before - wanted:
        session.delete(session.get_one(UserRole, (user.id, role.value)))
    session.flush()
    if before - wanted:
        sessions.end_all_of(session, user.id)
    if not PERMISSIONS[Permission.DECIDE] & wanted:
        delegations.end_all_lent_by(session, user.id, now)
    record(session, user, actor, Verb.SET_ROLES, now, roles=_listed(wanted), before=_listed(before))
    return user


def deactivate(session: Session, user_id: str, *, actor: Actor, now: datetime) -> User:
    """Shut a person out: sessions, tokens, delegations and the password end with this transaction, for good."""
    _begin(session, actor)
    user = known(session, user_id)
    if not user.active:
        raise PersonRefused(f"{user.name} is shut out already.")
    _refuse_last_owner(session, user)
    user.active, user.password_hash, user.one_time_until = False, None, None
    session.add(user)
    session.flush()  # the account first: who signs in at this moment waits for it, and is refused
    ended, lent = _end_all_held(session, user, now)
    record(session, user, actor, Verb.DEACTIVATE_PERSON, now, tokens=ended, delegations=lent)
    return user


def _end_all_held(session: Session, user: User, now: datetime) -> tuple[int, int]:
    """End sessions, known browsers, tokens and lent rights; return how many of the last two there were."""
    sessions.end_all_of(session, user.id)
    familiar.forget_all_of(session, user.id)
    return len(tokens.revoke_all_of(session, user.id, now)), delegations.end_all_of(session, user.id, now)


def reactivate(session: Session, user_id: str, secret: Secret, *, actor: Actor, now: datetime) -> User:
    """Let a person in again, with the roles of before and this password (the demo's people have none)."""
    _begin(session, actor)
    user = known(session, user_id)
    if user.active:
        raise PersonRefused(f"{user.name} is not shut out.")
    user.active = True
    session.add(user)
    if not demo.is_demo_person(user.id):
        _keep(session, user, secret, now)
    record(session, user, actor, Verb.REACTIVATE_PERSON, now)
    return user


def reset_password(session: Session, user_id: str, secret: Secret, *, actor: Actor, now: datetime) -> User:
    """Give a person another password. They are signed out everywhere."""
    _begin(session, actor)
    if user_id == actor.id:
        raise PersonRefused("Your own password is changed on your account's page, with the one that you have.")
    user = _with_password(session, user_id)
    _keep(session, user, secret, now)
    record(session, user, actor, Verb.RESET_PASSWORD, now)
    return user


def keep_own_password(session: Session, user_id: str, secret: Secret, *, now: datetime) -> User:
    """Let a person have the password that they chose themselves. Every session of theirs ends."""
    one_at_a_time(session)
    user = _with_password(session, user_id)
    _keep(session, user, secret, now)
    person = people.actor(session, user.id, "person")
    assert person is not None, "who may have a password is here"
    record(session, user, person, Verb.CHANGE_PASSWORD, now)
    return user


def known(session: Session, user_id: str) -> User:
    """Return the person with this id, or refuse; the demo's people are known only while it is on."""
    user = session.get(User, user_id)
    if user is None or (demo.is_demo_person(user.id) and not demo.is_on()):
        raise NoSuchPerson("Nobody here is called that. Reload the page, or see `baton user list`.")
    return user


def refuse_unless_owner(actor: Actor) -> None:
    """Refuse everybody but an owner and whoever administers the machine itself."""
    if actor.kind != "system" and not (actor.kind == "person" and actor.may(Permission.MANAGE_USERS)):
        raise NotYours("Owners say who belongs here. Ask one of them.")


def record(
    session: Session, user: User, actor: Actor, action: Done, now: datetime, *, chain: str = CHAIN, **detail: str | int
) -> AuditEntry:
    """Keep what was done to whom, and let every open page look again."""
    sessions.look_again_after(session)
    pulse(session, TOPIC)
    told: audit_trail.Detail = {"person": user.name, "email": user.email, "user": user.id, **detail}
    return audit_trail.record(session, chain=chain, actor=actor, action=action, detail=told, now=now)


def one_at_a_time(session: Session) -> None:
    """Let nobody else change who belongs until this transaction ends: two owners must not shut each other out."""
    alone(session, CHAIN)


def _begin(session: Session, actor: Actor) -> None:
    refuse_unless_owner(actor)
    one_at_a_time(session)


def _refuse_last_owner(session: Session, user: User) -> None:
    others = (
        select(UserRole.user_id)
        .join(User, col(User.id) == col(UserRole.user_id))
        .where(col(UserRole.role) == Role.OWNER.value, people.here(), col(User.id) != user.id)
    )
    if Role.OWNER in people.roles_of(session, user.id) and session.exec(others.limit(1)).first() is None:
        raise LastOwner(f"{user.name} is the last owner: nobody could add people any more. Make another owner first.")


def _with_password(session: Session, user_id: str) -> User:
    user = known(session, user_id)
    if demo.is_demo_person(user.id):
        raise PersonRefused(f"{user.name} belongs to the demo: one click signs in, and there is no password.")
    if not user.active:
        raise PersonRefused(f"{user.name} is shut out. Let them in again first: that gives them a new password.")
    return user


def _keep(session: Session, user: User, secret: Secret, now: datetime) -> None:
    """Keep a password; whoever came in by the one before is out, and no browser is known any more."""
    user.password_hash = secret.password_hash
    user.one_time_until = now + ONE_TIME_LASTS if secret.shown else None
    session.add(user)
    session.flush()
    sessions.end_all_of(session, user.id)
    familiar.forget_all_of(session, user.id)


def _address(email: str) -> str:
    address = people.normal(email)
    name, at, host = address.rpartition("@")
    if not (name and at and host) or len(address) > _LONGEST_ADDRESS or not address.isprintable() or " " in address:
        raise PersonRefused("An e-mail address looks like name@shop.example. Nobody was added.")
    return address


def _name(name: str, email: str) -> str:
    known_as = plain(name) or people.normal(email).partition("@")[0]
    if len(known_as) > _LONGEST_NAME:
        raise PersonRefused(f"A name has at most {_LONGEST_NAME} characters. Nobody was added.")
    return known_as


def _some(roles: Iterable[Role]) -> frozenset[Role]:
    wanted = frozenset(roles)
    if not wanted:
        raise PersonRefused("Somebody without a role could do nothing, not even read. Choose one, or deactivate them.")
    return wanted


def _listed(roles: Iterable[Role]) -> str:
    return ", ".join(sorted(role.value for role in roles))
