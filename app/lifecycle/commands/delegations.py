"""What is commanded of lent rights: lend one's own right to decide, and take it back."""

import json
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter
from sqlmodel import Session

from app.identity.actor import Actor
from app.lifecycle.commands.keyed import once
from app.lifecycle.deciding import delegations


@dataclass(frozen=True, slots=True)
class Lent:
    """A right to decide that was lent: by whom and to whom (names), and for how long."""

    id: str
    lender: str
    borrower: str
    starts: datetime
    ends: datetime


_LENT = TypeAdapter(Lent)


def delegate(actor: Actor, *, to: str, starts: datetime, ends: datetime, key: str, now: datetime) -> Lent:
    """Lend one's own right to decide to somebody, by their id. Raises a `Refused`; then nothing changed."""

    def lent(session: Session) -> tuple[str, str]:
        made = delegations.delegate(session, lender=actor, borrower_id=to, starts=starts, ends=ends, now=now)
        session.flush()
        ((row, lender, borrower),) = (
            found for found in delegations.of_person(session, actor.id, now) if found[0].id == made.id
        )
        return made.id, _LENT.dump_json(Lent(row.id, lender, borrower, row.starts, row.ends)).decode()

    body = json.dumps(["delegate", to, starts.isoformat(), ends.isoformat()])
    return _LENT.validate_json(once(actor, key, body, lent, now))


def end_delegation(actor: Actor, delegation_id: str, *, key: str, now: datetime) -> str:
    """Take back what one lent, at once, and return its id. Raises a `Refused`; then nothing changed."""

    def ended(session: Session) -> tuple[str, str]:
        delegations.end(session, delegation_id, actor=actor, now=now)
        return delegation_id, delegation_id

    return once(actor, key, json.dumps(["end-delegation", delegation_id]), ended, now)
