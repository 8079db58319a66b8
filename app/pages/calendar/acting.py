"""The calendar's commands: each in one transaction of its own."""

from datetime import datetime

from app.database import transaction
from app.identity.actor import Actor
from app.lifecycle import brakes


def freeze(actor: Actor, starts: datetime, ends: datetime, reason: str, now: datetime) -> str:
    """Announce a freeze window; return which price windows end in it. Raises a `Refused`; then nothing changed."""
    with transaction() as session:
        brakes.freeze(session, starts=starts, ends=ends, actor=actor, reason=reason, now=now)
        return brakes.ends_within(session, starts, ends)


def lift(actor: Actor, freeze_id: str, reason: str, now: datetime) -> None:
    """Lift a freeze window. Raises a `Refused`; then nothing changed."""
    with transaction() as session:
        brakes.lift(session, freeze_id, actor=actor, reason=reason, now=now)


def stop(actor: Actor, reason: str, now: datetime) -> str:
    """Stop all publishing; return which price windows would end meanwhile. Raises a `Refused`; nothing changed then."""
    with transaction() as session:
        brakes.stop(session, actor=actor, reason=reason, now=now)
        return brakes.ends_held_by_stop(session, now)


def resume(actor: Actor, reason: str, now: datetime) -> None:
    """Let publishing go on. Raises a `Refused`; then nothing changed."""
    with transaction() as session:
        brakes.resume(session, actor=actor, reason=reason, now=now)
