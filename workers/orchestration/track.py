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

from app import logs
from app.clock import utc_now
from app.config import settings
from app.contracts.streams import BEGINNING, LIFECYCLE_STREAM, NO_LINK, Tail, said_stream
from app.database import engine
from app.store_file import end_when_replaced
from workers.belonging import Belonging
from workers.loop import STOPPING, stop_on_signals
from workers.orchestration.health import Observatory
from workers.orchestration.hearing import Overtaken, close_roll_backs, positions, start_anew, take_in, take_in_kept
from workers.rq_worker import Trouble
from workers.streams.appending import Appender, Entry, going_on
from workers.streams.carrying import complain
from workers.streams.connection import StreamReader
from workers.streams.leases import RENEW_SECONDS, Lease, process_name
from workers.streams.refusals import Elsewhere

log = logging.getLogger("baton.tracker")

LEASE = "px:tracker:lease"
OBSERVE_SECONDS = 1.0
LOOK_AGAIN_SECONDS = 1.0
"""After a stream did not go on; the others are followed meanwhile."""
CLOSE_ROLL_BACKS_SECONDS = 1.0
ENTRIES_AT_ONCE = 16
"""Per stream and look."""
BYTES_AT_ONCE = 100_000
"""Per transaction: one answer may speak of 500 SKUs in 40,000 bytes, and the pricing store has one writer at a time."""


class Tracker:
    """Follows the lifecycle's stream and what every context says."""

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._streams = StreamReader(client)
        self._appender = Appender(client)
        self._known: dict[str, Tail] | None = None
        self._odd: dict[str, float] = {}
        self.contexts: Mapping[str, int | None] = {}
        """Whom to follow, and how much each has said by its own word (None: its answers carry no links)."""

    def forget(self) -> None:
        """Read the positions from the store again."""
        self._known = None

    def follow(self, block_ms: int) -> int:
        """Take in what is there, waiting for it as long as told; return how many entries that were."""
        known = self._known = positions() if self._known is None else self._known
        linked = {said_stream(name): said is not None for name, said in sorted(self.contexts.items())}
        due = [stream for stream in (LIFECYCLE_STREAM, *linked) if self._odd.get(stream, 0.0) <= monotonic()]
        if not due:
            STOPPING.wait(block_ms / 1000)
            return 0
        after = {stream: known.get(stream, BEGINNING).seq for stream in due}
        batches = self._streams.read(after, count=ENTRIES_AT_ONCE, block_ms=block_ms)
        whole: dict[str, list[Entry]] = {}
        for stream, entries in batches.items():
            at = known.get(stream, BEGINNING)
            goes_on = going_on(at, entries) if linked.get(stream, True) else _counted_on(at, entries)
            if len(goes_on) < len(entries):
                self._meet_odd(stream, at, entries)
            if goes_on:
                whole[stream] = goes_on
        for portion in portions(whole):
            take_in(portion, known, utc_now())
            known = self._known = {**known, **{stream: entries[-1].tail for stream, entries in portion.items()}}
        return sum(len(entries) for entries in whole.values())

    def look_back(self) -> None:
        """Notice contexts that have said less than was heard of them: their store is an older copy, or a new one.

        Such a context is heard from the start again; every count is a set, so nothing is counted twice.
        """
        known = self._known or {}
        for name, said in self.contexts.items():
            stream = said_stream(name)
            heard = known.get(stream, BEGINNING)
            if said is None or said >= heard.seq:
                continue
            end = self._appender.end(stream).tail
            if end is not None and end.seq < heard.seq:
                self._hear_anew(stream, heard)

    def _meet_odd(self, stream: str, at: Tail, entries: Sequence[Entry]) -> None:
        """A stream does not go on as it was heard: its writer mends it, unless it tells another story altogether."""
        self._odd[stream] = monotonic() + LOOK_AGAIN_SECONDS
        here = self._streams.at(stream, at.seq)
        if stream != LIFECYCLE_STREAM and at.link and here is not None and here.link not in (NO_LINK, at.link):
            self._hear_anew(stream, at)
            return
        log.error("%s does not go on after %d: its entry %s is missing or not its own", stream, at.seq, entries[0].id)
        complain(self._client, stream)

    def _hear_anew(self, stream: str, heard: Tail) -> None:
        log.error("%s is not what was heard of it up to %d (an older copy?): it is heard anew", stream, heard.seq)
        start_anew(stream, heard)
        self.forget()


def _counted_on(at: Tail, entries: Sequence[Entry]) -> list[Entry]:
    """Return what goes on from a place by its sequence alone: the answers of a context that gives no links."""
    found: list[Entry] = []
    for entry in entries:
        if not entry.sub and (entry.seq == at.seq + 1 or at.seq == 0):
            found.append(entry._replace(link=NO_LINK))
            at = Tail(entry.seq)
    return found


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
    logs.begin("track")
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
        self._closed = 0.0

    def step(self) -> None:
        """Do what is due, then wait for news for at most a second."""
        if self._held:
            self._look()
        if self._held and not self._observatory.ahead and monotonic() - self._closed >= CLOSE_ROLL_BACKS_SECONDS:
            self._closed = monotonic()
            close_roll_backs(utc_now())
        if monotonic() - self._renewed >= RENEW_SECONDS:
            self._renewed = monotonic()
            had, self._held = self._held, self._lease.hold()
            if self._held and not had:
                self.tracker.forget()
                self._look()
                if not self._observatory.ahead:
                    take_in_kept(utc_now())
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
            self.tracker.contexts = self._observatory.said

    def _look(self) -> None:
        """Look at the contexts, and at whether what they and the streams say is about this store at all."""
        if monotonic() - self._observed >= OBSERVE_SECONDS:
            self.look()
            self._ask_whose()
            if not self._observatory.ahead:
                self.tracker.look_back()


def _let_go(lease: Lease) -> None:
    try:
        lease.let_go()
    except RedisError as error:
        log.debug("the lease runs out by itself: %s", error)
