"""Bearer tokens for machines: shown once, stored hashed, revocable."""

import secrets
from datetime import datetime
from hashlib import sha256

from sqlmodel import Session, col, select

from app import database
from app.identity import people
from app.identity.actor import Actor
from app.identity.errors import NoSuchPerson
from app.identity.records import ApiToken

PREFIX = "baton_"


def create(session: Session, email: str, label: str, now: datetime) -> str:
    """Make a token that acts as this person; return it: it cannot be read again."""
    user = people.by_email(session, email)
    if user is None:
        raise NoSuchPerson(email)
    token = PREFIX + secrets.token_urlsafe(32)
    session.add(ApiToken(token_hash=_hash(token), user_id=user.id, label=label, created_at=now))
    return token


def revoke_all_of(session: Session, email: str, now: datetime) -> int:
    """Revoke every token of a person; return how many were valid until now."""
    user = people.by_email(session, email)
    if user is None:
        raise NoSuchPerson(email)
    valid = session.exec(select(ApiToken).where(ApiToken.user_id == user.id, col(ApiToken.revoked_at).is_(None))).all()
    for row in valid:
        row.revoked_at = now
        session.add(row)
    return len(valid)


def actor_for_bearer(authorization: str | None) -> Actor | None:
    """Return who sent this `Authorization` header, or None."""
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token.startswith(PREFIX) or len(token) > 200:
        return None
    with database.reading() as session:
        row = session.get(ApiToken, _hash(token))
        if row is None or row.revoked_at is not None:
            return None
        return people.actor(session, row.user_id, "service")


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
