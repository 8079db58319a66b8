"""Listing products: the authoritative row, its first price, its facts, and the event that tells every context.

A known product keeps its price and its currency; its description is renewed, and a fact that the row names replaces
the one on file unless that was observed later. A row that names no cost says nothing about the cost, and so it is with
family, pack, content and advertised minimum.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlmodel import Session, col

from app import bulk, outbox
from app.clock import new_id
from app.contracts.events import ProductListed
from app.database import alone, pulse
from app.identity.actor import SYSTEM, Actor
from app.pricelist.attributes import NOTHING_STATED, Attributes, Stated
from app.pricelist.described import Described
from app.pricelist.facts import observed
from app.pricelist.records import Cause, Fact, FactChange, Price, PriceHistory, Product
from app.protection import changes
from app.protection.digests import digest_of
from app.words.money import CurrenciesMixed

SOURCE = "catalog"
AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class CatalogRow(Described):
    """One product as it comes in. Money in minor units of `currency`; None for a cost or competitor not known."""

    cost: int | None
    price: int
    competitor_price: int | None
    stated: Stated = NOTHING_STATED


class Changed(NamedTuple):
    """A fact of a SKU that is another one now; amounts in minor units of `currency`."""

    sku: str
    kind: str
    before: int | None
    after: int | None
    currency: str
    source: str
    observed_at: datetime


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did. A product that is already listed keeps its price; its description and facts are renewed.

    `unchanged` counts products of which nothing is said that was not known; their facts are dated anew.
    """

    listed: int
    renewed: int
    unchanged: int
    import_id: str
    facts: tuple[Changed, ...] = ()


class OnFile(NamedTuple):
    """A fact as it is on file."""

    amount: int | None
    observed_at: datetime | None
    source: str


class Known(NamedTuple):
    """What is on file of a listed product."""

    sku: str
    name: str
    category: str
    subcategory: str
    brand: str
    currency: str
    cost: int | None
    competitor_price: int | None
    cost_observed_at: datetime | None
    cost_source: str
    competitor_observed_at: datetime | None
    competitor_source: str
    family: str
    family_rank: int | None
    pack_size: int | None
    content: int | None
    content_unit: str
    minimum_advertised: int | None
    amount: int
    version: int

    @property
    def attributes(self) -> Attributes:
        """Return what it is beside its description."""
        return Attributes(*self[12:18])

    def fact(self, kind: Fact) -> OnFile:
        """Return a fact as it is on file."""
        if kind is Fact.COST:
            return OnFile(self.cost, self.cost_observed_at, self.cost_source)
        return OnFile(self.competitor_price, self.competitor_observed_at, self.competitor_source)

    def with_fact(self, kind: Fact, after: OnFile) -> "Known":
        """Return the product with another fact."""
        amount, at, source = after
        if kind is Fact.COST:
            return self._replace(cost=amount, cost_observed_at=at, cost_source=source)
        return self._replace(competitor_price=amount, competitor_observed_at=at, competitor_source=source)


class _Next(NamedTuple):
    """What a product will be: one row of `product` in the order of its columns, and the facts that changed with it."""

    row: tuple[bulk.Value, ...]
    facts: list[Changed]


def import_catalog(
    session: Session,
    rows: Sequence[CatalogRow],
    *,
    now: datetime,
    import_id: str | None = None,
    by: Actor = SYSTEM,
    source: str = SOURCE,
    observed_at: datetime | None = None,
) -> Imported:
    """List new products at version 1 and renew known ones; announce whatever contexts would see otherwise.

    Raises `CurrenciesMixed` if a row gives a known SKU another currency: it keeps its own for life.
    """
    take_turns(session)
    seen = Seen(source, observed_at or now)
    ready = prepare(session, rows, now=now, import_id=import_id or new_id(), seen=seen)
    return write(session, ready, by=by, now=now)


class Seen(NamedTuple):
    """Where and when the facts of an import were seen."""

    source: str
    observed_at: datetime


