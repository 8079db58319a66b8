"""The tracker's one transaction: project what was heard, answer what asks for an answer, move the reading position."""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple

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
from app.contracts.streams import BEGINNING, LIFECYCLE_STREAM, Tail
from app.database import committed, reading, transaction
from app.deliveries import projection, queries
from app.deliveries.records import Heard
from app.identity.actor import Actor
from app.lifecycle import actions, effects, moves, restoring
from app.lifecycle.errors import Refused
from app.outbox.records import KeptEntry
from workers.orchestration.strangers import without_strangers
from workers.streams.appending import Entry
from workers.streams.legible import WHOLE, legible

log = logging.getLogger("baton.tracker")

_STORE_TROUBLE = (OperationalError, InterfaceError)
KEPT_AT_ONCE = 1_000


class Overtaken(Exception):
    """Another tracker moved a reading position: what this one was about to write must not be written."""


class _Missing(NamedTuple):
    """An entry that is no event that we know: kept until a version comes that does, or a person has seen it."""

    why: str


def positions() -> dict[str, Tail]:
    """Return how far each stream was heard."""
    with reading() as session:
        return {row.stream: Tail(row.seq, row.link) for row in session.exec(select(Heard))}


def start_anew(stream: str, heard: Tail) -> None:
    """Hear a stream from its beginning again. Raises `Overtaken` if somebody else moved on meanwhile."""
    with transaction() as session:
        _advance(session, stream, heard, BEGINNING)


def take_in(batches: Mapping[str, Sequence[Entry]], known: Mapping[str, Tail], now: datetime) -> None:
    """Take in entries of several streams, the lifecycle's first. Raises `Overtaken` if somebody else did meanwhile."""
    heard = {stream: [(entry, _event(entry)) for entry in entries] for stream, entries in batches.items()}
    with reading() as session:
        heard = {stream: without_strangers(session, found) for stream, found in heard.items()}
    for _, event in (found for each in heard.values() for found in each):
        if isinstance(event, PriceChangeRollbackRequested):
            _prepare(event, now)

    def taken(session: Session) -> None:
        events = [event for found in heard.values() for _, event in found if not isinstance(event, _Missing)]
        touched = {proposal_id for event in events for proposal_id in _undo_of(event)}
        asked = {event.correlation_id for event in events if isinstance(event, PriceChangeRollbackRequested)}
        moves.families(session, touched | asked)
        for stream in sorted(batches, key=lambda name: (name != LIFECYCLE_STREAM, name)):
            for entry, event in heard[stream]:
                failure = event.why if isinstance(event, _Missing) else _take(session, event, now)
                if failure:
                    why = "unreadable" if isinstance(event, _Missing) else "failed"
                    _keep(session, stream, entry, why, failure, now)
            _advance(session, stream, known.get(stream, BEGINNING), batches[stream][-1].tail)
        for proposal_id in sorted(touched):
            _close(session, proposal_id, now)

    committed(taken)


def _prepare(event: PriceChangeRollbackRequested, now: datetime) -> None:
    """Let nothing more go out of what a context wants back, then judge what would come back, while only reading."""
    actor = Actor.context(event.context)
    with reading() as session:
        goes_out = effects.goes_out(session, event.correlation_id)
    if goes_out:
        committed(lambda session: actions.stop_going_out(session, event.correlation_id, actor=actor, now=now))
    with reading() as session:
        restoring.look_ahead(session, event.correlation_id, now)


def take_in_kept(now: datetime) -> int:
    """Try again what could not be taken in before, for a newer version may know it; return how much it now does."""
    with reading() as session:
        query = select(KeptEntry).where(col(KeptEntry.done_at).is_(None), col(KeptEntry.why) != "foreign")
        waiting = session.exec(query.order_by(col(KeptEntry.id)).limit(KEPT_AT_ONCE)).all()
    done = 0
    for row in waiting:
        event = _event(Entry(0, row.payload.encode()))
        if isinstance(event, _Missing):
            continue
        with transaction() as session:
            if not _take(session, event, now):
                session.merge(row).done_at = now
                done += 1
                for proposal_id in _undo_of(event):
                    _close(session, proposal_id, now)
    return done


