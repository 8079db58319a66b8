"""The outbox: what this transaction says to streams (receivers unknown) and asks of the orchestrating process.

Publishing never talks to Redis. Rows written here are carried across by `workers.relay`.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby

from sqlalchemy import insert, text
from sqlmodel import Session

from app import bulk
from app.contracts.events import Event, dump
from app.contracts.streams import LIFECYCLE_STREAM, partition_of, price_stream
from app.outbox.records import OutboxEvent, OutboxJob

_TAKE = text(
    "INSERT INTO stream_sequence (stream, n) VALUES (:stream, :k)"
    " ON CONFLICT (stream) DO UPDATE SET n = stream_sequence.n + :k RETURNING n"
)

_EVENT = ("stream", "seq", "event_id", "type", "correlation_id", "at", "payload")


def record(session: Session, stream: str, events: Sequence[Event]) -> None:
    """Queue events for one stream, in order, each with the next dense sequence of that stream."""
    connection = session.connection()
    last = int(connection.execute(_TAKE, {"stream": stream, "k": len(events)}).scalar_one())
    first = last - len(events) + 1
    rows = [
        (stream, seq, event.id, event.type, event.correlation_id, event.occurred_at, dump(event))
        for seq, event in enumerate(events, start=first)
    ]
    bulk.insert(connection, OutboxEvent, _EVENT, rows)


def record_prices(session: Session, events: Iterable[tuple[str, Event]]) -> None:
    """Queue `(sku, event)` pairs on their SKUs' partitions. Partitions are taken in one fixed order (no deadlock)."""
    placed = sorted(((partition_of(sku), event) for sku, event in events), key=lambda pair: pair[0])
    for partition, group in groupby(placed, key=lambda pair: pair[0]):
        record(session, price_stream(partition), [event for _, event in group])


def record_move(session: Session, event: Event) -> None:
    """Queue one event on the lifecycle stream."""
    record(session, LIFECYCLE_STREAM, [event])


def ask(session: Session, name: str, args: dict[str, str], now: datetime) -> None:
    """Ask the orchestrating process to run the job `name` once this transaction has committed."""
    session.add(OutboxJob(name=name, args=json.dumps(args), at=now))


def ask_each(session: Session, name: str, many: Sequence[dict[str, str]], now: datetime) -> None:
    """Ask for one job of the same name for each of many arguments, at one go."""
    if many:
        session.connection().execute(
            insert(OutboxJob), [{"name": name, "args": json.dumps(args), "at": now} for args in many]
        )


def done(session: Session, job: int, now: datetime) -> bool:
    """Mark a job's effect as part of this transaction. Returns False if it had been done before."""
    row = session.get(OutboxJob, job, with_for_update=True)
    if row is None or row.done_at is not None:
        return False
    row.done_at = now
    session.add(row)
    return True
