"""A context's voice: carries what its store says to its said stream."""

import logging
from threading import Event

from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import Engine

from app.contracts.streams import said_stream
from workers.streams import store
from workers.streams.appending import BATCH, Appender

log = logging.getLogger("baton.streams")


class Voice:
    """Appends the said table to the said stream. Several workers may: the stream takes each entry once."""

    def __init__(self, client: Redis, engine: Engine, context: str) -> None:
        self._appender = Appender(client)
        self._engine = engine
        self._stream = said_stream(context)
        self._cursor: int | None = None
        self._unsaid = True
        self._forgotten = Event()

    def begin(self) -> None:
        """Make sure that a store put back from a copy does not reuse sequences that the stream already has."""
        last = self._appender.last(self._stream)
        with self._engine.begin() as connection:
            store.continue_saying_after(connection, last)

    def has_more(self) -> None:
        """Note that something new was said."""
        self._unsaid = True

    def speak(self) -> None:
        """Carry everything not yet carried. Redis may be away: then it is carried later."""
        if self._forgotten.is_set():
            self._forgotten.clear()
            self._cursor, self._unsaid = None, True
        if not self._unsaid:
            return
        try:
            self._carry()
            self._unsaid = False
        except RedisError:
            self._cursor = None
            raise

    def check(self) -> None:
        """Notice that the stream lost entries that had been carried (called from the upkeep thread)."""
        cursor = self._cursor
        if cursor is not None and self._appender.last(self._stream) < cursor:
            self._forgotten.set()

    def _carry(self) -> None:
        if self._cursor is None:
            self._cursor = self._appender.last(self._stream)
        while True:
            with self._engine.connect().execution_options(read_only=True) as connection:
                entries = store.said_after(connection, self._cursor, BATCH)
            if not entries:
                return
            self._cursor = self._appender.append(self._stream, self._cursor, entries)
