"""`baton track`: follows what was announced and what every context answers, each stream from where it was heard.

What it hears is projected, and reacted to where somebody subscribed to it (see `subscriptions`).
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
from app.contracts.streams import BEGINNING, LIFECYCLE_STREAM, NO_LINK, Tail, said_stream
from app.database import engine
from workers.loop import STOPPING, Outage, SoleLease, begin, until_stopped
from workers.orchestration.health import Observatory
from workers.orchestration.projecting import Overtaken, positions, start_anew
from workers.orchestration.rollbacks import confirm_what_is_complete
from workers.orchestration.subscriptions import take_in, take_in_kept
from workers.ownership import RedisOwnership
from workers.streams.carrier import complain
from workers.streams.connection import StreamReader
from workers.streams.entries import Appender, StreamEntry, going_on
from workers.streams.refusals import Elsewhere

log = logging.getLogger("baton.tracker")

LEASE = "px:tracker:lease"
STORE_AWAY = (OperationalError, sqlite3.OperationalError)
OBSERVE_SECONDS = 1.0
LOOK_AGAIN_SECONDS = 1.0
"""After a stream did not go on; the others are followed meanwhile."""
CONFIRM_SECONDS = 1.0
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
        whole: dict[str, list[StreamEntry]] = {}
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

    def _meet_odd(self, stream: str, at: Tail, entries: Sequence[StreamEntry]) -> None:
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


def _counted_on(at: Tail, entries: Sequence[StreamEntry]) -> list[StreamEntry]:
    """Return what goes on from a place by its sequence alone: the answers of a context that gives no links."""
    found: list[StreamEntry] = []
    for entry in entries:
        if not entry.sub and (entry.seq == at.seq + 1 or at.seq == 0):
            found.append(entry._replace(link=NO_LINK))
            at = Tail(entry.seq)
    return found


def portions(batches: Mapping[str, Sequence[StreamEntry]]) -> Iterator[dict[str, list[StreamEntry]]]:
    """Give entries in portions that one transaction takes in, the lifecycle's first, each stream's in order."""
    portion: dict[str, list[StreamEntry]] = {}
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


class TrackerTurns:
    """The tracker's turns: hold the lease, look at the contexts once a second, follow the streams."""

    def __init__(self, client: Redis, ask_whose: Callable[[], None]) -> None:
        self.lease = SoleLease(client, LEASE, "tracker")
        self._tracker = Tracker(client)
        self._observatory = Observatory(client)
        self._ask_whose = ask_whose
        self._observed = 0.0
        self._confirmed = 0.0

    def take(self) -> float:
        """Do what is due. Whoever overtook this tracker, or the store, may have moved on: then it reads where it is."""
        try:
            return self._take()
        except Overtaken as stream:
            log.warning("another tracker moved %s on; reading positions again", stream)
            self._tracker.forget()
            return 0.0
        except Elsewhere:
            self._look()
            raise
        except STORE_AWAY:
            self._tracker.forget()
            raise

    def _take(self) -> float:
        """Do what is due, then wait for news for at most a second."""
        if self.lease.held:
            self._observe()
            self._confirm_rollbacks()
        if self.lease.is_due() and self.lease.renew():
            self._begin()
        if not self._may_hear():
            return OBSERVE_SECONDS
        left = OBSERVE_SECONDS - (monotonic() - self._observed)
        self._tracker.follow(max(int(left * 1000), 1))
        return 0.0

    def _may_hear(self) -> bool:
        """Whether it is this tracker that hears; where contexts are ahead, it would be of a future that was lost."""
        return self.lease.held and not self._observatory.ahead

    def _begin(self) -> None:
        self._tracker.forget()
        self._observe()
        if self._may_hear():
            take_in_kept(utc_now())

    def _confirm_rollbacks(self) -> None:
        if self._may_hear() and monotonic() - self._confirmed >= CONFIRM_SECONDS:
            self._confirmed = monotonic()
            confirm_what_is_complete(utc_now())

    def _look(self) -> bool:
        """Look at the contexts; returns whether that was due."""
        due = monotonic() - self._observed >= OBSERVE_SECONDS
        if due:
            self._observed = monotonic()
            self._observatory.observe(utc_now())
            self._tracker.contexts = self._observatory.said
        return due

    def _observe(self) -> None:
        """Look at the contexts, and at whether what they and the streams say is about this store at all."""
        if self._look():
            self._ask_whose()
            if not self._observatory.ahead:
                self._tracker.look_back()


def run() -> None:
    """Track until SIGTERM or SIGINT. One tracker is active at a time; others stand by."""
    begin("track")
    ownership = RedisOwnership(engine(), settings().redis_url)
    client = ownership.connect()
    turns = TrackerTurns(client, lambda: ownership.refuse(client))
    until_stopped(turns.take, Outage("Redis", RedisError), Outage("Pricing store", *STORE_AWAY))
    turns.lease.let_go()