@dataclass(frozen=True, slots=True)
class Prepared:
    """What becomes of rows, as long as what is on file of their SKUs is still `on_file`.

    `products` are rows of that table, `restated` the SKUs of known products with other attributes, `told` those of
    which contexts hear something, in `events`, dated `at`.
    """

    import_id: str
    at: datetime
    on_file: Mapping[str, Known]
    rows: int
    fresh: Sequence[CatalogRow]
    products: Sequence[bulk.Row]
    facts: tuple[Changed, ...]
    restated: Sequence[str]
    told: Sequence[str]
    events: Sequence[outbox.Written]


def prepare(session: Session, rows: Sequence[CatalogRow], *, now: datetime, import_id: str, seen: Seen) -> Prepared:
    """Work out what becomes of rows; reads only, so that nobody waits for a session that will not write.

    Raises `CurrenciesMixed` as `import_catalog` does.
    """
    current = known(session, [row.sku for row in rows])
    nexts = [_next(row, current.get(row.sku), *seen, now) for row in rows]
    told = [row for row in rows if row.sku not in current or _description(row) != current[row.sku][1:5]]
    return Prepared(
        import_id=import_id,
        at=now,
        on_file=current,
        rows=len(rows),
        fresh=[row for row in rows if row.sku not in current],
        products=[
            after.row
            for row, after in zip(rows, nexts, strict=True)
            if after.row != tuple(current.get(row.sku, ())[: len(PRODUCT)])
        ],
        facts=tuple(fact for after in nexts for fact in after.facts),
        restated=[row.sku for row in rows if row.sku in current and changes_attributes(row, current[row.sku])],
        told=[row.sku for row in told],
        events=outbox.written((row.sku, _listed(row, current.get(row.sku), import_id, now)) for row in told),
    )


def still_so(session: Session, ready: Prepared, skus: Sequence[str]) -> bool:
    """Tell whether what is on file is what rows were prepared for; the answer holds while it is this session's turn."""
    return known(session, skus) == ready.on_file


def write(session: Session, ready: Prepared, *, by: Actor, now: datetime) -> Imported:
    """Write what was prepared, when it is this session's turn, which has come `now`.

    A new price stands since the instant of its announcement; facts are dated now: who reads them asks who was first.
    """
    connection, fresh = session.connection(), ready.fresh
    bulk.insert(connection, Product, PRODUCT, ready.products, renew="sku", keep=("currency",))
    bulk.insert(connection, Price, _PRICE, [(r.sku, r.price, r.currency, 1, ready.at) for r in fresh])
    history = [(row.sku, 1, row.price, row.currency, ready.at, Cause.LISTED.value) for row in fresh]
    bulk.insert(connection, PriceHistory, _HISTORY, history)
    keep_changes(session, ready.facts, by=by, now=now, batch=ready.import_id)
    outbox.record_written(session, ready.events)
    pulse(session, "prices")
    other = len({*ready.told, *ready.restated, *(change.sku for change in ready.facts)})
    return Imported(len(fresh), other - len(fresh), ready.rows - other, ready.import_id, ready.facts)


def take_turns(session: Session) -> None:
    """Let nobody else change products or facts until this transaction ends: imports of two people never interleave."""
    alone(session, "products and facts")


def known(session: Session, skus: Sequence[str]) -> dict[str, Known]:
    """Return what is on file of those SKUs that are listed."""
    found: dict[str, Known] = {}
    query = select(*map(col, _ON_FILE), col(Price.amount), col(Price.version)).join(
        Price, col(Price.sku) == col(Product.sku)
    )
    for start in range(0, len(skus), AT_ONCE):
        rows = session.execute(query.where(col(Product.sku).in_(skus[start : start + AT_ONCE])))
        found.update((row.sku, Known(*row)) for row in rows)
    return found


