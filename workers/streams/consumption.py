"""One process's consumption of the streams for a context: its store, leases, reading position, batch and answers."""

import logging
from functools import cache
from pathlib import Path
from threading import Thread
from time import monotonic

from redis.exceptions import ConnectionError as RedisAway
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisSlow
from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from app.clock import utc_now
from app.config import settings
from app.contexts.discovery import context, has_store, store_as_it_is
from app.contracts.installation import Installation
from app.contracts.streams import REGISTRY, ContextRegistration, price_stream
from workers.loop import RENEW_SECONDS, Outage, process_name, until_stopped
from workers.streams import store
from workers.streams.answer_stream import AnswerStream
from workers.streams.carrier import complain
from workers.streams.connection import connect
from workers.streams.consumer import Consumer
from workers.streams.leases import PartitionLeases
from workers.streams.ownership import ContextOwnership, carried_by, look_first
from workers.streams.reader import Batch, Reader
from workers.streams.refusals import Elsewhere, EpochTurned
from workers.streams.sink import Gap, Sink
from workers.streams.store import LostPartition
from workers.streams.store_claim import StoreClaim, StorePlace, place_of, place_of_file

log = logging.getLogger("baton.streams")

UPKEEP_SECONDS = RENEW_SECONDS / 2
REGISTER_SECONDS = 5.0


