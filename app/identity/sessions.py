"""Browser sessions: 32 random bytes in an HttpOnly cookie, their hash in the store, gone when they are revoked."""

import logging
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from http.cookies import CookieError, SimpleCookie
from threading import Lock
from time import monotonic

from sqlmodel import Session, col, delete, select, update

from app import database
from app.clock import utc_now
from app.config import settings
from app.identity import attempts, passwords, people
from app.identity.actor import Actor
from app.identity.errors import SignInRefused
from app.identity.records import LoginSession

COOKIE_NAME = "baton_session"
ABSOLUTE = timedelta(hours=12)
IDLE = timedelta(hours=8)
_NOTED_EVERY = timedelta(minutes=10)  # a write may have to wait behind a large publication
_CACHED_SECONDS = 2.0
_log = logging.getLogger("baton.identity")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A fresh session: the cookie's value is here and nowhere else."""

    actor: Actor
    cookie: str


class _RecentlySeen:
    """Answers of the last two seconds, so that a burst of events costs one look-up."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: dict[str, tuple[float, Actor | None]] = {}

    def get(self, key: str) -> tuple[bool, Actor | None]:
        with self._lock:
            kept = self._kept.get(key)
        if kept is None or kept[0] < monotonic():
            return False, None
        return True, kept[1]

    def put(self, key: str, actor: Actor | None) -> None:
        with self._lock:
            if len(self._kept) > 5_000:
                self._kept.clear()
            self._kept[key] = (monotonic() + _CACHED_SECONDS, actor)

    def forget(self, key: str) -> None:
        with self._lock:
            self._kept.pop(key, None)

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()


_recently = _RecentlySeen()


def sign_in(email: str, password: str, ip: str, now: datetime | None = None) -> SignedIn:
    """Check a password and open a session. Slow on purpose: call it in a thread."""
    account = people.normal(email)[:320]
    _refuse_flood(account, ip)
    with database.reading() as session:
        user = people.by_email(session, account)
        known_hash = user.password_hash if user and user.active else None
    if not passwords.matches(password, known_hash) or user is None:
        _log.warning("sign-in refused email=%r ip=%s", account, ip)
        raise SignInRefused("wrong_credentials", 401, "This e-mail address and password do not belong together.")
    attempts.forgive(attempts.SIGN_INS, "sign-in", account, ip)
    return _open(user.id, now or utc_now())


def demo_sign_in(email: str, now: datetime | None = None) -> SignedIn:
    """Open a session as a demo person without a password; refused outside demo mode."""
    known = people.normal(email) in {person.email for person in people.DEMO_PEOPLE}
    if not settings().demo or not known:
        raise SignInRefused("no_demo", 403, "One-click sign-in exists for the demo people, in demo mode only.")
    if not attempts.allowed(attempts.DEMO_SIGN_INS, "demo-sign-in"):
        raise _too_many(attempts.seconds_left(attempts.DEMO_SIGN_INS, "demo-sign-in"))
    with database.reading() as session:
        user = people.by_email(session, email)
    if user is None:
        raise SignInRefused("no_demo", 403, "This store has no demo people. Start Baton with an empty one.")
    return _open(user.id, now or utc_now())


def sign_out(cookie_header: str | None) -> None:
    """End the session of this cookie at once."""
    key = _key(cookie_header)
    if key is None:
        return
    _recently.forget(key)
    with database.transaction() as session:
        session.exec(delete(LoginSession).where(col(LoginSession.id_hash) == key))
    _recently.forget(key)


def end_all_of(session: Session, user_id: str) -> None:
    """End every session of a person (role change, lost laptop)."""
    session.exec(delete(LoginSession).where(col(LoginSession.user_id) == user_id))
    _recently.clear()


def actor_for_cookie(cookie_header: str | None, now: datetime | None = None) -> Actor | None:
    """Return who sent this `Cookie` header, or None. Reads the store at least every two seconds."""
    key = _key(cookie_header)
    if key is None:
        return None
    kept, actor = _recently.get(key)
    if not kept:
        actor = _look_up(key, now or utc_now())
        _recently.put(key, actor)
    return actor


def session_key(cookie_header: str | None) -> str | None:
    """Return a name for the session that is safe to count and log under."""
    key = _key(cookie_header)
    return key[:16] if key else None


def _open(user_id: str, now: datetime) -> SignedIn:
    cookie = secrets.token_urlsafe(32)
    with database.transaction() as session:
        actor = people.actor(session, user_id, "person")
        if actor is None:
            raise SignInRefused("wrong_credentials", 401, "This account is closed.")
        over = select(col(LoginSession.id_hash)).where(col(LoginSession.expires_at) <= now)
        session.exec(delete(LoginSession).where(col(LoginSession.id_hash).in_(over.with_for_update(skip_locked=True))))
        session.add(
            LoginSession(id_hash=_hash(cookie), user_id=user_id, created_at=now, seen_at=now, expires_at=now + ABSOLUTE)
        )
    _log.info("signed in user=%s", user_id)
    return SignedIn(actor, cookie)


def _look_up(key: str, now: datetime) -> Actor | None:
    with database.reading() as session:
        row = session.get(LoginSession, key)
        if row is None or now >= row.expires_at or now - row.seen_at >= IDLE:
            return None
        actor, seen_at = people.actor(session, row.user_id, "person"), row.seen_at
    if actor is not None and now - seen_at >= _NOTED_EVERY:
        _note_seen(key, now)
    return actor


def _note_seen(key: str, now: datetime) -> None:
    with database.transaction() as session:
        session.exec(update(LoginSession).where(col(LoginSession.id_hash) == key).values(seen_at=now))


def _refuse_flood(account: str, ip: str) -> None:
    for limit, who in (
        (attempts.SIGN_INS, ("sign-in", account, ip)),
        (attempts.SIGN_INS_OF_ONE_ADDRESS, ("sign-in", ip)),
    ):
        if not attempts.allowed(limit, *who):
            _log.warning("sign-in flood email=%r ip=%s", account, ip)
            raise _too_many(attempts.seconds_left(limit, *who))


def _too_many(seconds: int) -> SignInRefused:
    return SignInRefused("too_many_attempts", 429, f"Too many attempts. Try again in {seconds} s.", seconds)


def _key(cookie_header: str | None) -> str | None:
    if not cookie_header:
        return None
    try:
        morsel = SimpleCookie(cookie_header[:8_192]).get(COOKIE_NAME)
    except CookieError:
        return None
    return _hash(morsel.value) if morsel and morsel.value else None


def _hash(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
