"""THE SEAM. Carries the outbox across: requests to the one process that orchestrates, events to streams for anybody.

The relay has no position of its own. What a stream holds last is the cursor, so an emptied Redis is refilled from the
outbox and a second relay does no harm; the lease only spares the double work. Streams hold what the outbox says, entry
by entry; what else is found in one is set aside, and the stream written anew.
"""

import json
import logging
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from time import monotonic, sleep
from typing import NamedTuple, Protocol

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import Connection, Engine, bindparam, text
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, col, select, update

from app import logs
from app.clock import utc_now
from app.config import settings
from app.contracts.streams import LIFECYCLE_STREAM, Tail
from app.database import engine, pulse
from app.outbox.records import KeptEntry, OutboxJob
from app.store_file import end_when_replaced
from app.words.counting import plural
from workers.belonging import Belonging, stand_behind
from workers.steady import Trouble
from workers.stopping import STOPPING, stop_on_signals
from workers.streams.appending import Entry
from workers.streams.carrying import Carrier
from workers.streams.leases import RENEW_SECONDS, Lease, process_name
from workers.streams.legible import legible

log = logging.getLogger("baton.relay")

LEASE = "px:relay:lease"
QUEUE = "orchestration"
JOBS = "workers.orchestration.jobs"
SEND_AGAIN_AFTER = timedelta(seconds=15)
LOOK_FOR_JOBS_SECONDS = 2.0
CHECK_STREAMS_SECONDS = 30.0
POLL_SQLITE_SECONDS, POLL_POSTGRES_SECONDS = 0.02, 0.05

_HEADS = text("SELECT stream, n, link FROM stream_sequence")
_EVENTS = text(
    "SELECT seq, payload, link FROM outbox_event WHERE stream = :stream AND seq > :after ORDER BY seq LIMIT :most"
)
_PULSE_OF_OUTBOX = text(
    "SELECT coalesce((SELECT sum(n) FROM stream_sequence), 0), coalesce((SELECT max(id) FROM outbox_job), 0)"
)


class Watch(Protocol):
    """Tells whether there may be something new in the outbox."""

    pause: float

    def moved(self) -> bool:
        """Whether anything was committed since the last call."""


class SqliteWatch:
    """`PRAGMA data_version` on a bare connection: microseconds, no transaction, no lock."""

    pause = POLL_SQLITE_SECONDS

    def __init__(self, path: str) -> None:
        self._cursor = sqlite3.connect(path, isolation_level=None, check_same_thread=False).cursor()
        self._version = -1

    def moved(self) -> bool:
        """Whether another connection committed since the last call."""
        before = self._version
        self._version = self._cursor.execute("PRAGMA data_version").fetchone()[0]
        return self._version != before


class PostgresWatch:
    """Reads the sequences' sum and the newest request."""

    pause = POLL_POSTGRES_SECONDS

    def __init__(self, source: Engine) -> None:
        self._engine = source
        self._seen: tuple[int, int] | None = None

    def moved(self) -> bool:
        """Whether the outbox grew since the last call."""
        before = self._seen
        with self._engine.connect().execution_options(read_only=True) as connection:
            total, newest = connection.execute(_PULSE_OF_OUTBOX).one()
        self._seen = (int(total), int(newest))
        return self._seen != before


class Request(NamedTuple):
    """A job asked for and not yet done."""

    id: int
    name: str
    args: str


class Outbox:
    """What the pricing store says to streams."""

    def __init__(self, source: Engine) -> None:
        self._engine = source

    def heads(self) -> dict[str, Tail]:
        """Return how far each stream goes, the lifecycle's own first: its news must not be overtaken."""
        with self._engine.connect().execution_options(read_only=True) as connection:
            heads = {stream: Tail(int(n), link) for stream, n, link in connection.execute(_HEADS)}
        return {stream: heads[stream] for stream in _lifecycle_first(heads)}

    def after(self, stream: str, seq: int, most: int) -> list[Entry]:
        """Return the events of a stream behind a sequence, in order."""
        with self._engine.connect().execution_options(read_only=True) as connection:
            rows = connection.execute(_EVENTS, {"stream": stream, "after": seq, "most": most}).all()
        return [Entry(found, payload.encode(), link) for found, payload, link in rows]

    def keep_foreign(self, stream: str, entries: Sequence[Entry], number: int) -> None:
        """Keep entries that nobody of ours wrote."""
        cause = f"One of {plural(number, 'entry', 'entries')} in {stream} that this installation did not write"
        with Session(self._engine) as session, session.begin():
            session.add_all(
                KeptEntry(
                    stream=stream,
                    entry=entry.id,
                    why="foreign",
                    cause=cause,
                    payload=legible(entry.payload),
                    at=utc_now(),
                )
                for entry in entries
            )
            pulse(session, "contexts")

    def meet_former_self(self, stream: str, entries: Sequence[Entry]) -> None:
        """Refuse: prices that this store does not know went out from it, so it was put back from an older copy."""
        first, last = entries[0].id, entries[-1].id
        stand_behind(
            self._engine,
            f"{stream} goes on with {plural(len(entries), 'event')} ({first} to {last}) that the pricing store does not"
            " know",
            utc_now(),
        )


