"""Membership as owners command it from a screen: each in one transaction of its own, passwords made before it.

Each raises a `Refused`; then nothing changed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from app.database import transaction
from app.identity.actor import Actor
from app.identity.roles import Role
from app.membership import machines, people
from app.membership.secret import for_one_use


@dataclass(frozen=True, slots=True)
class OneTimePassword:
    """A password for one use, and whose it is: shown once, to whoever asked for it."""

    who: str
    password: str


def add(actor: Actor, email: str, name: str, roles: Iterable[Role], now: datetime) -> OneTimePassword:
    """Add a person with a password for one use."""
    secret = for_one_use()
    with transaction() as session:
        user = people.add(session, email, name, roles, secret=secret, actor=actor, now=now)
        return OneTimePassword(user.name, secret.shown)


def set_roles(actor: Actor, user_id: str, roles: Iterable[Role], now: datetime, *, seen: frozenset[Role]) -> None:
    """Give a person exactly these roles, in place of those that were seen."""
    with transaction() as session:
        people.set_roles(session, user_id, roles, actor=actor, now=now, seen=seen)


def shut_out(actor: Actor, user_id: str, now: datetime) -> None:
    """Shut a person out."""
    with transaction() as session:
        people.deactivate(session, user_id, actor=actor, now=now)


def let_in(actor: Actor, user_id: str, now: datetime) -> OneTimePassword:
    """Let a person in again, with a password for one use."""
    secret = for_one_use()
    with transaction() as session:
        user = people.reactivate(session, user_id, secret, actor=actor, now=now)
        return OneTimePassword(user.name, secret.shown)


def reset_password(actor: Actor, user_id: str, now: datetime) -> OneTimePassword:
    """Give a person a password for one use."""
    secret = for_one_use()
    with transaction() as session:
        user = people.reset_password(session, user_id, secret, actor=actor, now=now)
        return OneTimePassword(user.name, secret.shown)


def end_token(actor: Actor, token_id: str, now: datetime) -> None:
    """End a token at once: an owner anybody's, everybody their own."""
    with transaction() as session:
        machines.revoke(session, token_id, actor=actor, now=now)
