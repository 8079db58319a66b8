"""How a person read files of a layout before, so that the same columns need not be chosen twice."""

import json
from dataclasses import asdict, replace
from datetime import datetime

from sqlmodel import Session

from app.identity.actor import Actor
from app.intake.given import NOTHING, Given
from app.intake.price_file import TableReading
from app.intake.records import RememberedReading


def recall(session: Session, person: Actor, layout: str) -> Given | None:
    """Return what a person chose for a layout, or None."""
    found = session.get(RememberedReading, (person.id, layout))
    return Given(**json.loads(found.given)) if found else None


def remember(session: Session, person: Actor, reading: TableReading, given: Given, now: datetime) -> None:
    """Remember what a person chose where a layout leaves it open; what it says, it says again the next time."""
    chose = given.sku is not None or given.price is not None or given.change is not None or given.decimal
    if not reading.layout or not (chose or given.currency is not None) or not reading.said:
        return
    chosen = {name: getattr(reading, name) for name in reading.said if name != "currency"}
    if "currency" in reading.said:
        chosen["currency"] = reading.currencies[0]
    kept = replace(recall(session, person, reading.layout) or NOTHING, **chosen)
    written = json.dumps({name: value for name, value in asdict(kept).items() if value not in ("", None)})
    session.merge(RememberedReading(user_id=person.id, layout=reading.layout, given=written, at=now))
