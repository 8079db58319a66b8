"""Bearer tokens for machines: shown once, stored hashed, revocable, and over at their end."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from sqlmodel import Session, col, select

from app import database
from app.clock import utc_now
from app.identity import people
from app.identity.actor import Actor
from app.identity.errors import NoSuchAddress
from app.identity.records import ApiToken

PREFIX = "baton_"
DAYS = 90
"""How long a token lasts unless told otherwise."""
MOST_DAYS = 366
ID_LENGTH = 12


def create(session: Session, email: str, label: str, now: datetime, *, days: int = DAYS) -> str:
    """Make a token that acts as this person for so many days; return it: it cannot be read again."""
    user = people.by_email(session, email)
    if user is None or not people.is_here(user):
        raise NoSuchAddress(email)
    token = PREFIX + secrets.token_urlsafe(32)
    session.add(
        ApiToken(
            token_hash=_hash(token), user_id=user.id, label=label, created_at=now, expires_at=now + timedelta(days=days)
        )
    )
    return token


def revoke_all_of(session: Session, user_id: str, now: datetime) -> list[ApiToken]:
    """Revoke every token of a person; return those that were valid until now."""
    ended = [row for row in of(session, user_id) if is_valid(row, now)]
    for row in ended:
        revoke(session, row, now)
    return ended


def revoke(session: Session, row: ApiToken, now: datetime) -> None:
    """End a token at once: every call looks it up."""
    row.revoked_at = now
    session.add(row)


def of(session: Session, user_id: str) -> list[ApiToken]:
    """Return every token that somebody ever had, the newest first."""
    theirs = select(ApiToken).where(ApiToken.user_id == user_id)
    return list(session.exec(theirs.order_by(col(ApiToken.created_at).desc())))


def by_id(session: Session, token_id: str) -> ApiToken | None:
    """Return the token with this id (see `id_of`), or None."""
    if len(token_id) != ID_LENGTH or not token_id.isalnum():
        return None
    found = session.exec(select(ApiToken).where(col(ApiToken.token_hash).startswith(token_id)).limit(2)).all()
    return found[0] if len(found) == 1 else None


def id_of(row: ApiToken) -> str:
    """Return what a token is called where it must not be shown: the beginning of its hash."""
    return row.token_hash[:ID_LENGTH]


def is_valid(row: ApiToken, now: datetime) -> bool:
    """Tell whether a token still lets its owner in."""
    return row.revoked_at is None and (row.expires_at is None or now < row.expires_at)


def actor_for_bearer(authorization: str | None, now: datetime | None = None) -> Actor | None:
    """Return who sent this `Authorization` header, or None."""
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token.startswith(PREFIX) or len(token) > 200:
        return None
    with database.reading() as session:
        row = session.get(ApiToken, _hash(token))
        if row is None or not is_valid(row, now or utc_now()):
            return None
        return people.actor(session, row.user_id, "service")


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
