"""What is commanded of the brakes: freeze windows, and the one switch that stops all publishing."""

import json
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter
from sqlmodel import Session

from app.identity.actor import Actor
from app.lifecycle.commands.keyed import once
from app.lifecycle.publishing import brakes
from app.lifecycle.publishing.brakes import Publishing


@dataclass(frozen=True, slots=True)
class Announced:
    """A freeze window that was just announced; `warning` says what it does not hold."""

    id: str
    starts: datetime
    ends: datetime
    reason: str
    made_by: str
    warning: str


_ANNOUNCED, _STANDING = TypeAdapter(Announced), TypeAdapter(Publishing)


def freeze(actor: Actor, *, starts: datetime, ends: datetime, reason: str, key: str, now: datetime) -> Announced:
    """Announce a freeze window. Raises a `Refused`; then nothing changed."""

    def frozen(session: Session) -> tuple[str, str]:
        made = brakes.freeze(session, starts=starts, ends=ends, actor=actor, reason=reason, now=now)
        not_held = brakes.not_held(session, starts, ends, now)
        said = Announced(made.id, made.starts, made.ends, made.reason, made.made_by, not_held)
        return made.id, _ANNOUNCED.dump_json(said).decode()

    body = json.dumps(["freeze", starts.isoformat(), ends.isoformat(), reason])
    return _ANNOUNCED.validate_json(once(actor, key, body, frozen, now))


def lift(actor: Actor, freeze_id: str, *, reason: str, key: str, now: datetime) -> str:
    """Lift a freeze window and return its id. Raises a `Refused`; then nothing changed."""

    def lifted(session: Session) -> tuple[str, str]:
        brakes.lift(session, freeze_id, actor=actor, reason=reason, now=now)
        return freeze_id, freeze_id

    return once(actor, key, json.dumps(["lift", freeze_id, reason]), lifted, now)


def stop(actor: Actor, *, reason: str, key: str, now: datetime) -> Publishing:
    """Stop all publishing and say what waits because of it. Raises a `Refused`; then nothing changed."""

    def stopped(session: Session) -> tuple[str, str]:
        made = brakes.stop(session, actor=actor, reason=reason, now=now)
        return made.id, _STANDING.dump_json(brakes.standing(session, now)).decode()

    return _STANDING.validate_json(once(actor, key, json.dumps(["stop", reason]), stopped, now))


def resume(actor: Actor, *, reason: str, key: str, now: datetime) -> Publishing:
    """Let publishing go on and say whether it does. Raises a `Refused`; then nothing changed."""

    def resumed(session: Session) -> tuple[str, str]:
        brakes.resume(session, actor=actor, reason=reason, now=now)
        session.flush()
        return brakes.CHAIN, _STANDING.dump_json(brakes.standing(session, now)).decode()

    return _STANDING.validate_json(once(actor, key, json.dumps(["resume", reason]), resumed, now))
