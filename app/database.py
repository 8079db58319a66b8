"""Engines and transactions. In the app `transaction()` alone commits the pricing store.

What a process of the workers writes there by itself, on the engine that it was given, is no proposal and no price:
which jobs were sent, entries that were set aside, alarms about a Redis.
"""

import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from time import monotonic, thread_time
from typing import TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection
from sqlmodel import Session
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random

from app.config import settings
from app.protection.changes import ProtectedSession
from app.store_file import NoStore, StoreFile
from app.writer_queue import WriterQueue

log = logging.getLogger("baton.store")
T = TypeVar("T")

SQLITE_BUSY_MS = 10_000
"""So long a writer waits once its turn has come; for the turn itself, `app.writer_queue.PATIENCE_SECONDS`."""
TRIES = 5
"""So often a command is carried out from its beginning before it is told that others were faster every time."""
_DEADLOCK, _SERIALIZATION, _UNIQUE, _DISK_FULL = "40P01", "40001", "23505", "53100"
_PULSING = "pulsing"
_TURN = "turn"
DURABLE = "FULL"
"""SQLite's `synchronous` for a store whose last commit must survive a power cut."""
CONNECT_SECONDS = 3
HELD_MS = 250
"""No command of anybody keeps the store longer; what is larger goes in steps (`app.lifecycle.publishing.effects`)."""


