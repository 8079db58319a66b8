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
from time import monotonic
from typing import NamedTuple, Protocol

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import Connection, Engine, bindparam, text
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, col, select, update

from app.clock import utc_now
from app.config import settings
from app.contracts.streams import LIFECYCLE_STREAM, Tail
from app.database import engine, pulse
from app.outbox.records import KeptEntry, OutboxJob
from app.words.counting import plural
from workers.loop import Outage, SoleLease, begin, until_stopped
from workers.ownership import RedisOwnership, heads_of, stand_behind
from workers.streams.carrier import Carrier
from workers.streams.entries import StreamEntry
from workers.streams.legible import legible

log = logging.getLogger("baton.relay")

LEASE = "px:relay:lease"
QUEUE = "orchestration"
JOBS = "workers.orchestration.jobs"
SEND_AGAIN_AFTER = timedelta(seconds=15)
LOOK_FOR_JOBS_SECONDS = 2.0
CHECK_STREAMS_SECONDS = 30.0
POLL_SQLITE_SECONDS, POLL_POSTGRES_SECONDS = 0.02, 0.05

_EVENTS = text(
    "SELECT seq, payload, link FROM outbox_event WHERE stream = :stream AND seq > :after ORDER BY seq LIMIT :most"
)
_PULSE_OF_OUTBOX = text(
    "SELECT coalesce((SELECT sum(n) FROM stream_sequence), 0), coalesce((SELECT max(id) FROM outbox_job), 0)"
)


class OutboxWatch(Protocol):
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
        connection = self._engine.connect().execution_options(read_only=True)
        with connection, Session(connection) as session:
            heads = heads_of(session)
        return {stream: heads[stream] for stream in _lifecycle_first(heads)}

    def after(self, stream: str, seq: int, most: int) -> list[StreamEntry]:
        """Return the events of a stream behind a sequence, in order."""
        with self._engine.connect().execution_options(read_only=True) as connection:
            rows = connection.execute(_EVENTS, {"stream": stream, "after": seq, "most": most}).all()
        return [StreamEntry(found, payload.encode(), link) for found, payload, link in rows]

    def keep_foreign(self, stream: str, entries: Sequence[StreamEntry], number: int) -> None:
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

    def meet_former_self(self, stream: str, entries: Sequence[StreamEntry]) -> None:
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


class RelayTurns:
    """The relay's turns: look whether anything moved, and carry if it did, as the one relay that holds the lease.

    After an error everything is asked anew: a fresh relay begins by asking Redis whose it is, and where it stands.
    """

    def __init__(self, source: Engine, client: Redis, ask_whose: Callable[[], None]) -> None:
        self.lease = SoleLease(client, LEASE, "relay")
        self._source = source
        self._client = client
        self._ask_whose = ask_whose
        self._at_work: _AtWork | None = None

    def take(self) -> float:
        """Do what is due; return how long to wait before the next look."""
        at_work = self._at_work = self._at_work or _AtWork(Relay(self._source, self._client), _watch(self._source))
        try:
            self._carry(at_work)
        except Exception:
            self._at_work = None
            self.lease.forget()
            raise
        return at_work.watch.pause

    def _carry(self, at_work: "_AtWork") -> None:
        due, renewed = at_work.watch.moved(), self.lease.is_due()
        if renewed:
            self._ask_whose()
            if self.lease.renew():
                at_work.relay.forget()
                due = True
        if self.lease.held:
            at_work.carry(due)
            at_work.mend(renewed)


class _AtWork:
    """A relay and its watch on the outbox, from one error to the next."""

    def __init__(self, relay: Relay, watch: OutboxWatch) -> None:
        self.relay = relay
        self.watch = watch
        self._looked = 0.0
        self._mended = monotonic()

    def carry(self, due: bool) -> None:
        """Carry what is there, if anything is, and send requests; those not done are looked for now and then."""
        if due:
            self.relay.carry()
        if due or monotonic() - self._looked > LOOK_FOR_JOBS_SECONDS:
            self._looked = monotonic()
            self.relay.send_requests(utc_now())

    def mend(self, may_complain: bool) -> None:
        """Compare streams with the outbox, now and then, and when somebody could not read on from one."""
        if monotonic() - self._mended > CHECK_STREAMS_SECONDS or (may_complain and self.relay.complaints()):
            self.relay.mend()
            self.relay.carry()
            self._mended = monotonic()


def run() -> None:
    """Carry until SIGTERM or SIGINT. Outlasts a stopped Redis and a busy database."""
    begin("relay")
    ownership = RedisOwnership(engine(), settings().redis_url)
    client = ownership.connect()
    turns = RelayTurns(engine(), client, lambda: ownership.refuse(client))
    until_stopped(turns.take, Outage("Relay", RedisError, OperationalError, sqlite3.OperationalError))
    turns.lease.let_go()


def _watch(source: Engine) -> OutboxWatch:
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
