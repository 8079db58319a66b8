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
from app.contracts.events import (
    PRICE_EVENTS,
    Outline,
    PriceChangeRolledBack,
    PriceEvent,
    ProductListed,
    name_of,
    parse,
)
from app.contracts.installation import Installation
from app.contracts.streams import Tail, partition_of
from workers.streams import ownership, store
from workers.streams.answers import Answers
from workers.streams.consumer import Belief, CannotApply, Consumer, Heard
from workers.streams.entries import Entry, going_on
from workers.streams.legible import WHOLE, legible
from workers.streams.store import LostPartition, SetAside

log = logging.getLogger("baton.streams")

STORE_TROUBLE = (OperationalError, InterfaceError, BaseTimeoutException)
"""Errors that say nothing about one SKU: the whole batch is tried again later."""

RETRIES_AT_ONCE = 200
PARKED, RETRYING, WAITING = "parked", "retrying", "waiting"


class Gap(Exception):
    """What the stream offers does not go on from the reading position: entries are missing, or others are there."""

    def __init__(self, partition: int, settled: int, offered: Entry) -> None:
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

    def settle(self, partition: int, entries: Sequence[Entry]) -> int:
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

    def _settle(self, partition: int, entries: Sequence[Entry]) -> int:
        with self.engine.begin() as connection:
            settled = self._hold(connection, partition)
            fresh = [entry for entry in entries if entry.seq > settled.seq or entry.sub]
            if not fresh:
                return settled.seq
            whole = going_on(settled, fresh)
            if not whole:
                raise Gap(partition, settled.seq, fresh[0])
            turn = _Turn(self, connection, partition)
            turn.hear(whole)
            turn.close(whole[-1].seq)
            store.advance(connection, partition, settled, whole[-1].tail)
            return whole[-1].seq

    def _pass_over(self, partition: int, entry: Entry, error: Exception) -> int:
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
            turn = _Turn(self, connection, partition)
            for sku in skus:
                turn.try_again(sku)
            turn.close(settled.seq)

    def _hold(self, connection: Connection, partition: int) -> Tail:
        """Take a partition, unless another worker has led the store into a later epoch meanwhile."""
        settled = store.hold(connection, partition)
        bound = self._bound()
        if bound is not None and not ownership.still(connection, bound):
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
        read = [(entry, event) for entry in entries if (event := self._read(entry)) is not None]
        self._beliefs = store.beliefs(self._connection, {event.sku for _, event in read})
        events: list[tuple[int, PriceEvent]] = []
        for entry, event in read:
            if isinstance(event, Outline):
                self._hear_each(events)
                events = []
                self._keep_for_later(entry, event)
            else:
                events.append((entry.seq, event))
        self._hear_each(events)

    def _hear_each(self, events: Sequence[tuple[int, PriceEvent]]) -> None:
        for run in _runs(events):
            self._hear_run(run)

    def try_again(self, sku: str) -> None:
        """Try a SKU's events that were set aside, oldest first, until one fails."""
        self._beliefs |= store.beliefs(self._connection, [sku])
        for row in store.set_aside_of(self._connection, sku):
            store.drop(self._connection, sku, row.seq)
            self._aside.discard(sku)
            self._attempts = row.attempts
            event = row.event()
            if event is None:
                self._set_aside_again(row)
            else:
                self._hear_run([(row.seq, event)])
            self._attempts = 0
            if sku in self._aside:
                self._follow(sku)
                return

    def close(self, settled: int) -> None:
        """Write what is to be said."""
        store.say(self._connection, self._answers.worded(settled))

    def _read(self, entry: Entry) -> PriceEvent | Outline | None:
        try:
            event = parse(entry.payload)
        except ValidationError as error:
            return self._read_unknown(entry, error)
        return event if isinstance(event, PRICE_EVENTS) and type(event) in self._consumer.on else None

    def _read_unknown(self, entry: Entry, error: ValidationError) -> Outline | None:
        """Read what can be read of a later version of an event that this context hears; keep what is no event."""
        kind = _kind_of(entry.payload)
        if kind is not None and name_of(kind) not in _NAMES:
            return None  # of another name: not for us, and no reason to worry
        if kind is not None and kind not in _KNOWN:
            if name_of(kind) not in map(name_of, self._consumer.hears()):
                return None
            try:
                outline = Outline.model_validate_json(entry.payload)
                if partition_of(outline.sku) == self._partition:
                    return outline
            except ValidationError:
                log.debug("entry %s shows not even its outline", entry.id)
        log.error(
            "%s: entry %d of partition %d cannot be read: %s", self._consumer.name, entry.seq, self._partition, error
        )
        cause = f"{kind} is not known here" if kind is not None and kind not in _KNOWN else str(error)
        store.pass_over(self._connection, self._partition, entry, cause, self._now)
        return None

    def _hear_run(self, run: Sequence[tuple[int, PriceEvent]]) -> None:
        ready: list[Heard] = []
        for seq, event in run:
            self._seq[event.sku] = seq
            if event.sku in self._aside and not self._clears_the_way(event):
                continue
            heard = self._heard(event)
            refusal = self._refusal(heard)
            if refusal and isinstance(event, PriceChangeRolledBack) and heard.before is None:
                self._answers.ignored(event)  # nothing was ever applied, so there is nothing to undo
            elif refusal:
                self._park(event, attempts=self._attempts + 1, cause=refusal)
            elif heard.news or isinstance(event, ProductListed):
                ready.append(heard)
            else:
                self._answers.ignored(event)
        self._apply(ready)

    def _refusal(self, heard: Heard) -> str:
        """Return why no context may follow a price, or nothing. An old price is harmless, whatever it says."""
        before = heard.before
        if not heard.news:
            return ""
        if heard.price < 0:
            return f"A price of {heard.price} {heard.currency} in minor units is below nothing"
        if before is not None and before.currency != heard.currency:
            return f"Its price is kept in {before.currency} here, this one is in {heard.currency}"
        if before is None and not isinstance(heard.event, ProductListed) and ProductListed in self._consumer.on:
            return "No product of this SKU was ever listed here"
        return ""

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
            cause,
        )
        self._write_aside(row)

    def _set_aside_again(self, row: SetAside) -> None:
        """Its version is still not known here: another attempt changed nothing."""
        self._write_aside(row._replace(state=PARKED, next_at=None))

    def _keep_for_later(self, entry: Entry, outline: Outline) -> None:
        """Keep an event of a later version in its SKU's order: this context is to be brought up to date."""
        cause = f"{outline.type} is not known here: bring this context up to date, then redrive"
        log.error("%s: entry %d of partition %d: %s", self._consumer.name, entry.seq, self._partition, cause)
        payload = legible(entry.payload, WHOLE)
        self._write_aside(SetAside(outline.sku, entry.seq, outline.version, payload, PARKED, 0, None, cause))
        self._answers.parked(outline, attempts=0, cause=cause)

    def _write_aside(self, row: SetAside) -> None:
        store.set_aside(self._connection, self._partition, row._replace(cause=legible(row.cause)[:500]), self._now)
        self._aside.add(row.sku)

    def _clears_the_way(self, event: PriceEvent) -> bool:
        """Whether an event may pass those of its SKU that were set aside. Only an undo may: it settles them all."""
        waiting = store.set_aside_of(self._connection, event.sku)
        if not isinstance(event, PriceChangeRolledBack):
            self._wait_behind(event, waiting[0])
            return False
        self._aside.discard(event.sku)
        for row in waiting:
            overtaken = row.event()
            if isinstance(overtaken, ProductListed) or (overtaken is None and row.version != event.undoes):
                self._aside.add(event.sku)  # a description is still wanted, and what is not understood stays
                continue
            store.drop(self._connection, row.sku, row.seq)
            if overtaken is not None and row.version != event.undoes:
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
                if (event := row.event()) is not None:
                    self._tell_parked(event, 0, f"Waits behind version {first.version}: {first.cause}")


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


def _kind_of(payload: bytes) -> str | None:
    """Return the type that an event says it is of, if it says so at all."""
    try:
        kind = json.loads(payload)["type"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return kind if isinstance(kind, str) else None


_KNOWN = {str(kind.model_fields["type"].default) for kind in PRICE_EVENTS}
_NAMES = {name_of(kind) for kind in _KNOWN}