class Consumption:
    """What one process needs to serve one context."""

    def __init__(self, consumer: Consumer, store_url: str, redis_url: str) -> None:
        self.consumer = consumer
        self.engine = store.open_store(consumer, store_url)
        self.ownership = ContextOwnership(consumer.name, self.engine)
        self.sink = Sink(consumer, self.engine, bound=lambda: self.ownership.bound)
        client = connect(redis_url, self.ownership.check)
        self.leases = PartitionLeases(
            connect(redis_url, self.ownership.check), consumer.name, process_name(consumer.name)
        )
        self.reader = Reader(client, lambda: self.leases.owned, self.positions)
        self.answers = AnswerStream(client, self.engine, consumer.name)
        self._batch: Batch | None = None
        self._registry = connect(redis_url, self.ownership.check)
        self._claim = StoreClaim(self._registry, consumer.name, place_of(self.engine))
        self._refused: Elsewhere | None = None
        self._registered: tuple[float, dict[int, int], int, str] = (0.0, {}, 0, "")
        self._renewed = 0.0
        self._thread: Thread | None = None
        self._begun = False

    def claim_store(self, carried: Installation | None) -> None:
        """Ask whose Redis this is and whether another store answers there, before anything is shown or taken."""
        self.ownership.check(carried)
        self._claim.hold()
        self._refused = None

    def refuse_elsewhere(self) -> None:
        """Raise, until it is over, what kept the upkeep from keeping anything up: this is no place to read on."""
        if self._refused is not None:
            raise self._refused

    def open(self) -> None:
        """Take the first leases, and keep them up from now on."""
        self.follow_epoch()
        if not self._begun:
            self.answers.compare()
            self._begun = True
        self.keep_up()
        if self._thread is None or not self._thread.is_alive():
            self._thread = Thread(target=self._upkeep, name="upkeep", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Hand the partitions over to the other workers."""
        if self._thread is not None:
            self._thread.join(timeout=5)
        try:
            self.leases.let_go()
        except RedisError as error:
            log.debug("leases run out by themselves: %s", error)

    def follow_epoch(self) -> None:
        """Go on in a later epoch if Redis told of one; whatever was read ahead in the one before is dropped."""
        if self.ownership.follow():
            self._batch = None
            self.reader.begin_anew()

    def positions(self) -> dict[int, int]:
        """Return how far the store is settled, per partition."""
        with self.engine.connect().execution_options(read_only=True) as connection:
            return store.positions(connection)

    def keep(self, batch: Batch) -> None:
        """Keep a batch for the RQ job that is about to settle it."""
        self._batch = batch

    def read_again_if_unsettled(self) -> None:
        """If a batch is still kept, its job never came to it: read it again."""
        if self._batch is not None:
            self.reader.go_back(self._batch.partition, pause=False)
            self._batch = None

    def settle(self, partition: int, first: int) -> int:
        """Settle the batch that is kept; return how many entries that were. Another one is nobody's any more."""
        batch = self._batch
        if batch is None or batch.partition != partition or batch.entries[0].seq != first:
            return 0
        self._batch = None
        if not self._settle(batch):
            return 0
        self.carry_answers()
        return len(batch.entries)

    def partition_due(self) -> int | None:
        """Return an owned partition in which an attempt is due."""
        with self.engine.connect().execution_options(read_only=True) as connection:
            due = store.next_due(connection)
        now = store.millis(utc_now())
        return next((p for p, at in due.items() if at <= now and p in self.leases.owned), None)

    def retry(self, partition: int) -> int:
        """Try again what is due in a partition."""
        try:
            tried = self.sink.retry(partition)
        except LostPartition as reason:
            log.warning("%s: %s; trying again later", self.consumer.name, reason)
            return 0
        self.answers.expect_more()
        self.carry_answers()
        return tried

    def carry_answers(self) -> None:
        """Carry answers to the stream; if Redis is away they wait in the store."""
        try:
            self.answers.carry()
        except RedisError as error:
            log.debug("answers wait in the store: %s", error)

    def keep_up(self) -> None:
        """Renew leases, stay registered, and notice a stream that lost what was said."""
        if monotonic() - self._renewed >= RENEW_SECONDS * 0.9:
            self._renewed = monotonic()
            self._keep_claim()
            self.leases.renew()
        self._register()
        self.answers.look_for_damage()

    def _keep_claim(self) -> None:
        """Notice that this is no place for this store any more; the main loop stops reading then."""
        try:
            self._ask_whose()
            self._claim.hold()
        except Elsewhere as refused:
            self._refused = refused
            raise
        self._refused = None

    def _ask_whose(self) -> None:
        """Notice an epoch that began, or a Redis that was emptied and taken by others, on a connection that held."""
        carried = carried_by(self._registry)
        if carried is not None:
            self.ownership.check(carried)

    def _settle(self, batch: Batch) -> bool:
        try:
            settled = self.sink.settle(batch.partition, batch.entries)
        except Gap as reason:
            log.warning("%s: %s; reading again", self.consumer.name, reason)
            self.reader.go_back(batch.partition)
            self._complain(batch.partition)
            return False
        except LostPartition as reason:
            log.warning("%s: %s; reading again", self.consumer.name, reason)
            self.reader.go_back(batch.partition)
            return False
        except Exception:
            self.reader.go_back(batch.partition)
            raise
        self.reader.settled(batch.partition)
        self.answers.expect_more()
        if settled < batch.entries[-1].seq or any(entry.sub for entry in batch.entries):
            self.reader.go_back(batch.partition, pause=False)
            self._complain(batch.partition)
        return True

    def _complain(self, partition: int) -> None:
        """Have the stream compared with what was announced; without Redis there is nobody to complain to."""
        try:
            complain(self._registry, price_stream(partition))
        except RedisError as error:
            log.debug("nobody heard the complaint: %s", error)

    def _register(self) -> None:
        with self.engine.connect().execution_options(read_only=True) as connection:
            positions, said, alarm = store.positions(connection), store.said_so_far(connection), store.alarm(connection)
        at, *shown = self._registered
        if shown == [positions, self.leases.workers, alarm] and monotonic() - at < REGISTER_SECONDS:
            return
        registration = ContextRegistration(
            name=self.consumer.name,
            does=self.consumer.does,
            hears=self.consumer.hears(),
            at=utc_now(),
            positions=positions,
            workers=self.leases.workers,
            said=said.seq,
            alarm=alarm,
        )
        self._registry.hset(REGISTRY, self.consumer.name, registration.model_dump_json())
        self._registered = (monotonic(), positions, self.leases.workers, alarm)

    def _upkeep(self) -> None:
        until_stopped(self._upkeep_turn, Outage(f"{self.consumer.name}: upkeep", RedisError, SQLAlchemyError))

    def _upkeep_turn(self) -> float:
        try:
            self.keep_up()
        except EpochTurned:
            log.debug("%s: the main loop follows into the new epoch", self.consumer.name)
        return UPKEEP_SECONDS


def find_consumer(name: str) -> Consumer:
    """Return what the context of this name declares."""
    found = context(name)
    if not isinstance(found, Consumer):
        raise TypeError(f"{name} declares no Consumer, so nothing can be consumed for it")
    return found


@cache
def consumption_of(name: str) -> Consumption:
    """Return this process's consumption for a context, set up on first use. A foreign store is not even migrated."""
    refuse_elsewhere(name)
    return Consumption(find_consumer(name), settings().context_database_url(name), settings().redis_url)


def refuse_elsewhere(name: str) -> None:
    """Raise if this context must not serve the Redis that was named; one that is away is asked later.

    Changes nothing, and makes no store.
    """
    store = store_as_it_is(name) if has_store(name) else None
    client = connect(settings().redis_url)
    try:
        look_first(name, store, carried_by(client))
        StoreClaim(client, name, _place(name, store)).look()
    except (RedisAway, RedisSlow) as away:
        log.debug("whose Redis it is will be asked when it is back: %s", away)
    finally:
        client.close()
        if store is not None:
            store.dispose()


def _place(name: str, store: Engine | None) -> StorePlace:
    if store is not None:
        return place_of(store)
    return place_of_file(Path(make_url(settings().context_database_url(name)).database or ""))