def keep_changes(session: Session, facts: Sequence[Changed], *, by: Actor, now: datetime, batch: str) -> None:
    """Write down who changed which facts."""
    rows = [(*change, by.id, by.name, now, batch) for change in facts]
    bulk.insert(session.connection(), FactChange, _CHANGE, rows)
    if rows:
        changes.note(session, "fact_batch", (batch, new_id()), {"rows": " ".join(map(digest_of, rows))})


def renewed(
    kind: Fact, on_file: Known, amount: int | None, source: str, seen: datetime, now: datetime
) -> tuple[OnFile, Changed | None]:
    """Return a fact as it is after an observation, and the change if it is one.

    An observation older than the one on file changes nothing; the same amount again only dates it anew, which is a
    change where it had been too old to count.
    """
    before = on_file.fact(kind)
    if amount is None or (before.amount is not None and before.observed_at is not None and seen < before.observed_at):
        return before, None
    after = OnFile(amount, seen, source)
    if before.amount == amount and observed(kind, *before, now).measured:
        return after, None
    return after, Changed(on_file.sku, kind.value, before.amount, amount, on_file.currency, source, seen)


def changes_attributes(row: CatalogRow, on_file: Known) -> bool:
    """Tell whether a row says something else of a known product's attributes than is on file."""
    return row.stated is not NOTHING_STATED and row.stated.over(on_file.attributes) != on_file.attributes


def _next(row: CatalogRow, on_file: Known | None, source: str, seen: datetime, now: datetime) -> _Next:
    if on_file is not None and on_file.currency != row.currency:
        raise CurrenciesMixed(on_file.currency, row.currency)
    product = on_file or _unheard_of(row)
    cost, cost_change = renewed(Fact.COST, product, row.cost, source, seen, now)
    theirs, their_change = renewed(Fact.COMPETITOR, product, row.competitor_price, source, seen, now)
    facts = [change for change in (cost_change, their_change) if change is not None]
    amounts = (cost[0], theirs[0], *cost[1:], *theirs[1:])
    attributes = row.stated.over(product.attributes)
    return _Next((row.sku, *_description(row), row.currency, *amounts, *attributes), facts)


def _unheard_of(row: CatalogRow) -> Known:
    name, category, subcategory, brand = _description(row)
    nothing = (None, None, None, "", None, "")
    return Known(row.sku, name, category, subcategory, brand, row.currency, *nothing, *Attributes(), row.price, 1)


def _description(row: CatalogRow) -> tuple[str, str, str, str]:
    return row.name, row.category, row.subcategory, row.brand


def _listed(row: CatalogRow, on_file: Known | None, import_id: str, now: datetime) -> ProductListed:
    return ProductListed(
        id=new_id(),
        occurred_at=now,
        correlation_id=import_id,
        sku=row.sku,
        name=row.name,
        category=row.category,
        subcategory=row.subcategory,
        brand=row.brand,
        price=on_file.amount if on_file else row.price,
        currency=row.currency,
        version=on_file.version if on_file else 1,
    )


def counts(imports: Sequence[Imported]) -> Mapping[str, int]:
    """Add up what the steps of one import did."""
    return {
        "listed": sum(step.listed for step in imports),
        "renewed": sum(step.renewed for step in imports),
        "unchanged": sum(step.unchanged for step in imports),
        "facts": sum(len(step.facts) for step in imports),
    }


_ON_FILE = (
    Product.sku, Product.name, Product.category, Product.subcategory, Product.brand, Product.currency, Product.cost,
    Product.competitor_price, Product.cost_observed_at, Product.cost_source, Product.competitor_observed_at,
    Product.competitor_source, Product.family, Product.family_rank, Product.pack_size, Product.content,
    Product.content_unit, Product.minimum_advertised,
)  # fmt: skip
PRODUCT = Known._fields[: len(_ON_FILE)]
_PRICE = ("sku", "amount", "currency", "version", "since")
_HISTORY = ("sku", "version", "amount", "currency", "at", "cause")
_CHANGE = (*Changed._fields, "by", "by_name", "at", "batch")
