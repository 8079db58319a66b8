"""Carrying a command out: one transaction, done again as a whole after a lost race, and one answer for one key."""

import json
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from typing import TypeVar

from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from app.clock import utc_now
from app.database import alone, committed, lost_a_race, reading
from app.identity.actor import Actor
from app.lifecycle.audit import audit_trail
from app.lifecycle.audit.verbs import Done
from app.lifecycle.errors import KeyMissing, KeyReused, Outrun
from app.lifecycle.records import Command

T = TypeVar("T")
MAX_KEY = 200


def remembered(actor: Actor, key: str, request: str) -> str | None:
    """Return what `once` answered under this key, or None. Raises `KeyReused` if that was another request."""
    with reading() as session:
        return _answered(session, actor, key, sha256(request.encode()).hexdigest())


def note(
    actor: Actor, *, chain: str, action: Done, comment: str = "", told: str = "", now: datetime | None = None
) -> None:
    """Write down in the audit trail what a person did outside the lifecycle, such as locking a price in a context.

    `comment` is what they say of it, if they were asked; `told` says what it was.
    """
    at, detail = now or utc_now(), audit_trail.Detail(comment=comment, told=told)
    carried_out(
        lambda session: audit_trail.record(session, chain=chain, actor=actor, action=action, detail=detail, now=at)
    )


def note_once(actor: Actor, *, key: str, chain: str, action: Done, comment: str, told: str, now: datetime) -> bool:
    """Write down once per key what a person did outside the lifecycle; tell whether that was now.

    What is `told` may differ when it is sent again: it says what came of it.
    """
    detail, done = audit_trail.Detail(comment=comment, told=told), []

    def noted(session: Session) -> tuple[str, str]:
        audit_trail.record(session, chain=chain, actor=actor, action=action, detail=detail, now=now)
        done.append(chain)
        return chain, ""

    once(actor, key, json.dumps([chain, action, comment]), noted, now)
    return bool(done)


def once(actor: Actor, key: str, body: str, do: Callable[[Session], tuple[str, str]], now: datetime) -> str:
    """Carry out any command in one transaction, once per key: `do` returns what it was about, and its answer.

    Raises a `Refused`; then nothing changed.
    """
    refuse_odd_key(key)
    digest = sha256(body.encode()).hexdigest()

    def asked(session: Session) -> str:
        alone(session, f"command {actor.id} {key}")  # whoever sends it twice at once gets one answer twice
        answered = _answered(session, actor, key, digest)
        if answered is not None:
            return answered
        about, answer = do(session)
        session.add(Command(actor=actor.id, key=key, body_hash=digest, proposal_id=about, at=now, answer=answer))
        return answer

    return carried_out(asked)


def refuse_odd_key(key: str) -> None:
    """Refuse a command without a usable key. Raises `KeyMissing`."""
    if not key or len(key) > MAX_KEY or not key.isprintable():
        raise KeyMissing(f"Every command needs an Idempotency-Key of 1 to {MAX_KEY} characters.")


def carried_out(do: Callable[[Session], T]) -> T:
    """Carry out what somebody commands in a transaction of its own; as a whole again if it lost a race (`committed`).

    Raises a `Refused`, `Outrun` if it lost every time; then nothing changed.
    """
    try:
        return committed(do)
    except DBAPIError as error:
        if not lost_a_race(error):
            raise
        raise Outrun(
            "Others changed the same things at the same moment, several times over. Nothing changed; do it again."
        ) from error


def _answered(session: Session, actor: Actor, key: str, digest: str) -> str | None:
    command = session.get(Command, (actor.id, key))
    if command is None:
        return None
    if command.body_hash != digest:
        raise KeyReused("This Idempotency-Key was used for another request. Use a fresh key for a new request.")
    return command.answer
