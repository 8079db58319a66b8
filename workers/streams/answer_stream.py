"""A context's answers: carries what its store says to its said stream, and mends that stream."""

import logging
from collections.abc import Sequence
from threading import Event

from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import Engine

from app.clock import utc_now
from app.contracts.streams import Tail, said_stream
from workers.streams import store
from workers.streams.carrier import Carrier
from workers.streams.entries import StreamEntry

log = logging.getLogger("baton.streams")


class SaidAnswers:
    """What a context's store says."""

    def __init__(self, engine: Engine, stream: str) -> None:
        self._engine = engine
        self._stream = stream

    def heads(self) -> dict[str, Tail]:
        """Return how far the answers go."""
        with self._engine.connect().execution_options(read_only=True) as connection:
            return {self._stream: store.said_so_far(connection)}

    def after(self, stream: str, seq: int, most: int) -> list[StreamEntry]:
        """Return what was said behind a sequence, in order."""
        with self._engine.connect().execution_options(read_only=True) as connection:
            return store.said_after(connection, seq, most)

    def keep_foreign(self, stream: str, entries: Sequence[StreamEntry], number: int) -> None:
        """Keep entries that this context did not say."""
        with self._engine.begin() as connection:
            store.keep_foreign(connection, stream, entries, utc_now())

    def meet_former_self(self, stream: str, entries: Sequence[StreamEntry]) -> None:
        """Take what this context said before its store was put back from an older copy as said."""
        log.warning("%s: taking over %d answers from before the store was put back", stream, len(entries))
        with self._engine.begin() as connection:
            store.say_as_said(connection, entries)


class AnswerStream:
    """Appends the said table to the said stream. Several workers may: the stream takes each entry once."""

    def __init__(self, client: Redis, engine: Engine, context: str) -> None:
        self._carrier = Carrier(SaidAnswers(engine, said_stream(context)), client)
        self._unsaid = True
        self._amiss = Event()

    def compare(self) -> None:
        """Bring store and stream together before anything new is said: the store may be an older copy."""
        self._carrier.check()

    def expect_more(self) -> None:
        """Note that something new was said."""
        self._unsaid = True

    def carry(self) -> None:
        """Carry everything not yet carried. Redis may be away: then it is carried later."""
        if self._amiss.is_set():
            self._amiss.clear()
            self._carrier.check()
            self._carrier.forget()
            self._unsaid = True
        if not self._unsaid:
            return
        try:
            self._carrier.carry()
            self._unsaid = False
        except RedisError:
            self._carrier.forget()
            raise

    def look_for_damage(self) -> None:
        """Notice that the stream is not what was said any more, or does not get on (from the upkeep thread)."""
        if self._carrier.amiss():
            self._amiss.set()
