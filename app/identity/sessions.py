"""Browser sessions: 32 random bytes in an HttpOnly cookie, their hash in the store, gone when they are revoked."""

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from threading import Lock
from time import monotonic
from typing import TypeAlias

from limits import RateLimitItem
from sqlalchemy import event
from sqlmodel import Session, col, delete, select, update

from app import database
from app.clock import utc_now
from app.identity import attempts, cookies, demo, familiar, passwords, people
from app.identity.actor import Actor
from app.identity.address import counted_as
from app.identity.errors import SignInRefused
from app.identity.records import LoginSession, User

COOKIE_NAME = "baton_session"
ABSOLUTE = timedelta(hours=12)
IDLE = timedelta(hours=8)
_NOTED_EVERY = timedelta(minutes=10)  # a write may have to wait behind a large publication
_CACHED_SECONDS = 2.0
_log = logging.getLogger("baton.identity")


Counted: TypeAlias = tuple[RateLimitItem, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A fresh session: the cookie's value is here and nowhere else."""

    actor: Actor
    cookie: str


class _RecentlySeen:
    """Answers of the last two seconds, so that a burst of events costs one look-up.

    What was looked up before something was forgotten is not kept: it may be what should be forgotten.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._round = 0
        self._kept: dict[str, tuple[float, Actor | None]] = {}

    def answer(self, key: str, look_up: Callable[[], Actor | None]) -> Actor | None:
        with self._lock:
            kept, began_in = self._kept.get(key), self._round
        if kept is not None and kept[0] >= monotonic():
            return kept[1]
        actor = look_up()
        with self._lock:
            if len(self._kept) > 5_000:
                self._kept.clear()
            if self._round == began_in:
                self._kept[key] = (monotonic() + _CACHED_SECONDS, actor)
        return actor

    def clear(self) -> None:
        with self._lock:
            self._round += 1
            self._kept.clear()


_recently = _RecentlySeen()


def sign_in(email: str, password: str, ip: str, now: datetime | None = None, *, sent: str | None = None) -> SignedIn:
    """Check a password and open a session. Slow on purpose: call it in a thread."""
    moment = now or utc_now()
    user = checked(email, password, ip, moment, sent=sent)
    if user.one_time_until is not None:
        raise SignInRefused(
            "new_password_needed",
            403,
            "This password was made for you and is good for one use. Choose one of your own.",
        )
    return open_for(user.id, moment)


def checked(email: str, password: str, ip: str, now: datetime, *, sent: str | None = None) -> User:
    """Return whose e-mail address and password these are, or refuse; a wrong pair counts against who tried it."""
    account = people.normal(email)[:320]
    with database.reading() as session:
        user = people.by_email(session, account)
        known_hash = user.password_hash if user and _may_use_password(user, now) else None
        browser = familiar.of(session, user.id, sent, now) if user else None
    counted = _counted(account, counted_as(ip), browser)
    _refuse_flood(account, ip, counted)
    if not passwords.matches(password, known_hash) or user is None:
        _log.warning("sign-in refused email=%r ip=%s", account, ip)
        raise SignInRefused("wrong_credentials", 401, "This e-mail address and password do not belong together.")
    for limit, who in counted:
        attempts.turned_out_well(limit, *who)
    attempts.forgive(counted[0][0], *counted[0][1])
    return user


def demo_sign_in(email: str, now: datetime | None = None) -> SignedIn:
    """Open a session as a demo person without a password; refused outside demo mode."""
    known = next((person for person in demo.DEMO_PEOPLE if person.email == people.normal(email)), None)
    if not demo.is_on() or known is None:
        raise SignInRefused("no_demo", 403, "One-click sign-in exists for the demo people, in demo mode only.")
    if not attempts.allowed(attempts.DEMO_SIGN_INS, "demo-sign-in"):
        raise _too_many(attempts.seconds_left(attempts.DEMO_SIGN_INS, "demo-sign-in"))
    with database.reading() as session:
        user = session.get(User, known.id)
    if user is None:
        raise SignInRefused("no_demo", 403, "This store has no demo people. Start Baton with an empty one.")
    return open_for(user.id, now or utc_now())


def sign_out(cookie_header: str | None) -> None:
    """End the session of this cookie at once."""
    key = _key(cookie_header)
    if key is None:
        return
    with database.transaction() as session:
        session.exec(delete(LoginSession).where(col(LoginSession.id_hash) == key))
    _recently.clear()


def end_all_of(session: Session, user_id: str, *, but: str | None = None) -> None:
    """End every session of a person once this transaction stands; `but` is the cookie header of one that stays."""
    kept = _key(but)
    theirs = delete(LoginSession).where(col(LoginSession.user_id) == user_id)
    session.exec(theirs.where(col(LoginSession.id_hash) != kept) if kept else theirs)
    look_again_after(session)


def look_again_after(session: Session) -> None:
    """Believe no answer of before, once this transaction stands."""
    event.listen(session, "after_commit", lambda _: look_again(), once=True)


def look_again() -> None:
    """Believe no answer of before: somebody's rights changed, here or in another process."""
    _recently.clear()


def actor_for_cookie(cookie_header: str | None, now: datetime | None = None) -> Actor | None:
    """Return who sent this `Cookie` header, or None. Reads the store at least every two seconds."""
    key = _key(cookie_header)
    return _recently.answer(key, lambda: _look_up(key, now or utc_now())) if key else None


def session_key(cookie_header: str | None) -> str | None:
    """Return a name for the session that is safe to count and log under."""
    key = _key(cookie_header)
    return key[:16] if key else None


def open_for(user_id: str, now: datetime) -> SignedIn:
    """Open a session for somebody who showed who they are. The account is held meanwhile: it may be shut right now."""
    cookie = secrets.token_urlsafe(32)
    with database.transaction() as session:
        session.get(User, user_id, with_for_update={"read": True})
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


def _may_use_password(user: User, now: datetime) -> bool:
    in_time = user.one_time_until is None or now < user.one_time_until
    return people.is_here(user) and not demo.is_demo_person(user.id) and in_time


def _counted(account: str, address: str, browser: str | None) -> tuple[Counted, ...]:
    """Return what an attempt counts against, the narrowest first.

    A browser that the person used before has its own count: nobody else's bad tries shut them out of it.
    """
    if browser:
        return (
            (attempts.SIGN_INS, ("sign-in", account, browser)),
            (attempts.SIGN_INS_OF_ONE_ACCOUNT, ("sign-in", account, browser)),
        )
    return (
        (attempts.SIGN_INS, ("sign-in", account, address)),
        (attempts.SIGN_INS_OF_ONE_ADDRESS, ("sign-in-from", address)),
        (attempts.SIGN_INS_OF_ONE_ACCOUNT, ("sign-in-as", account)),
    )


def _refuse_flood(account: str, ip: str, counted: tuple[Counted, ...]) -> None:
    for limit, who in counted:
        if wait := attempts.tried(limit, *who):
            _log.warning("sign-in flood email=%r ip=%s", account, ip)
            raise _too_many(wait)


def _too_many(seconds: int) -> SignInRefused:
    return SignInRefused("too_many_attempts", 429, f"Too many attempts. Try again in {seconds} s.", seconds)


def _key(cookie_header: str | None) -> str | None:
    secret = cookies.sent(cookie_header, COOKIE_NAME)
    return _hash(secret) if secret else None


def _hash(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
