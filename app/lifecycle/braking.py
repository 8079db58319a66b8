"""The brakes as people command them: each in one transaction of its own."""

from datetime import datetime

from sqlmodel import Session

from app.identity.actor import Actor
from app.lifecycle.commands import carried_out
from app.lifecycle.publishing import brakes


def freeze(actor: Actor, starts: datetime, ends: datetime, reason: str, now: datetime) -> str:
    """Announce a freeze window; return what it does not hold. Raises a `Refused`; then nothing changed."""

    def frozen(session: Session) -> str:
        brakes.freeze(session, starts=starts, ends=ends, actor=actor, reason=reason, now=now)
        return brakes.not_held(session, starts, ends, now)

    return carried_out(frozen)


def lift(actor: Actor, freeze_id: str, reason: str, now: datetime) -> None:
    """Lift a freeze window. Raises a `Refused`; then nothing changed."""
    carried_out(lambda session: brakes.lift(session, freeze_id, actor=actor, reason=reason, now=now))


def stop(actor: Actor, reason: str, now: datetime) -> str:
    """Stop all publishing; return which price windows would end meanwhile. Raises a `Refused`; nothing changed then."""

    def stopped(session: Session) -> str:
        brakes.stop(session, actor=actor, reason=reason, now=now)
        return brakes.ends_held_by_stop(session, now)

    return carried_out(stopped)


def resume(actor: Actor, reason: str, now: datetime) -> None:
    """Let publishing go on. Raises a `Refused`; then nothing changed."""
    carried_out(lambda session: brakes.resume(session, actor=actor, reason=reason, now=now))
