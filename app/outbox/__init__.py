"""The outbox: what this transaction says to streams (receivers unknown) and asks of the orchestrating process.

Publishing never talks to Redis. Rows written here are carried across by `workers.relay`.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import insert, text, update
from sqlmodel import Session, col

from app import bulk
from app.contracts.events import Event, dump
from app.contracts.streams import LIFECYCLE_STREAM, link_of, partition_of, price_stream
from app.outbox.records import OutboxEvent, OutboxJob
from app.protection import changes

_TAKE = text(
    "INSERT INTO stream_sequence (stream, n, link) VALUES (:stream, :k, '')"
    " ON CONFLICT (stream) DO UPDATE SET n = stream_sequence.n + :k RETURNING n, link"
)
_EVENT = ("stream", "seq", "event_id", "type", "correlation_id", "at", "payload", "link")
_LINK = text("UPDATE stream_sequence SET link = :link WHERE stream = :stream")


def take_turn(session: Session) -> None:
    """Wait until it is this transaction's turn to move proposals, set prices and announce them, and keep it.

    Prices in layers are set by one writer at a time: what one of them finds beneath a price, no other ends meanwhile.
    SQLite has one writer anyway.
    """
    if session.connection().dialect.name == "postgresql":
        last, link = session.connection().execute(_TAKE, {"stream": LIFECYCLE_STREAM, "k": 0}).one()
        if last == 0:  # perhaps the row was just made
            changes.note(session, "stream_sequence", (LIFECYCLE_STREAM,), {"n": last, "link": link})


class Written(NamedTuple):
    """An event in the words that travel, and the stream in which it does."""

    stream: str
    event: Event
    payload: str


def record_prices(session: Session, events: Iterable[tuple[str, Event]]) -> None:
    """Queue `(sku, event)` pairs on their SKUs' partitions, when it is this transaction's turn (no deadlock)."""
    record_written(session, written(events))


def written(events: Iterable[tuple[str, Event]]) -> list[Written]:
    """Write `(sku, event)` pairs out, for which nobody has to wait yet."""
    return [Written(price_stream(partition_of(sku)), event, dump(event)) for sku, event in events]


def record_written(session: Session, events: Iterable[Written]) -> None:
    """Queue events that were written out before, as `record_prices` does."""
    take_turn(session)
    _record(session, events)


def record_move(session: Session, event: Event) -> None:
    """Queue one event on the lifecycle stream."""
    _record(session, [Written(LIFECYCLE_STREAM, event, dump(event))])


def _record(session: Session, events: Iterable[Written]) -> None:
    """Queue events in order, each with the next dense sequence of its stream and its link."""
    placed: defaultdict[str, list[Written]] = defaultdict(list)
    for one in events:
        placed[one.stream].append(one)
    connection = session.connection()
    rows, links = [], []
    for stream, queued in sorted(placed.items()):
        last, link = connection.execute(_TAKE, {"stream": stream, "k": len(queued)}).one()
        for seq, (_, event, payload) in enumerate(queued, start=last - len(queued) + 1):
            link = link_of(link, seq, payload.encode())
            rows.append((stream, seq, event.id, event.type, event.correlation_id, event.occurred_at, payload, link))
        links.append({"stream": stream, "link": link})
        changes.note(session, "stream_sequence", (stream,), {"n": last, "link": link})
    if links:
        bulk.insert(connection, OutboxEvent, _EVENT, rows)
        connection.execute(_LINK, links)


def ask(session: Session, name: str, args: dict[str, str], now: datetime) -> None:
    """Ask the orchestrating process to run the job `name` once this transaction has committed."""
    session.add(OutboxJob(name=name, args=json.dumps(args), at=now))


def ask_each(session: Session, name: str, many: Sequence[dict[str, str]], now: datetime) -> None:
    """Ask for one job of the same name for each of many arguments, at one go."""
    if many:
        session.connection().execute(
            insert(OutboxJob), [{"name": name, "args": json.dumps(args), "at": now} for args in many]
        )


def send_again(session: Session, jobs: Sequence[int]) -> None:
    """Let jobs be sent as if they had never been: whoever had them in hand is no more. What is done stays done."""
    session.execute(update(OutboxJob).where(col(OutboxJob.id).in_(jobs)).values(sent_at=None))


def done(session: Session, job: int, now: datetime) -> bool:
    """Mark a job's effect as part of this transaction. Returns False if it had been done before."""
    row = session.get(OutboxJob, job, with_for_update=True)
    if row is None or row.done_at is not None:
        return False
    row.done_at = now
    session.add(row)
    return True