def open_engine(url: str | URL, *, durable: bool = True, first: Callable[[str], None] = lambda _: None) -> Engine:
    """Open a store by its URL: SQLite in WAL mode, or PostgreSQL through psycopg.

    On SQLite a writing transaction waits for its turn (`app.writer_queue`) and begins IMMEDIATE, so that it never fails
    half-way; a connection with the execution option `read_only` begins DEFERRED and never holds the write lock.
    `durable=False` trades the last commits before a power cut for speed (a read model can be rebuilt). `first` may
    refuse a SQLite file, by raising, whenever it is about to be opened.
    """
    target = make_url(url)
    if target.get_backend_name() == "postgresql":
        return create_engine(target.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
    (path,), given = target.get_dialect()().create_connect_args(target)
    options = {**given, "check_same_thread": False}
    file = StoreFile(path)

    def _opened() -> sqlite3.Connection:
        file.refuse_replaced()
        first(file.path)
        opened: sqlite3.Connection = sqlite3.connect(path, **options)
        return opened

    engine = create_engine(target, creator=_opened, pool_size=10, max_overflow=20)
    synchronous = DURABLE if durable else "NORMAL"
    _refuse_a_replaced_file(engine, file)

    @event.listens_for(engine, "connect")
    def _prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # SQLAlchemy, not sqlite3, begins transactions
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout={SQLITE_BUSY_MS}",
            "journal_mode=WAL",
            f"synchronous={synchronous}",
            "foreign_keys=ON",
            "temp_store=MEMORY",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    queue = WriterQueue(file.path)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        reads = connection.get_execution_options().get("read_only", False)
        if not reads and _TURN not in connection.info:
            connection.info[_TURN] = queue.turn()
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    @event.listens_for(engine, "checkin")
    def _give_back(_: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
        if turn := entry.info.pop(_TURN, None):
            turn.give_back()

    return engine


def patient(url: URL) -> URL:
    """Return the URL of a store for which nobody waits long while its server is away."""
    if url.get_backend_name() == "postgresql" and "connect_timeout" not in url.query:
        return url.update_query_dict({"connect_timeout": str(CONNECT_SECONDS)})
    return url


def _refuse_a_replaced_file(target: Engine, file: StoreFile) -> None:
    """Look in every connection, transaction and commit whether the file is still the one that was opened."""

    @event.listens_for(target, "connect")
    def _remember(*_: object) -> None:
        file.opened()
        file.refuse_replaced()

    @event.listens_for(target, "begin")
    @event.listens_for(target, "commit")
    def _look_again(_: Connection) -> None:
        file.refuse_replaced()


def watch_the_holding(target: Engine) -> None:
    """Say so in the log when a writer keeps a store longer than `HELD_MS`: everybody else waits for it meanwhile.

    Whoever has a store before anything else runs says `nobody_waits` as an execution option.
    """

    @event.listens_for(target, "begin")
    def _taken(connection: Connection) -> None:
        options = connection.get_execution_options()
        unwatched = options.get("read_only") or options.get("nobody_waits")
        connection.info["held_since"] = None if unwatched else (monotonic(), thread_time())

    @event.listens_for(target, "commit")
    @event.listens_for(target, "rollback")
    def _given_back(connection: Connection) -> None:
        since = connection.info.pop("held_since", None)
        if since is None:
            return
        held_ms, worked_ms = (monotonic() - since[0]) * 1000, (thread_time() - since[1]) * 1000
        if held_ms > HELD_MS:
            log.warning(
                "the pricing store was held for %.0f ms (%.0f ms of work), %d are promised", held_ms, worked_ms, HELD_MS
            )


@cache
def engine() -> Engine:
    """Return the pricing store's engine, opened on first use (workers fork before that)."""
    opened = open_engine(settings().pricing_url(), first=_refuse_none)
    watch_the_holding(opened)
    return opened


def _refuse_none(path: str) -> None:
    """Refuse where there is no file: SQLite would make an empty one, which looks like a store to whoever comes next."""
    if not Path(path).exists():
        raise NoStore(Path(path))


@contextmanager
def transaction() -> Iterator[Session]:
    """Open a writing session on the pricing store; commit on leaving, roll back on any error.

    In which order it may lock what is stands in `docs/decisions/0015-one-order-of-locks.md`.
    """
    with ProtectedSession(engine(), expire_on_commit=False) as session, session.begin():
        yield session
        session.flush()
        _beat(session)


def committed(do: Callable[[Session], T]) -> T:
    """Do something in a transaction of its own, commit it, and return its answer.

    Two writers on PostgreSQL may meet where no order of locks can help: what lost such a race has changed nothing and
    is done again from its beginning, at most `TRIES` times. Then the database's own error is raised.
    """
    again = Retrying(
        retry=retry_if_exception(lost_a_race), stop=stop_after_attempt(TRIES), wait=wait_random(0, 0.05), reraise=True
    )
    answer: T = again(_carried_out, do)
    return answer


def _carried_out(do: Callable[[Session], T]) -> T:
    with transaction() as session:
        return do(session)


def lost_a_race(error: BaseException) -> bool:
    """Tell whether PostgreSQL refused a transaction only because of what another one did at the same moment."""
    state = getattr(error.orig, "sqlstate", None) if isinstance(error, DBAPIError) else None
    return state in (_DEADLOCK, _SERIALIZATION, _UNIQUE)


def is_full(error: DBAPIError) -> bool:
    """Tell whether a store refused a write because its disk is full."""
    return getattr(error.orig, "sqlstate", None) == _DISK_FULL or "disk is full" in str(error.orig)


def alone(session: Session, name: str) -> None:
    """Wait until nobody else is at what goes by this name, and keep others from it until this transaction ends.

    For what has no row of its own that could be locked. SQLite has one writer, who is always alone.
    """
    lock_name(session.connection(), name)


def in_company(session: Session, name: str) -> None:
    """Wait until nobody is `alone` at this name, and keep it so; others in company do not wait for each other."""
    if session.connection().dialect.name == "postgresql":
        session.connection().execute(_IN_COMPANY, {"name": name})


def lock_name(connection: Connection, name: str) -> None:
    """Do what `alone` does, on a bare connection."""
    if connection.dialect.name == "postgresql":
        connection.execute(_ALONE, {"name": name})


_ALONE = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
_IN_COMPANY = text("SELECT pg_advisory_xact_lock_shared(hashtextextended(:name, 0))")


@contextmanager
def reading() -> Iterator[Session]:
    """Open a session that reads one consistent state of the pricing store and never writes."""
    store = engine()
    one_state = {"isolation_level": "REPEATABLE READ"} if store.dialect.name == "postgresql" else {}
    connection = store.connect().execution_options(read_only=True, **one_state)
    with connection, Session(connection, expire_on_commit=False) as session:
        yield session


def pulse(session: Session, *topics: str) -> None:
    """Say that something visible under `topics` changes with this transaction (see `Pulses`).

    Everybody pulses, so it is written last, and in one order: no writer waits for another one's pulse for long.
    """
    session.info.setdefault(_PULSING, set()).update(topics)


def pulsing(session: Session, topic: str) -> bool:
    """Tell whether this transaction has said that something changes under a topic, which nobody sees yet."""
    return topic in session.info.get(_PULSING, ())


def _beat(session: Session) -> None:
    for topic in sorted(session.info.pop(_PULSING, ())):
        session.connection().execute(_PULSE, {"topic": topic})


_PULSE = text("INSERT INTO pulse (topic, n) VALUES (:topic, 1) ON CONFLICT (topic) DO UPDATE SET n = pulse.n + 1")


class Pulses:
    """Watches the pricing store for visible changes on behalf of one process.

    On SQLite a `PRAGMA data_version` (microseconds) tells whether anybody committed at all; only then, and always
    on PostgreSQL, is the small `pulse` table read.
    """

    def __init__(self, source: Engine) -> None:
        self._engine = source
        self._connection: PoolProxiedConnection | None = None
        self._version = -1
        self._seen: dict[str, int] = {}

    def changed(self) -> set[str]:
        """Return the topics that changed since the last call (the first call returns none)."""
        first = self._version < 0
        if not self._somebody_committed():
            return set()
        with self._engine.connect().execution_options(read_only=True) as connection:
            now: dict[str, int] = dict(iter(connection.execute(text("SELECT topic, n FROM pulse"))))
        changed = {topic for topic, n in now.items() if self._seen.get(topic) != n}
        self._seen = now
        return set() if first else changed

    def close(self) -> None:
        """Give the watching connection back."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _somebody_committed(self) -> bool:
        if self._engine.dialect.name != "sqlite":
            self._version = 0
            return True
        if self._connection is None:
            self._connection = self._engine.raw_connection()  # bare: a transaction would pin what it sees
        cursor = self._connection.cursor()
        cursor.execute("PRAGMA data_version")
        version: int = next(iter(cursor.fetchall()))[0]
        cursor.close()
        moved: bool = version != self._version
        self._version = version
        return moved
