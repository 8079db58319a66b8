"""A context's store as the sink of its streams: batches and retries are settled there, each in one transaction."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import Connection, Engine

from app.clock import new_id, utc_now
from app.contracts.installation import Installation
from app.contracts.streams import Tail
from workers.streams import ownership, store
from workers.streams.consumer import Consumer
from workers.streams.entries import StreamEntry, going_on
from workers.streams.settlement import STORE_TROUBLE, Settlement
from workers.streams.store import LostPartition

log = logging.getLogger("baton.streams")

RETRIES_AT_ONCE = 200


class Gap(Exception):
    """What the stream offers does not go on from the reading position: entries are missing, or others are there."""

    def __init__(self, partition: int, settled: int, offered: StreamEntry) -> None:
        what = "an entry that is none of ours" if offered.seq <= settled + 1 else "later entries"
        super().__init__(f"partition {partition} is settled up to {settled}, and then comes {what}, {offered.id}")
        self.partition = partition


class Sink:
    """Everything that one context does with its store."""

    def __init__(
        self,
        consumer: Consumer,
        engine: Engine,
        *,
        clock: Callable[[], datetime] = utc_now,
        ids: Callable[[], str] = new_id,
        bound: Callable[[], Installation | None] = lambda: None,
    ) -> None:
        self.consumer = consumer
        self.engine = engine
        self.clock = clock
        self._ids = ids
        self._bound = bound

    def settle(self, partition: int, entries: Sequence[StreamEntry]) -> int:
        """Settle what goes on from the position, and return the new one.

        Raises `Gap` if nothing does, `LostPartition`, or the store's own trouble. An entry at which anything else goes
        wrong is kept and passed over; that needs nothing of the entry but its place.
        """
        try:
            return self._settle(partition, entries)
        except (Gap, LostPartition, *STORE_TROUBLE):
            raise
        except Exception as error:
            if len(entries) == 1:
                return self._pass_over(partition, entries[0], error)
            log.warning("%s: a batch of partition %d fails as a whole: %s", self.consumer.name, partition, error)
        middle = len(entries) // 2
        self.settle(partition, entries[:middle])
        return self.settle(partition, entries[middle:])

    def _settle(self, partition: int, entries: Sequence[StreamEntry]) -> int:
        with self.engine.begin() as connection:
            settled = self._hold(connection, partition)
            fresh = [entry for entry in entries if entry.seq > settled.seq or entry.sub]
            if not fresh:
                return settled.seq
            whole = going_on(settled, fresh)
            if not whole:
                raise Gap(partition, settled.seq, fresh[0])
            settlement = self._settlement(connection, partition)
            settlement.hear(whole)
            settlement.close(whole[-1].seq)
            store.advance(connection, partition, settled, whole[-1].tail)
            return whole[-1].seq

    def _pass_over(self, partition: int, entry: StreamEntry, error: Exception) -> int:
        log.error("%s: entry %s of partition %d is passed over: %s", self.consumer.name, entry.id, partition, error)
        with self.engine.begin() as connection:
            settled = self._hold(connection, partition)
            if not entry.follows(settled):
                raise Gap(partition, settled.seq, entry)
            store.pass_over(connection, partition, entry, f"{type(error).__name__}: {error}", self.clock())
            store.advance(connection, partition, settled, entry.tail)
        return entry.seq

    def retry(self, partition: int) -> int:
        """Try again what is due in a partition; return for how many SKUs.

        What fails in a way that nobody foresaw is parked, so that it does not keep the others from their turn.
        """
        with self.engine.connect().execution_options(read_only=True) as connection:
            skus = store.skus_due(connection, partition, self.clock(), RETRIES_AT_ONCE)
        try:
            self._try_again(partition, skus)
        except STORE_TROUBLE:
            raise
        except Exception as error:
            log.warning("%s: a retry in partition %d fails as a whole: %s", self.consumer.name, partition, error)
            for sku in skus:
                self._try_alone(partition, sku)
        return len(skus)

    def _try_alone(self, partition: int, sku: str) -> None:
        try:
            self._try_again(partition, [sku])
        except STORE_TROUBLE:
            raise
        except Exception as error:
            log.exception("%s: %s is parked", self.consumer.name, sku)
            with self.engine.begin() as connection:
                store.park(connection, sku, f"{type(error).__name__}: {error}")

    def _try_again(self, partition: int, skus: Sequence[str]) -> None:
        with self.engine.begin() as connection:
            settled = self._hold(connection, partition)
            settlement = self._settlement(connection, partition)
            for sku in skus:
                settlement.try_again(sku)
            settlement.close(settled.seq)

    def _hold(self, connection: Connection, partition: int) -> Tail:
        """Take a partition, unless another worker has led the store into a later epoch meanwhile."""
        settled = store.hold(connection, partition)
        bound = self._bound()
        if bound is not None and not ownership.still(connection, bound):
            raise LostPartition(f"the store is past {bound.words()}")
        return settled

    def _settlement(self, connection: Connection, partition: int) -> Settlement:
        return Settlement(self.consumer, connection, partition, now=self.clock(), ids=self._ids)
