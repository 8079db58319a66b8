"""Browsers in which somebody signed in before. They prove nobody's identity; they keep others from shutting them out.

Whoever tries passwords uses up the tries of an account and of an address. In a browser of their own, people have tries
of their own (the "device cookie" of OWASP's advice on locking accounts).
"""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from sqlmodel import Session, col, delete, select

from app import database
from app.identity import cookies
from app.identity.records import FamiliarBrowser

COOKIE_NAME = "baton_browser"
REMEMBERED = timedelta(days=90)


def of(session: Session, user_id: str, cookie_header: str | None, now: datetime) -> str | None:
    """Return the name of the browser that sent these cookies, if this person used it before."""
    secret = cookies.sent(cookie_header, COOKIE_NAME)
    row = session.get(FamiliarBrowser, (_hash(secret), user_id)) if secret else None
    return f"browser:{row.id_hash}" if row is not None and now - row.seen_at < REMEMBERED else None


def remember(user_id: str, cookie_header: str | None, now: datetime) -> str:
    """Note that somebody signed in here; return the value for the cookie, kept from before where we made it."""
    secret = cookies.sent(cookie_header, COOKIE_NAME)
    with database.transaction() as session:
        session.exec(delete(FamiliarBrowser).where(col(FamiliarBrowser.seen_at) <= now - REMEMBERED))
        ours = session.exec(select(FamiliarBrowser).where(FamiliarBrowser.id_hash == _hash(secret)).limit(1)).first()
        kept = secret if secret and ours else secrets.token_urlsafe(32)
        session.merge(FamiliarBrowser(id_hash=_hash(kept), user_id=user_id, seen_at=now))
    return kept


def forget_all_of(session: Session, user_id: str) -> None:
    """Forget every browser of a person."""
    session.exec(delete(FamiliarBrowser).where(col(FamiliarBrowser.user_id) == user_id))


def _hash(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
