"""The outbox: what this transaction says to streams (receivers unknown) and asks of the orchestrating process.

Publishing never talks to Redis. Rows written here are carried across by `workers.relay`.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import insert, text, update
from sqlmodel import Session, col

from app import bulk
from app.contracts.events import Event, dump
from app.contracts.streams import LIFECYCLE_STREAM, link_of, partition_of, price_stream
from app.outbox.records import OutboxEvent, OutboxJob

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


def record(session: Session, events: Mapping[str, Sequence[Event]]) -> None:
    """Queue events for streams, in order, each with the next dense sequence of its stream and its link."""
    connection = session.connection()
    rows, links = [], []
    for stream, queued in sorted(events.items()):
        last, link = connection.execute(_TAKE, {"stream": stream, "k": len(queued)}).one()
        for seq, event in enumerate(queued, start=last - len(queued) + 1):
            payload = dump(event)
            link = link_of(link, seq, payload.encode())
            rows.append((stream, seq, event.id, event.type, event.correlation_id, event.occurred_at, payload, link))
        links.append({"stream": stream, "link": link})
    if links:
        bulk.insert(connection, OutboxEvent, _EVENT, rows)
        connection.execute(_LINK, links)


def record_prices(session: Session, events: Iterable[tuple[str, Event]]) -> None:
    """Queue `(sku, event)` pairs on their SKUs' partitions, when it is this transaction's turn (no deadlock)."""
    take_turn(session)
    placed: defaultdict[str, list[Event]] = defaultdict(list)
    for sku, event in events:
        placed[price_stream(partition_of(sku))].append(event)
    record(session, placed)


def record_move(session: Session, event: Event) -> None:
    """Queue one event on the lifecycle stream."""
    record(session, {LIFECYCLE_STREAM: [event]})


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
