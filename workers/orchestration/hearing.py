"""The tracker's one transaction: project what was heard, answer what asks for an answer, move the reading position."""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from pydantic import ValidationError
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlmodel import Session, col, insert, select, update

from app.contracts.events import (
    Event,
    PriceChangeRollbackRequested,
    PricesReverted,
    ProposalMoved,
    parse,
)
from app.contracts.streams import LIFECYCLE_STREAM
from app.database import reading, transaction
from app.deliveries import projection, queries
from app.deliveries.records import Heard
from app.identity.actor import Actor
from app.lifecycle import actions, restoring
from app.lifecycle.errors import Refused
from workers.orchestration.strangers import without_strangers
from workers.streams.appending import Entry

log = logging.getLogger("baton.tracker")

_STORE_TROUBLE = (OperationalError, InterfaceError)


class Overtaken(Exception):
    """Another tracker moved a reading position: what this one was about to write must not be written."""


def positions() -> dict[str, int]:
    """Return how far each stream was heard."""
    with reading() as session:
        return {row.stream: row.seq for row in session.exec(select(Heard))}


def take_in(batches: Mapping[str, Sequence[Entry]], known: Mapping[str, int], now: datetime) -> None:
    """Take in entries of several streams, the lifecycle's first. Raises `Overtaken` if somebody else did meanwhile."""
    heard = {stream: _events(stream, entries) for stream, entries in batches.items()}
    with reading() as session:
        heard = {stream: without_strangers(session, events) for stream, events in heard.items()}
        for event in (event for events in heard.values() for event in events):
            if isinstance(event, PriceChangeRollbackRequested):
                restoring.look_ahead(session, event.correlation_id, now)
    with transaction() as session:
        touched: set[str] = set()
        for stream in sorted(batches, key=lambda name: (name != LIFECYCLE_STREAM, name)):
            for event in heard[stream]:
                _alone(session, event, lambda event=event: projection.hear(session, event))  # type: ignore[misc]
                _answer(session, event, now)
                touched |= _undo_of(event)
            _advance(session, stream, known.get(stream, 0), batches[stream][-1].seq)
        for proposal_id in sorted(touched):
            if queries.undo_complete(session, proposal_id):
                actions.confirm_rolled_back(session, proposal_id, now=now)


def _events(stream: str, entries: Sequence[Entry]) -> list[Event]:
    found: list[Event] = []
    for entry in entries:
        try:
            found.append(parse(entry.payload))
        except ValidationError as error:
            log.error("%s: entry %d is no event of ours and is passed over: %s", stream, entry.seq, error)
    return found


def _answer(session: Session, event: Event, now: datetime) -> None:
    """A context's wish to take a repricing back is answered by the lifecycle; its refusal is an answer too."""
    if not isinstance(event, PriceChangeRollbackRequested):
        return
    actor, reason = Actor.context(event.context), f"{event.sku}: {event.cause}"
    try:
        _alone(
            session,
            event,
            lambda: actions.roll_back(session, event.correlation_id, actor=actor, reason=reason, now=now),
        )
    except Refused as refusal:
        log.info("%s asked to roll back %s: %s", event.context, event.correlation_id, refusal.detail)


def _alone(session: Session, event: Event, act: Callable[[], object]) -> None:
    """Act within a savepoint: an event that cannot be projected is reported and must not stop all that follow."""
    try:
        with session.begin_nested():
            act()
    except (Refused, *_STORE_TROUBLE):
        raise
    except Exception:
        log.exception("event %s (%s) could not be taken in", event.id, event.type)


def _undo_of(event: Event) -> set[str]:
    """Return the proposal whose undo may be complete now. Either announcement may come last."""
    undone = isinstance(event, PricesReverted) or (isinstance(event, ProposalMoved) and event.target == "ROLLING_BACK")
    return {event.correlation_id} if undone else set()


def _advance(session: Session, stream: str, old: int, new: int) -> None:
    connection = session.connection()
    if old == 0 and session.get(Heard, stream) is None:
        connection.execute(insert(Heard).values(stream=stream, seq=new))
        return
    moved = connection.execute(update(Heard).where(col(Heard.stream) == stream, col(Heard.seq) == old).values(seq=new))
    if moved.rowcount != 1:
        raise Overtaken(stream)
