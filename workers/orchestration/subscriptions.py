"""Who does what about the events in the streams: the tracker projects every one, and to these here somebody reacts.

All of it happens in the transaction that moves the reading positions, so nothing is projected, or reacted to, twice.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlmodel import Session

from app.contracts.events import Event, PriceChangeRollbackRequested, PricesReverted, ProposalMoved
from app.contracts.streams import BEGINNING, LIFECYCLE_STREAM, Tail
from app.database import committed, reading, transaction
from app.lifecycle.table import moves
from workers.orchestration import projecting, rollbacks
from workers.orchestration.projecting import NotAnEvent
from workers.orchestration.reaction import Reaction, Subscription
from workers.orchestration.strangers import without_strangers
from workers.streams.entries import StreamEntry

SUBSCRIPTIONS: tuple[Subscription, ...] = (
    Reaction(PriceChangeRollbackRequested, before=rollbacks.stop_going_out, at_once=rollbacks.roll_back),
    Reaction(ProposalMoved, when=rollbacks.begins, in_the_end=rollbacks.confirm),
    Reaction(PricesReverted, in_the_end=rollbacks.confirm),
)

log = logging.getLogger("baton.tracker")

_STORE_TROUBLE = (OperationalError, InterfaceError)


def take_in(batches: Mapping[str, Sequence[StreamEntry]], known: Mapping[str, Tail], now: datetime) -> None:
    """Take in entries of several streams, the lifecycle's first. Raises `Overtaken` if somebody else did meanwhile."""
    with reading() as session:
        heard = {stream: without_strangers(session, projecting.read(batches[stream])) for stream in batches}
    events = [event for found in heard.values() for _, event in found if not isinstance(event, NotAnEvent)]
    for to, event in _concerned(events):
        to.prepare(event, now)

    def taken(session: Session) -> None:
        moves.families(session, {event.correlation_id for _, event in _concerned(events)})
        for stream in sorted(batches, key=lambda name: (name != LIFECYCLE_STREAM, name)):
            for entry, event in heard[stream]:
                _take_or_keep(session, stream, entry, event, now)
            projecting.advance(session, stream, known.get(stream, BEGINNING), batches[stream][-1].tail)
        _conclude(session, events, now)

    committed(taken)


def take_in_kept(now: datetime) -> int:
    """Try again what could not be taken in before, for a newer version may know it; return how much it now does."""
    done = 0
    for row in projecting.kept():
        event = projecting.event_of(row.payload)
        if isinstance(event, NotAnEvent):
            continue
        with transaction() as session:
            if not _take(session, event, now):
                session.merge(row).done_at = now
                done += 1
                _conclude(session, [event], now)
    return done


def _take_or_keep(session: Session, stream: str, entry: StreamEntry, event: Event | NotAnEvent, now: datetime) -> None:
    if isinstance(event, NotAnEvent):
        projecting.keep(session, stream, entry, why="unreadable", cause=event.why, now=now)
    elif failure := _take(session, event, now):
        projecting.keep(session, stream, entry, why="failed", cause=failure, now=now)


def _take(session: Session, event: Event, now: datetime) -> str:
    """Project an event, then react to it; return what went wrong, if anything did."""
    failure = _alone(session, event, lambda: projecting.project(session, event))
    for to, _ in _concerned([event]):
        failure = failure or _alone(session, event, partial(to.react, session, event, now))
    return failure


def _conclude(session: Session, events: Sequence[Event], now: datetime) -> None:
    ends = {(event.correlation_id, to.in_the_end) for to, event in _concerned(events) if to.in_the_end}
    for proposal_id, conclude in sorted(ends, key=lambda end: end[0]):
        conclude(session, proposal_id, now)


def _concerned(events: Iterable[Event]) -> Iterable[tuple[Subscription, Event]]:
    return [(to, event) for event in events for to in SUBSCRIPTIONS if to.concerns(event)]


def _alone(session: Session, event: Event, act: Callable[[], None]) -> str:
    """Act within a savepoint: an event that cannot be taken in is reported and must not stop all that follow."""
    try:
        with session.begin_nested():
            act()
    except _STORE_TROUBLE:
        raise
    except Exception as error:
        log.exception("event %s (%s) could not be taken in", event.id, event.type)
        return f"{type(error).__name__}: {error}"
    return ""
