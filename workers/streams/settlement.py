"""One settlement: the effect of a batch, the answers and what is set aside, in one transaction of the context's store.

Events are assumed to come before, twice, or late. The order of one SKU's events is kept whatever fails: an event that
cannot be applied is set aside, and later ones of the same SKU queue behind it while all other SKUs go on.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

from rq.timeouts import BaseTimeoutException
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from app.contracts.events import Outline, PriceChangeRolledBack, PriceEvent, ProductListed
from workers.streams import store
from workers.streams.answers import Answers
from workers.streams.consumer import Belief, CannotApply, Consumer, Heard
from workers.streams.entries import StreamEntry
from workers.streams.legible import WHOLE, legible
from workers.streams.price_events import UnreadableEntry, price_event
from workers.streams.store import SetAside

log = logging.getLogger("baton.streams")

STORE_TROUBLE = (OperationalError, InterfaceError, BaseTimeoutException)
"""Errors that say nothing about one SKU: the whole batch is tried again later."""

PARKED, RETRYING, WAITING = "parked", "retrying", "waiting"


class Settlement:
    """What one transaction does in one partition of a context's store."""

    def __init__(
        self, consumer: Consumer, connection: Connection, partition: int, *, now: datetime, ids: Callable[[], str]
    ) -> None:
        self._consumer = consumer
        self._connection = connection
        self._partition = partition
        self._now = now
        self._answers = Answers(consumer.name, partition, now, ids)
        self._beliefs: dict[str, Belief] = {}
        self._aside = store.skus_set_aside(connection, partition)
        self._seq: dict[str, int] = {}
        self._attempts = 0

    def hear(self, entries: Sequence[StreamEntry]) -> None:
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

    def _read(self, entry: StreamEntry) -> PriceEvent | Outline | None:
        """Return what an entry says to this context; what it should say and does not is kept for a person."""
        try:
            return price_event(self._consumer, self._partition, entry)
        except UnreadableEntry as error:
            where = (self._consumer.name, entry.seq, self._partition)
            log.error("%s: entry %d of partition %d cannot be read: %s", *where, error)
            store.pass_over(self._connection, self._partition, entry, str(error), self._now)
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
            self._retry_later(ready[0].event, _said(error)[:300])
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
        next_at = self._consumer.retries.next_at(attempts, self._now)
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

    def _keep_for_later(self, entry: StreamEntry, outline: Outline) -> None:
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


def _said(error: Exception) -> str:
    """Return an error as one line for people; of what a store refused, what the store said, without the statement."""
    said = error.orig if isinstance(error, DBAPIError) else error
    return " ".join(f"{type(said).__name__}: {said}".split())


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
