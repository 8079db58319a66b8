"""Tokens: made for a person, ended one by one or all together, each in the audit."""

from datetime import datetime

from sqlmodel import Session

from app.identity import tokens
from app.identity.actor import Actor
from app.identity.records import ApiToken, User
from app.lifecycle.audit.verbs import Verb
from app.lifecycle.errors import NotAllowed
from app.membership import people
from app.membership.errors import NoSuchToken, PersonRefused

CHAIN = "tokens"


def create(session: Session, user: User, label: str, days: int, *, actor: Actor, now: datetime) -> str:
    """Make a token that acts as this person for so many days; return it: it cannot be read again."""
    people.refuse_unless_owner(actor)
    people.one_at_a_time(session)
    if not user.active:
        raise PersonRefused(f"{user.name} is shut out. Let them in again first.")
    if not 1 <= days <= tokens.MOST_DAYS:
        raise PersonRefused(f"A token lasts 1 to {tokens.MOST_DAYS} days.")
    token = tokens.create(session, user.email, label, now, days=days)
    people.record(session, user, actor, Verb.CREATE_TOKEN, now, chain=CHAIN, label=label, days=days)
    return token


def revoke(session: Session, token_id: str, *, actor: Actor, now: datetime) -> User:
    """End one token at once: an owner anybody's, everybody their own."""
    people.one_at_a_time(session)
    row = tokens.by_id(session, token_id)
    if row is None or not tokens.is_valid(row, now):
        raise NoSuchToken("No token that is still valid has this id. See `baton token list`.")
    if row.user_id != actor.id or actor.kind != "person":
        people.refuse_unless_owner(actor)
    return _end(session, row, actor, now)


def revoke_all_of(session: Session, user: User, *, actor: Actor, now: datetime) -> int:
    """End every token of a person at once; return how many there were."""
    people.refuse_unless_owner(actor)
    people.one_at_a_time(session)
    valid = [row for row in tokens.of(session, user.id) if tokens.is_valid(row, now)]
    for row in valid:
        _end(session, row, actor, now)
    return len(valid)


def refuse_machine(actor: Actor) -> None:
    """Refuse what only the person may do, not a machine with a token of theirs."""
    if actor.kind != "person":
        raise NotAllowed("A password is changed by the person, in a browser, and by no token.")


def _end(session: Session, row: ApiToken, actor: Actor, now: datetime) -> User:
    user = session.get_one(User, row.user_id)
    tokens.revoke(session, row, now)
    people.record(session, user, actor, Verb.REVOKE_TOKEN, now, chain=CHAIN, label=row.label, token=tokens.id_of(row))
    return user