class Relay(Carrier):
    """Carries from one pricing store to one Redis."""

    def __init__(self, source: Engine, client: Redis) -> None:
        super().__init__(Outbox(source), client)
        self._engine = source
        self._queue = Queue(QUEUE, connection=client, serializer=JSONSerializer)

    def send_requests(self, now: datetime) -> int:
        """Enqueue requests not yet sent, and those sent some while ago and still not done."""
        with self._engine.connect().execution_options(read_only=True) as connection:
            due = _requests(connection, now)
        for request in due:
            self._queue.enqueue_call(
                f"{JOBS}.{request.name}",
                kwargs={**json.loads(request.args), "job": request.id},
                timeout=900,
                result_ttl=60,
                failure_ttl=86_400,
            )
        if due:
            _mark_sent(self._engine, [request.id for request in due], now)
        return len(due)

    def mend(self) -> None:
        """Compare the streams with the outbox and write anew what differs; then ask them all where they stand."""
        self.check()
        self.forget()


def run() -> None:
    """Carry until SIGTERM or SIGINT. Outlasts a stopped Redis and a busy database."""
    logs.begin("relay")
    stop_on_signals()
    end_when_replaced()
    belonging = Belonging(engine(), settings().redis_url)
    client = belonging.connect()
    lease = Lease(client, LEASE, process_name("relay"))
    trouble = Trouble("Relay")
    while not STOPPING.is_set():
        try:
            _keep_carrying(Relay(engine(), client), lease, _watch(engine()), trouble, lambda: belonging.refuse(client))
        except (RedisError, OperationalError, sqlite3.OperationalError) as error:
            trouble.met(error)
    try:
        lease.let_go()
    except RedisError as error:
        log.debug("the lease runs out by itself: %s", error)


def _keep_carrying(
    relay: Relay, lease: Lease, watch: Watch, trouble: Trouble, ask_whose: Callable[[], None] = lambda: None
) -> None:
    """Poll the watch; carry when it moved. An error ends this, and a fresh relay begins by asking Redis whose it is."""
    held, renewed, looked, mended = False, 0.0, 0.0, monotonic()
    while not STOPPING.is_set():
        now = monotonic()
        due = watch.moved()
        if now - renewed > RENEW_SECONDS:
            ask_whose()
            had, held, renewed = held, lease.hold(), now
            if held and (lease.taken_afresh or not had):
                relay.forget()
                due = True
        if held and due:
            relay.carry()
        if held and (due or now - looked > LOOK_FOR_JOBS_SECONDS):
            relay.send_requests(utc_now())
            looked = now
        if held and (now - mended > CHECK_STREAMS_SECONDS or (renewed == now and relay.complaints())):
            relay.mend()
            relay.carry()
            mended = now
        trouble.over()
        sleep(watch.pause)


def _watch(source: Engine) -> Watch:
    return SqliteWatch(str(source.url.database)) if source.dialect.name == "sqlite" else PostgresWatch(source)


def _lifecycle_first(streams: Iterable[str]) -> list[str]:
    return sorted(streams, key=lambda stream: (stream != LIFECYCLE_STREAM, stream))


def _requests(connection: Connection, now: datetime) -> Sequence[Request]:
    long_ago = now - SEND_AGAIN_AFTER
    rows = connection.execute(
        select(col(OutboxJob.id), col(OutboxJob.name), col(OutboxJob.args))
        .where(col(OutboxJob.done_at).is_(None), col(OutboxJob.sent_at).is_(None) | (col(OutboxJob.sent_at) < long_ago))
        .order_by(col(OutboxJob.id))
        .limit(200)
    )
    return [Request(int(row[0] or 0), row[1], row[2]) for row in rows]


def _mark_sent(source: Engine, ids: Sequence[int], now: datetime) -> None:
    with source.begin() as connection:
        connection.execute(
            update(OutboxJob).where(col(OutboxJob.id).in_(bindparam("ids", expanding=True))).values(sent_at=now),
            {"ids": list(ids)},
        )