def close_roll_backs(now: datetime) -> None:
    """Look at every roll-back that is not complete: a context may have been retired, or gone, since the last answer."""
    with reading() as session:
        complete = [
            repricing
            for repricing in queries.rolling_back(session)
            if queries.undo_complete(session, repricing, now=now) and actions.may_be_confirmed(session, repricing)
        ]
    for proposal_id in complete:
        committed(partial(_close, proposal_id=proposal_id, now=now))


def _close(session: Session, proposal_id: str, now: datetime) -> None:
    if queries.undo_complete(session, proposal_id, now=now):
        actions.confirm_rolled_back(session, proposal_id, now=now)


def _event(entry: Entry) -> Event | _Missing:
    try:
        return parse(entry.payload)
    except ValidationError as error:
        return _Missing(str(error))


def _keep(session: Session, stream: str, entry: Entry, why: str, cause: str, now: datetime) -> None:
    log.error("%s: entry %s is kept and passed over, it cannot be taken in: %s", stream, entry.id, cause)
    words, told = legible(entry.payload, WHOLE), legible(cause)[:500]
    session.add(KeptEntry(stream=stream, entry=entry.id, why=why, cause=told, payload=words, at=now))


def _take(session: Session, event: Event, now: datetime) -> str:
    """Project an event and answer it; return what went wrong, if anything did."""
    asked_again = isinstance(event, PriceChangeRollbackRequested) and queries.acknowledged(session, event)
    failure = _alone(session, event, lambda: projection.hear(session, event))
    if isinstance(event, PriceChangeRollbackRequested):
        if asked_again:
            log.error(
                "%s asks to take %s back for %s version %d, which it confirmed before: its store was put back from an"
                " older copy. The price stays; the line is parked there.",
                event.context,
                event.correlation_id,
                event.sku,
                event.version,
            )
        else:
            failure = failure or _answer(session, event, now)
    return failure


def _answer(session: Session, event: PriceChangeRollbackRequested, now: datetime) -> str:
    """A context's wish to take a repricing back is answered by the lifecycle; its refusal is an answer too."""
    actor, reason = Actor.context(event.context), f"{event.sku}: {event.cause}"
    try:
        return _alone(
            session,
            event,
            lambda: actions.roll_back(session, event.correlation_id, actor=actor, reason=reason, now=now),
        )
    except Refused as refusal:
        log.info("%s asked to roll back %s: %s", event.context, event.correlation_id, refusal.detail)
        return ""


def _alone(session: Session, event: Event, act: Callable[[], object]) -> str:
    """Act within a savepoint: an event that cannot be taken in is reported and must not stop all that follow."""
    try:
        with session.begin_nested():
            act()
    except (Refused, *_STORE_TROUBLE):
        raise
    except Exception as error:
        log.exception("event %s (%s) could not be taken in", event.id, event.type)
        return f"{type(error).__name__}: {error}"
    return ""


def _undo_of(event: Event) -> set[str]:
    """Return the proposal whose undo may be complete now. Either announcement may come last."""
    undone = isinstance(event, PricesReverted) or (isinstance(event, ProposalMoved) and event.target == "ROLLING_BACK")
    return {event.correlation_id} if undone else set()


def _advance(session: Session, stream: str, old: Tail, new: Tail) -> None:
    connection = session.connection()
    if old.seq == 0 and session.get(Heard, stream) is None:
        connection.execute(insert(Heard).values(stream=stream, seq=new.seq, link=new.link))
        return
    here = (col(Heard.stream) == stream, col(Heard.seq) == old.seq, col(Heard.link) == old.link)
    moved = connection.execute(update(Heard).where(*here).values(seq=new.seq, link=new.link))
    if moved.rowcount != 1:
        raise Overtaken(stream)
