"""Settling a batch: its effect, the answers and the new reading position, in one transaction of the context's store.

Events are assumed to come before, twice, or late. The order of one SKU's events is kept whatever fails: an event that
cannot be applied is set aside, and later ones of the same SKU queue behind it while all other SKUs go on.
"""

import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

from pydantic import ValidationError
from rq.timeouts import BaseTimeoutException
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import InterfaceError, OperationalError

from app.clock import new_id, utc_now
from app.contracts.events import PriceChangePublished, PriceChangeRolledBack, PriceEvent, ProductListed, parse
from app.contracts.installation import Installation
from workers.streams import belonging, store
from workers.streams.answers import Answers
from workers.streams.appending import Entry
from workers.streams.consumer import Belief, CannotApply, Consumer, Heard
from workers.streams.store import LostPartition, SetAside

log = logging.getLogger("baton.streams")

STORE_TROUBLE = (OperationalError, InterfaceError, BaseTimeoutException)
"""Errors that say nothing about one SKU: the whole batch is tried again later."""

PRICE_EVENTS = (ProductListed, PriceChangePublished, PriceChangeRolledBack)
RETRIES_AT_ONCE = 200
PARKED, RETRYING, WAITING = "parked", "retrying", "waiting"


class Gap(Exception):
    """Entries are missing between the reading position and what the stream offers."""

    def __init__(self, partition: int, settled: int, offered: int) -> None:
        super().__init__(f"partition {partition} is settled up to {settled}, the stream goes on at {offered}")
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

    def settle(self, partition: int, entries: Sequence[Entry]) -> int:
        """Settle a batch and return the new position. Raises `Gap`, `LostPartition`, or the store's own trouble."""
        with self.engine.begin() as connection:
            settled = self._hold(connection, partition)
            fresh = [entry for entry in entries if entry.seq > settled]
            if not fresh:
                return settled
            last = fresh[-1].seq
            if fresh[0].seq != settled + 1 or last != settled + len(fresh):
                raise Gap(partition, settled, fresh[0].seq)
            turn = _Turn(self, connection, partition)
            turn.hear(fresh)
            turn.close(last)
            store.advance(connection, partition, settled, last)
            return last

    def retry(self, partition: int) -> int:
        """Try again what is due in a partition; return for how many SKUs."""
        now = self.clock()
        with self.engine.begin() as connection:
            settled = self._hold(connection, partition)
            skus = store.skus_due(connection, partition, now, RETRIES_AT_ONCE)
            turn = _Turn(self, connection, partition)
            for sku in skus:
                turn.try_again(sku)
            turn.close(settled)
            return len(skus)

    def _hold(self, connection: Connection, partition: int) -> int:
        """Take a partition, unless another worker has led the store into a later epoch meanwhile."""
        settled = store.hold(connection, partition)
        bound = self._bound()
        if bound is not None and not belonging.still(connection, bound):
            raise LostPartition(f"the store is past {bound.words()}")
        return settled

    def answers(self, partition: int, now: datetime) -> Answers:
        """Return an empty collection of answers."""
        return Answers(self.consumer.name, partition, now, self._ids)


