"""The outbox: what this transaction says to streams (receivers unknown) and asks of the orchestrating process.

Publishing never talks to Redis. Rows written here are carried across by `workers.relay`.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby

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
        session.connection().execute(_TAKE, {"stream": LIFECYCLE_STREAM, "k": 0})


def record(session: Session, stream: str, events: Sequence[Event]) -> None:
    """Queue events for one stream, in order, each with the next dense sequence of that stream and its link."""
    connection = session.connection()
    last, link = connection.execute(_TAKE, {"stream": stream, "k": len(events)}).one()
    rows = []
    for seq, event in enumerate(events, start=last - len(events) + 1):
        payload = dump(event)
        link = link_of(link, seq, payload.encode())
        rows.append((stream, seq, event.id, event.type, event.correlation_id, event.occurred_at, payload, link))
    bulk.insert(connection, OutboxEvent, _EVENT, rows)
    connection.execute(_LINK, {"stream": stream, "link": link})
    changes.note(session, "stream_sequence", (stream,), {"n": last, "link": link})


def record_prices(session: Session, events: Iterable[tuple[str, Event]]) -> None:
    """Queue `(sku, event)` pairs on their SKUs' partitions, when it is this transaction's turn (no deadlock)."""
    take_turn(session)
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
