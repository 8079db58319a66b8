"""A context on a real store, driven event by event as its stream would."""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count

from sqlalchemy import Engine, func, select, update

from app.contracts.events import (
    Answer,
    Event,
    PriceChangePublished,
    PriceChangeRolledBack,
    PriceEvent,
    ProductListed,
    dump,
    parse,
)
from app.contracts.streams import BEGINNING, Tail, link_of, partition_of
from tests.builders import MONDAY
from workers.streams import store
from workers.streams.consumer import Belief, Consumer
from workers.streams.entries import StreamEntry
from workers.streams.records import parked, said, unreadable
from workers.streams.sink import Sink

TEA = "TEA-1"
_ids = count(1)


def listed(
    sku: str = TEA,
    *,
    price: int = 100,
    version: int = 1,
    name: str = "Assam Gold",
    category: str = "Tea",
    brand: str = "Leaf",
) -> ProductListed:
    return ProductListed(id=f"e{next(_ids)}", occurred_at=MONDAY, correlation_id="import", sku=sku, name=name,
                         category=category, subcategory="Black", brand=brand, price=price, currency="INR",
                         version=version)  # fmt: skip


def published(
    sku: str = TEA, *, old: int = 100, new: int = 110, version: int = 2, proposal: str = "p1", of: int = 1
) -> PriceChangePublished:
    return PriceChangePublished(id=f"e{next(_ids)}", occurred_at=MONDAY, correlation_id=proposal, sku=sku, old=old,
                                new=new, currency="INR", version=version, line=1, of=of)  # fmt: skip


def undone(event: PriceChangePublished, *, version: int | None = None) -> PriceChangeRolledBack:
    return PriceChangeRolledBack(id=f"e{next(_ids)}", occurred_at=MONDAY, correlation_id=event.correlation_id,
                                 sku=event.sku, old=event.new, new=event.old, currency=event.currency,
                                 version=version or event.version + 1, undoes=event.version, line=1,
                                 of=event.of)  # fmt: skip


class Listener:
    """Hears events in order on the partitions they belong to, and shows what the context made of them."""

    def __init__(self, consumer: Consumer, engine: Engine) -> None:
        self.now: datetime = MONDAY
        self.engine = engine
        store.migrate(engine, consumer.migrations)
        ids = count(1)
        self.sink = Sink(consumer, engine, clock=lambda: self.now, ids=lambda: f"a{next(ids)}")
        self._at: dict[int, Tail] = defaultdict(lambda: BEGINNING)

    def hear(self, *events: Event) -> None:
        """Hear events as one batch per partition."""
        batches: dict[int, list[StreamEntry]] = defaultdict(list)
        for event in events:
            assert isinstance(event, PriceEvent)
            self.append(batches, partition_of(event.sku), dump(event).encode())
        for partition, entries in batches.items():
            self.sink.settle(partition, entries)

    def hear_bytes(self, partition: int, *payloads: bytes) -> None:
        batches: dict[int, list[StreamEntry]] = defaultdict(list)
        for payload in payloads:
            self.append(batches, partition, payload)
        self.sink.settle(partition, batches[partition])

    def append(self, batches: dict[int, list[StreamEntry]], partition: int, payload: bytes) -> None:
        at = self._at[partition]
        entry = StreamEntry(at.seq + 1, payload, link_of(at.link, at.seq + 1, payload))
        batches[partition].append(entry)
        self._at[partition] = entry.tail

    def read_again(self) -> None:
        """From here on the context is given the streams from their beginning."""
        self._at.clear()

    def wait(self, time: timedelta) -> None:
        """Let time pass, and let the context try what is due by then."""
        self.now += time
        for partition in range(16):
            self.sink.retry(partition)

    def redrive(self, sku: str) -> None:
        """As the screens do: let the context try a SKU again, now."""
        with self.engine.begin() as connection:
            first = select(func.min(parked.c.seq)).where(parked.c.sku == sku).scalar_subquery()
            connection.execute(update(parked).where(parked.c.sku == sku, parked.c.seq == first)
                               .values(state="retrying", next_at=0))  # fmt: skip
        self.wait(timedelta(0))

    def brought_up_to_date(self, later: str, known: str) -> None:
        """As if this version of the context knew a later event: what it keeps of it reads as the known one."""
        with self.engine.begin() as connection:
            connection.execute(update(parked).values(payload=func.replace(parked.c.payload, later, known)))

    def believes(self, sku: str = TEA) -> tuple[int, int] | None:
        """Return the price and version believed."""
        with self.engine.connect() as connection:
            belief: Belief | None = store.beliefs(connection, [sku]).get(sku)
        return None if belief is None else (belief.price, belief.version)

    @property
    def answers(self) -> list[Answer]:
        """Everything said so far."""
        with self.engine.connect() as connection:
            rows = connection.execute(select(said.c.payload).order_by(said.c.seq)).scalars().all()
        return [answer for row in rows if isinstance(answer := parse(row), Answer)]

    @property
    def causes(self) -> list[str]:
        """Why something was set aside or refused, in the order in which it was said."""
        return [answer.cause for answer in self.answers if hasattr(answer, "cause")]

    @property
    def unreadable(self) -> list[str]:
        """What could not be taken in and was passed over: why."""
        with self.engine.connect() as connection:
            return list(connection.execute(select(unreadable.c.cause)).scalars())

    @property
    def said(self) -> list[tuple[str, list[tuple[str, int]]]]:
        """What was said, in short: the outcome, and for which SKUs at which versions."""
        short = []
        for answer in self.answers:
            for outcome in ("applied", "ignored", "reverted", "unaffected"):
                items = getattr(answer, outcome, ())
                if items:
                    short.append((outcome, [(item.sku, item.version) for item in items]))
            if hasattr(answer, "sku"):
                short.append((answer.type.removesuffix(".v1"), [(answer.sku, answer.version)]))
        return short


Make = Callable[[Consumer], Listener]