class _Turn:
    """One transaction's work on one partition."""

    def __init__(self, sink: Sink, connection: Connection, partition: int) -> None:
        self._consumer = sink.consumer
        self._connection = connection
        self._partition = partition
        self._now = sink.clock()
        self._answers = sink.answers(partition, self._now)
        self._beliefs: dict[str, Belief] = {}
        self._aside = store.skus_set_aside(connection, partition)
        self._seq: dict[str, int] = {}
        self._attempts = 0

    def hear(self, entries: Sequence[Entry]) -> None:
        """Take in a batch in stream order."""
        events = [(entry.seq, event) for entry in entries if (event := self._read(entry)) is not None]
        self._beliefs = store.beliefs(self._connection, {event.sku for _, event in events})
        for run in _runs(events):
            self._hear_run(run)

    def try_again(self, sku: str) -> None:
        """Try a SKU's events that were set aside, oldest first, until one fails."""
        self._beliefs |= store.beliefs(self._connection, [sku])
        for row in store.set_aside_of(self._connection, sku):
            store.drop(self._connection, sku, row.seq)
            self._aside.discard(sku)
            self._attempts = row.attempts
            self._hear_run([(row.seq, _price_event(row.payload))])
            self._attempts = 0
            if sku in self._aside:
                self._follow(sku)
                return

    def close(self, settled: int) -> None:
        """Write what is to be said."""
        store.say(self._connection, self._answers.worded(settled))

    def _read(self, entry: Entry) -> PriceEvent | None:
        try:
            event = parse(entry.payload)
        except ValidationError as error:
            if not _of_unknown_type(entry.payload):
                log.error(
                    "%s: entry %d of partition %d cannot be read: %s",
                    self._consumer.name,
                    entry.seq,
                    self._partition,
                    error,
                )
                store.pass_over(self._connection, self._partition, entry, str(error), self._now)
            return None
        return event if isinstance(event, PRICE_EVENTS) and type(event) in self._consumer.on else None

    def _hear_run(self, run: Sequence[tuple[int, PriceEvent]]) -> None:
        ready: list[Heard] = []
        for seq, event in run:
            self._seq[event.sku] = seq
            if event.sku in self._aside and not self._clears_the_way(event):
                continue
            heard = self._heard(event)
            if heard.news or isinstance(event, ProductListed):
                ready.append(heard)
            else:
                self._answers.ignored(event)
        self._apply(ready)

    def _heard(self, event: PriceEvent) -> Heard:
        before = self._beliefs.get(event.sku)
        price = event.price if isinstance(event, ProductListed) else event.new
        return Heard(
            event,
            event.sku,
            price,
            event.currency,
            event.version,
            self._now,
            before,
            before is None or event.version > before.version,
        )

    def _apply(self, ready: Sequence[Heard]) -> None:
        """Apply in bulk; on an error halve until only the SKUs in trouble are left over."""
        if not ready:
            return
        try:
            with self._connection.begin_nested():
                self._consumer.on[type(ready[0].event)](self._connection, ready)
                store.keep_beliefs(self._connection, ready)
        except STORE_TROUBLE:
            raise
        except Exception as error:
            self._narrow_down(ready, error)
        else:
            self._applied(ready)

    def _narrow_down(self, ready: Sequence[Heard], error: Exception) -> None:
        refused = error.causes if isinstance(error, CannotApply) else {}
        if any(heard.sku in refused for heard in ready):
            self._refuse(ready, refused)
        elif len(ready) == 1:
            self._retry_later(ready[0].event, f"{type(error).__name__}: {error}"[:300])
        else:
            middle = len(ready) // 2
            self._apply(ready[:middle])
            self._apply(ready[middle:])

    def _applied(self, ready: Sequence[Heard]) -> None:
        self._beliefs.update((h.sku, Belief(h.price, h.currency, h.version)) for h in ready if h.news)
        undo = isinstance(ready[0].event, PriceChangeRolledBack)
        for heard in ready:
            if undo and not heard.takes_back_ours:
                self._answers.ignored(heard.event)
            else:
                self._answers.applied(heard.event)

    def _refuse(self, ready: Sequence[Heard], causes: Mapping[str, str]) -> None:
        for heard in ready:
            if heard.sku in causes:
                self._park(heard.event, attempts=self._attempts + 1, cause=causes[heard.sku][:300])
        self._apply([heard for heard in ready if heard.sku not in causes])

    def _retry_later(self, event: PriceEvent, cause: str) -> None:
        attempts = self._attempts + 1
        next_at = self._consumer.patience.next_at(attempts, self._now)
        if next_at is None:
            self._park(event, attempts=attempts, cause=cause)
            return
        log.warning(
            "%s: %s version %d failed (%s), again at %s", self._consumer.name, event.sku, event.version, cause, next_at
        )
        self._answers.retrying(event, attempts=attempts, cause=cause, next_at=next_at)
        self._set_aside(event, RETRYING, attempts, store.millis(next_at), cause)

    def _park(self, event: PriceEvent, *, attempts: int, cause: str) -> None:
        log.warning("%s: %s version %d is parked: %s", self._consumer.name, event.sku, event.version, cause)
        self._set_aside(event, PARKED, attempts, None, cause)
        self._tell_parked(event, attempts, cause)

    def _tell_parked(self, event: PriceEvent, attempts: int, cause: str) -> None:
        self._answers.parked(event, attempts=attempts, cause=cause)
        if self._consumer.asks_for_rollback:
            self._answers.rollback_requested(event, cause=cause)

    def _set_aside(self, event: PriceEvent, state: str, attempts: int, next_at: int | None, cause: str) -> None:
        row = SetAside(
            event.sku,
            self._seq[event.sku],
            event.version,
            event.model_dump_json(),
            state,
            attempts,
            next_at,
            cause[:500],
        )
        store.set_aside(self._connection, self._partition, row, self._now)
        self._aside.add(event.sku)

    def _clears_the_way(self, event: PriceEvent) -> bool:
        """Whether an event may pass those of its SKU that were set aside. Only an undo may: it settles them all."""
        waiting = store.set_aside_of(self._connection, event.sku)
        if not isinstance(event, PriceChangeRolledBack):
            self._wait_behind(event, waiting[0])
            return False
        self._aside.discard(event.sku)
        for row in waiting:
            overtaken = _price_event(row.payload)
            if isinstance(overtaken, ProductListed):
                self._aside.add(event.sku)  # a description is still wanted
                continue
            store.drop(self._connection, row.sku, row.seq)
            if row.version != event.undoes:
                self._answers.ignored(overtaken)
        return True

    def _wait_behind(self, event: PriceEvent, first: SetAside) -> None:
        cause = f"Waits behind version {first.version}: {first.cause}"
        self._set_aside(event, WAITING, 0, None, cause)
        if first.state == PARKED or first.next_at is None:
            self._tell_parked(event, 0, cause)
        else:
            self._answers.retrying(event, attempts=0, cause=cause, next_at=store.instant(first.next_at))

    def _follow(self, sku: str) -> None:
        """After a failed attempt, tell those behind it what they are waiting for now."""
        first, *behind = store.set_aside_of(self._connection, sku)
        if first.state == PARKED:
            for row in behind:
                self._tell_parked(_price_event(row.payload), 0, f"Waits behind version {first.version}: {first.cause}")


def _runs(events: Sequence[tuple[int, PriceEvent]]) -> Iterator[list[tuple[int, PriceEvent]]]:
    """Split a batch where the event type changes or a SKU comes again, so that a run can be applied in bulk."""
    run: list[tuple[int, PriceEvent]] = []
    seen: set[str] = set()
    for seq, event in events:
        if run and (type(event) is not type(run[0][1]) or event.sku in seen):
            yield run
            run, seen = [], set()
        run.append((seq, event))
        seen.add(event.sku)
    if run:
        yield run


def _price_event(payload: str) -> PriceEvent:
    event = parse(payload)
    if not isinstance(event, PRICE_EVENTS):
        raise TypeError(f"{event.type} is no price event")
    return event


def _of_unknown_type(payload: bytes) -> bool:
    """Whether this is an event of a type that we do not know (yet): not for us, and no reason to worry."""
    try:
        kind = json.loads(payload)["type"]
    except (ValueError, TypeError, KeyError):
        return False
    return isinstance(kind, str) and kind not in _KNOWN


_KNOWN = {str(kind.model_fields["type"].default) for kind in PRICE_EVENTS}
