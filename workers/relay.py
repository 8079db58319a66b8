"""THE SEAM. Carries the outbox across: requests to the one process that orchestrates, events to streams for anybody.

The relay has no position of its own. What a stream holds last is the cursor, so an emptied Redis is refilled from the
outbox and a second relay does no harm; the lease only spares the double work.
"""

import json
import logging
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from time import monotonic, sleep
from typing import NamedTuple, Protocol, cast

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import Connection, Engine, bindparam, text
from sqlalchemy.exc import OperationalError
from sqlmodel import col, select, update

from app.clock import utc_now
from app.config import settings
from app.contracts.streams import LIFECYCLE_STREAM
from app.database import engine
from app.outbox.records import OutboxJob
from app.store_file import end_when_replaced
from workers.belonging import Belonging
from workers.steady import Trouble
from workers.stopping import STOPPING, stop_on_signals
from workers.streams.appending import BATCH, Appender, Entry
from workers.streams.leases import RENEW_SECONDS, Lease, process_name

log = logging.getLogger("baton.relay")

LEASE = "px:relay:lease"
QUEUE = "orchestration"
JOBS = "workers.orchestration.jobs"
SEND_AGAIN_AFTER = timedelta(seconds=15)
LOOK_FOR_JOBS_SECONDS = 2.0
CHECK_STREAMS_SECONDS = 30.0
POLL_SQLITE_SECONDS, POLL_POSTGRES_SECONDS = 0.02, 0.05

_HEADS = text("SELECT stream, n FROM stream_sequence")
_EVENTS = text("SELECT seq, payload FROM outbox_event WHERE stream = :stream AND seq > :after ORDER BY seq LIMIT :most")
_FIRSTS = text("SELECT stream, min(seq) FROM outbox_event GROUP BY stream")
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


class Relay:
    """Carries from one pricing store to one Redis."""

    def __init__(self, source: Engine, client: Redis) -> None:
        self._engine = source
        self._client = client
        self._appender = Appender(client)
        self._queue = Queue(QUEUE, connection=client, serializer=JSONSerializer)
        self._cursors: dict[str, int] = {}

    def forget(self) -> None:
        """Ask the streams again where they stand: Redis may have lost some of them."""
        self._cursors.clear()

    def carry(self) -> int:
        """Carry everything that is due; return how many events that were."""
        carried = 0
        while step := self._carry_step():
            carried += step
        return carried

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
        """Rebuild streams that somebody trimmed: their entries are counted, and none may be missing."""
        with self._engine.connect().execution_options(read_only=True) as connection:
            firsts = {stream: int(seq) for stream, seq in connection.execute(_FIRSTS)}
        for stream, first in firsts.items():
            if self._has_holes(stream, first):
                log.error("%s has holes; it is rebuilt from the outbox", stream)
                self._client.delete(stream)
        self.forget()

    def _carry_step(self) -> int:
        """Append at most one batch to each stream, the lifecycle's own first: its news must not be overtaken."""
        with self._engine.connect().execution_options(read_only=True) as connection:
            heads = {stream: int(n) for stream, n in connection.execute(_HEADS)}
            due = [
                (stream, self._cursor(stream), entries)
                for stream in _lifecycle_first(heads)
                if heads[stream] > self._cursor(stream)
                and (entries := _events(connection, stream, self._cursor(stream)))
            ]
        if not due:
            return 0
        for (stream, _, __), last in zip(due, self._appender.append_each(due), strict=True):
            self._cursors[stream] = last
        return sum(len(entries) for _, __, entries in due)

    def _cursor(self, stream: str) -> int:
        if stream not in self._cursors:
            self._cursors[stream] = self._appender.last(stream)
        return self._cursors[stream]

    def _has_holes(self, stream: str, first: int) -> bool:
        last = self._appender.last(stream)
        return last > 0 and cast(int, self._client.xlen(stream)) < last - first + 1


def run() -> None:
    """Carry until SIGTERM or SIGINT. Outlasts a stopped Redis and a busy database."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
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
        if held and now - mended > CHECK_STREAMS_SECONDS:
            relay.mend()
            mended = now
        trouble.over()
        sleep(watch.pause)


def _watch(source: Engine) -> Watch:
    return SqliteWatch(str(source.url.database)) if source.dialect.name == "sqlite" else PostgresWatch(source)


def _lifecycle_first(streams: Iterable[str]) -> list[str]:
    return sorted(streams, key=lambda stream: (stream != LIFECYCLE_STREAM, stream))


def _events(connection: Connection, stream: str, after: int) -> list[Entry]:
    rows = connection.execute(_EVENTS, {"stream": stream, "after": after, "most": BATCH})
    return [Entry(seq, payload.encode()) for seq, payload in rows]


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
