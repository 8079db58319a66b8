"""The tracker's side of what is heard: it projects events and moves its reading positions. It observes, and no more.

Nothing here asks for anything to be done; who reacts to what was heard stands in `subscriptions`.
"""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from pydantic import ValidationError
from sqlmodel import Session, col, insert, select, update

from app.contracts.events import Event, parse
from app.contracts.streams import BEGINNING, Tail
from app.database import reading, transaction
from app.deliveries import projection
from app.deliveries.records import HeardStream
from app.outbox.records import KeptEntry
from workers.streams.entries import StreamEntry
from workers.streams.legible import WHOLE, legible

log = logging.getLogger("baton.tracker")

KEPT_AT_ONCE = 1_000


class Overtaken(Exception):
    """Another tracker moved a reading position: what this one was about to write must not be written."""


class NotAnEvent(NamedTuple):
    """An entry that is no event that we know: kept until a version comes that does, or a person has seen it."""

    why: str


def read(entries: Sequence[StreamEntry]) -> list[tuple[StreamEntry, Event | NotAnEvent]]:
    """Return entries with the events that they are."""
    return [(entry, event_of(entry.payload)) for entry in entries]


def event_of(payload: str | bytes) -> Event | NotAnEvent:
    """Return the event that lies in a stream so."""
    try:
        return parse(payload)
    except ValidationError as error:
        return NotAnEvent(str(error))


def project(session: Session, event: Event) -> None:
    """Project an event onto the tracker's read model."""
    projection.hear(session, event)


def keep(session: Session, stream: str, entry: StreamEntry, *, why: str, cause: str, now: datetime) -> None:
    """Keep an entry that could not be taken in, and pass over it."""
    log.error("%s: entry %s is kept and passed over, it cannot be taken in: %s", stream, entry.id, cause)
    payload, cause = legible(entry.payload, WHOLE), legible(cause)[:500]
    session.add(KeptEntry(stream=stream, entry=entry.id, why=why, cause=cause, payload=payload, at=now))


def kept() -> Sequence[KeptEntry]:
    """Return what could not be taken in before."""
    query = select(KeptEntry).where(col(KeptEntry.done_at).is_(None), col(KeptEntry.why) != "foreign")
    with reading() as session:
        return session.exec(query.order_by(col(KeptEntry.id)).limit(KEPT_AT_ONCE)).all()


def positions() -> dict[str, Tail]:
    """Return how far each stream was heard."""
    with reading() as session:
        return {row.stream: Tail(row.seq, row.link) for row in session.exec(select(HeardStream))}


def advance(session: Session, stream: str, old: Tail, new: Tail) -> None:
    """Move a reading position, in the transaction of what was heard. Raises `Overtaken` if somebody else did."""
    connection = session.connection()
    if old.seq == 0 and session.get(HeardStream, stream) is None:
        connection.execute(insert(HeardStream).values(stream=stream, seq=new.seq, link=new.link))
        return
    here = (col(HeardStream.stream) == stream, col(HeardStream.seq) == old.seq, col(HeardStream.link) == old.link)
    moved = connection.execute(update(HeardStream).where(*here).values(seq=new.seq, link=new.link))
    if moved.rowcount != 1:
        raise Overtaken(stream)


def start_anew(stream: str, heard: Tail) -> None:
    """Hear a stream from its beginning again. Raises `Overtaken` if somebody else moved on meanwhile."""
    with transaction() as session:
        advance(session, stream, heard, BEGINNING)
