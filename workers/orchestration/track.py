"""`baton track`: a subscriber like any other. It observes what was announced and answered, and never commands.

Two things it passes on, because the lifecycle reacts to them: a context's wish to take a repricing back, and the last
confirmation that it was.
"""

import logging
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from time import monotonic

from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import OperationalError

from app.clock import utc_now
from app.config import settings
from app.contracts.streams import LIFECYCLE_STREAM, said_stream
from app.database import engine
from app.store_file import end_when_replaced
from workers.belonging import Belonging
from workers.orchestration.health import Observatory
from workers.orchestration.hearing import Overtaken, positions, take_in
from workers.steady import Trouble
from workers.stopping import STOPPING, stop_on_signals
from workers.streams.appending import Entry
from workers.streams.belonging import Elsewhere
from workers.streams.connection import StreamReader
from workers.streams.leases import RENEW_SECONDS, Lease, process_name

log = logging.getLogger("baton.tracker")

LEASE = "px:tracker:lease"
OBSERVE_SECONDS = 1.0
ENTRIES_AT_ONCE = 16
"""Per stream and look."""
BYTES_AT_ONCE = 100_000
"""Per transaction: one answer may speak of 500 SKUs in 40,000 bytes, and the pricing store has one writer at a time."""


class Tracker:
    """Follows the lifecycle's stream and what every context says."""

    def __init__(self, client: Redis) -> None:
        self._streams = StreamReader(client)
        self._known: dict[str, int] | None = None
        self.contexts: frozenset[str] = frozenset()

    def forget(self) -> None:
        """Read the positions from the store again."""
        self._known = None

    def follow(self, block_ms: int) -> int:
        """Take in what is there, waiting for it as long as told; return how many entries that were."""
        known = self._known = positions() if self._known is None else self._known
        streams = [LIFECYCLE_STREAM, *(said_stream(name) for name in sorted(self.contexts))]
        after = {stream: known.get(stream, 0) for stream in streams}
        batches = self._streams.read(after, count=ENTRIES_AT_ONCE, block_ms=block_ms)
        whole = {stream: entries for stream, entries in batches.items() if _joins_on(stream, entries, known)}
        if len(whole) < len(batches):
            STOPPING.wait(1)
        for portion in portions(whole):
            take_in(portion, known, utc_now())
            known = self._known = {**known, **{stream: entries[-1].seq for stream, entries in portion.items()}}
        return sum(len(entries) for entries in whole.values())


def portions(batches: Mapping[str, Sequence[Entry]]) -> Iterator[dict[str, list[Entry]]]:
    """Give entries in portions that one transaction takes in, the lifecycle's first, each stream's in order."""
    portion: dict[str, list[Entry]] = {}
    weight = 0
    for stream in sorted(batches, key=lambda name: (name != LIFECYCLE_STREAM, name)):
        for entry in batches[stream]:
            if portion and weight + len(entry.payload) > BYTES_AT_ONCE:
                yield portion
                portion, weight = {}, 0
            portion.setdefault(stream, []).append(entry)
            weight += len(entry.payload)
    if portion:
        yield portion


def run() -> None:
    """Track until SIGTERM or SIGINT. One tracker is active at a time; others stand by."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    stop_on_signals()
    end_when_replaced()
    belonging = Belonging(engine(), settings().redis_url)
    client = belonging.connect()
    lease = Lease(client, LEASE, process_name("tracker"))
    watch = _Watch(Tracker(client), Observatory(client), lease, lambda: belonging.refuse(client))
    redis, store = Trouble("Redis"), Trouble("Pricing store")
    while not STOPPING.is_set():
        try:
            watch.step()
            store.over()
            redis.over()
        except Overtaken as stream:
            log.warning("another tracker moved %s on; reading positions again", stream)
            watch.tracker.forget()
        except RedisError as error:
            if isinstance(error, Elsewhere):
                watch.look()
            redis.met(error)
        except (OperationalError, sqlite3.OperationalError) as error:
            watch.tracker.forget()
            store.met(error)
    _let_go(lease)


class _Watch:
    """The tracker's round: hold the lease, look at the contexts once a second, follow the streams."""

    def __init__(self, tracker: Tracker, observatory: Observatory, lease: Lease, ask_whose: Callable[[], None]) -> None:
        self.tracker = tracker
        self._observatory = observatory
        self._lease = lease
        self._ask_whose = ask_whose
        self._held = False
        self._renewed = 0.0
        self._observed = 0.0

    def step(self) -> None:
        """Do what is due, then wait for news for at most a second."""
        if self._held:
            self._look()
        if monotonic() - self._renewed >= RENEW_SECONDS:
            self._renewed = monotonic()
            had, self._held = self._held, self._lease.hold()
            if self._held and not had:
                self.tracker.forget()
                self._look()
        if not self._held or self._observatory.ahead:  # what is heard now would be of a future that was lost
            STOPPING.wait(OBSERVE_SECONDS)
            return
        left = OBSERVE_SECONDS - (monotonic() - self._observed)
        self.tracker.follow(max(int(left * 1000), 1))

    def look(self) -> None:
        """Look at the contexts, if that was not done a moment ago."""
        if monotonic() - self._observed >= OBSERVE_SECONDS:
            self._observed = monotonic()
            self._observatory.observe(utc_now())
            self.tracker.contexts = self._observatory.names

    def _look(self) -> None:
        """Look at the contexts, and at whether what they and the streams say is about this store at all."""
        if monotonic() - self._observed >= OBSERVE_SECONDS:
            self.look()
            self._ask_whose()


def _joins_on(stream: str, entries: list[Entry], known: dict[str, int]) -> bool:
    """Whether entries go on exactly where the tracker stopped; a gap is waited out until somebody refills it."""
    before = known.get(stream, 0)
    if before and entries[0].seq != before + 1:
        log.error("%s goes on at %d after %d: entries are missing, waiting for them", stream, entries[0].seq, before)
        return False
    return True


def _let_go(lease: Lease) -> None:
    try:
        lease.let_go()
    except RedisError as error:
        log.debug("the lease runs out by itself: %s", error)
