"""One worker process's desk: the context, its store, its leases, its place in the streams and its voice."""

import logging
from functools import cache
from importlib import import_module
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
from app.contexts.discovery import has_store, store_as_it_is
from app.contracts.installation import Installation
from app.contracts.streams import REGISTRY, ContextRegistration, price_stream
from workers.loop import RENEW_SECONDS, Outage, process_name, until_stopped
from workers.streams import store
from workers.streams.answer_stream import Voice
from workers.streams.carrier import complain
from workers.streams.connection import connect
from workers.streams.consumer import Consumer
from workers.streams.leases import PartitionLeases
from workers.streams.ownership import ContextBelonging, carried_by, look_first
from workers.streams.reader import Batch, Reader
from workers.streams.refusals import Elsewhere, EpochTurned
from workers.streams.sink import Gap, Sink
from workers.streams.store import LostPartition
from workers.streams.store_claim import Place, Seat, place_of, place_of_file

log = logging.getLogger("baton.streams")

UPKEEP_SECONDS = RENEW_SECONDS / 2
REGISTER_SECONDS = 5.0


class Desk:
    """What one process needs to serve one context."""

    def __init__(self, consumer: Consumer, store_url: str, redis_url: str) -> None:
        self.consumer = consumer
        self.engine = store.open_store(consumer, store_url)
        self.belonging = ContextBelonging(consumer.name, self.engine)
        self.sink = Sink(consumer, self.engine, bound=lambda: self.belonging.bound)
        client = connect(redis_url, self.belonging.check)
        self.leases = PartitionLeases(
            connect(redis_url, self.belonging.check), consumer.name, process_name(consumer.name)
        )
        self.reader = Reader(client, lambda: self.leases.owned, self.positions)
        self.voice = Voice(client, self.engine, consumer.name)
        self._in_hand: Batch | None = None
        self._registry = connect(redis_url, self.belonging.check)
        self._seat = Seat(self._registry, consumer.name, place_of(self.engine))
        self._refused: Elsewhere | None = None
        self._registered: tuple[float, dict[int, int], int, str] = (0.0, {}, 0, "")
        self._renewed = 0.0
        self._thread: Thread | None = None
        self._begun = False

    def take_seat(self, carried: Installation | None) -> None:
        """Ask whose Redis this is and whether another store answers there, before anything is shown or taken."""
        self.belonging.check(carried)
        self._seat.hold()
        self._refused = None

    def refuse_elsewhere(self) -> None:
        """Raise, until it is over, what kept the upkeep from keeping anything up: this is no place to read on."""
        if self._refused is not None:
            raise self._refused

    def open(self) -> None:
        """Take the first leases, and keep them up from now on."""
        self.follow_epoch()
        if not self._begun:
            self.voice.begin()
            self._begun = True
        self.look_after()
        if self._thread is None or not self._thread.is_alive():
            self._thread = Thread(target=self._keep_up, name="upkeep", daemon=True)
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
        if self.belonging.follow():
            self._in_hand = None
            self.reader.begin_anew()

    def positions(self) -> dict[int, int]:
        """Return how far the store is settled, per partition."""
        with self.engine.connect().execution_options(read_only=True) as connection:
            return store.positions(connection)

    def take(self, batch: Batch) -> None:
        """Put a batch in hand for the RQ job that is about to run."""
        self._in_hand = batch

    def put_back(self) -> None:
        """If a batch is still in hand, its job never came to it: read it again."""
        if self._in_hand is not None:
            self.reader.go_back(self._in_hand.partition, pause=False)
            self._in_hand = None

    def settle_in_hand(self, partition: int, first: int) -> int:
        """Settle the batch in hand; return how many entries that were. A batch not in hand is nobody's any more."""
        batch = self._in_hand
        if batch is None or batch.partition != partition or batch.entries[0].seq != first:
            return 0
        self._in_hand = None
        if not self._settle(batch):
            return 0
        self.speak()
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
        self.voice.has_more()
        self.speak()
        return tried

    def speak(self) -> None:
        """Carry answers to the stream; if Redis is away they wait in the store."""
        try:
            self.voice.speak()
        except RedisError as error:
            log.debug("answers wait in the store: %s", error)

    def look_after(self) -> None:
        """Renew leases, stay registered, and notice a stream that lost what was said."""
        if monotonic() - self._renewed >= RENEW_SECONDS * 0.9:
            self._renewed = monotonic()
            self._keep_seat()
            self.leases.renew()
        self._register()
        self.voice.look_after()

    def _keep_seat(self) -> None:
        """Notice that this is no place for this store any more; the main loop stops reading then."""
        try:
            self._ask_whose()
            self._seat.hold()
        except Elsewhere as refused:
            self._refused = refused
            raise
        self._refused = None

    def _ask_whose(self) -> None:
        """Notice an epoch that began, or a Redis that was emptied and taken by others, on a connection that held."""
        carried = carried_by(self._registry)
        if carried is not None:
            self.belonging.check(carried)

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
        self.voice.has_more()
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

    def _keep_up(self) -> None:
        until_stopped(self._keep_up_once, Outage(f"{self.consumer.name}: upkeep", RedisError, SQLAlchemyError))

    def _keep_up_once(self) -> float:
        try:
            self.look_after()
        except EpochTurned:
            log.debug("%s: the main loop follows into the new epoch", self.consumer.name)
        return UPKEEP_SECONDS


def find_consumer(name: str) -> Consumer:
    """Return the consumer that `workers/choreography/<name>` declares."""
    consumer = import_module(f"workers.choreography.{name}").CONSUMER
    if not isinstance(consumer, Consumer):
        raise TypeError(f"workers.choreography.{name}.CONSUMER is no Consumer")
    return consumer


@cache
def desk_of(name: str) -> Desk:
    """Return this process's desk for a context, set up on first use. A store of elsewhere is not even migrated."""
    refuse_elsewhere(name)
    return Desk(find_consumer(name), settings().context_database_url(name), settings().redis_url)


def refuse_elsewhere(name: str) -> None:
    """Raise if this context must not serve the Redis that was named; one that is away is asked later.

    Changes nothing, and makes no store.
    """
    store = store_as_it_is(name) if has_store(name) else None
    client = connect(settings().redis_url)
    try:
        look_first(name, store, carried_by(client))
        Seat(client, name, _place(name, store)).look()
    except (RedisAway, RedisSlow) as away:
        log.debug("whose Redis it is will be asked when it is back: %s", away)
    finally:
        client.close()
        if store is not None:
            store.dispose()


def _place(name: str, store: Engine | None) -> Place:
    if store is not None:
        return place_of(store)
    return place_of_file(Path(make_url(settings().context_database_url(name)).database or ""))
