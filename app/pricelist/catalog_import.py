"""Listing products: the authoritative row, its first price, and the event that tells every context."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeAlias

from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import Session, col

from app import outbox
from app.clock import new_id
from app.contracts.events import ProductListed
from app.database import breathe, committed, pulse
from app.money import NotAPrice, parse_price
from app.pricelist.records import Cause, Price, PriceHistory, Product

COLUMNS = ("sku", "name", "category", "subcategory", "brand", "currency", "cost", "price", "competitor_price")
ROWS_PER_STEP = 1_000
Values: TypeAlias = Mapping[str, str | int | datetime | None]


@dataclass(frozen=True, slots=True)
class CatalogRow:
    """One product as it comes in. Money in minor units of `currency`; None for a cost or competitor not known."""

    sku: str
    name: str
    category: str
    subcategory: str
    brand: str
    currency: str
    cost: int | None
    price: int
    competitor_price: int | None


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row of a catalog file that cannot be read."""

    row: int
    sku: str
    reason: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did. A product that is already listed keeps its price; its description and facts are renewed."""

    listed: int
    renewed: int
    import_id: str


def read_catalog(content: bytes) -> tuple[list[CatalogRow], list[BadRow]]:
    """Read a catalog CSV (UTF-8, header of `COLUMNS` in any order). Raises `ValueError` if a column is missing."""
    reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or [])]
    if missing:
        raise ValueError(f"The file lacks the columns {', '.join(missing)}.")
    rows: list[CatalogRow] = []
    bad: list[BadRow] = []
    seen: set[str] = set()
    for number, raw in enumerate(reader, start=1):
        try:
            row = _row(raw)
        except NotAPrice as problem:
            bad.append(BadRow(number, raw["sku"] or "", str(problem)))
            continue
        if row.sku in seen or not row.sku:
            bad.append(BadRow(number, row.sku, "The SKU is missing or stands in an earlier row."))
            continue
        seen.add(row.sku)
        rows.append(row)
    return rows, bad


def import_in_steps(rows: Sequence[CatalogRow], *, now: datetime) -> Imported:
    """Import a catalog of any size, `ROWS_PER_STEP` to a transaction, so that nobody waits for the store meanwhile.

    Each step is whole; importing the same file again after one that was killed does the rest.
    """
    import_id, done = new_id(), Imported(0, 0, "")
    for start in range(0, len(rows), ROWS_PER_STEP):
        part = rows[start : start + ROWS_PER_STEP]
        step = committed(partial(import_catalog, rows=part, now=now, import_id=import_id))
        breathe()
        done = Imported(done.listed + step.listed, done.renewed + step.renewed, import_id)
    return done


def import_catalog(
    session: Session, rows: Sequence[CatalogRow], *, now: datetime, import_id: str | None = None
) -> Imported:
    """List new products at version 1 and renew the facts of known ones; announce each with `ProductListed`.

    Who writes a product's row first, in the order of SKUs, is the one who lists it; only then is its price looked for.
    """
    import_id = import_id or new_id()
    rows = sorted(rows, key=lambda row: row.sku)
    _write_products(session, [_product(row) for row in rows])
    current = _current(session, [row.sku for row in rows])
    fresh = [row for row in rows if row.sku not in current]
    if fresh:
        connection = session.connection()
        connection.execute(insert(Price), [_price(row, now) for row in fresh])
        connection.execute(insert(PriceHistory), [_first(row, now) for row in fresh])
    outbox.record_prices(session, ((row.sku, _listed(row, current, import_id, now)) for row in rows))
    pulse(session, "prices")
    return Imported(len(fresh), len(rows) - len(fresh), import_id)


def _current(session: Session, skus: Sequence[str]) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for start in range(0, len(skus), 10_000):
        query = select(col(Price.sku), col(Price.amount), col(Price.version)).where(
            col(Price.sku).in_(skus[start : start + 10_000])
        )
        found.update({sku: (amount, version) for sku, amount, version in session.execute(query)})
    return found


def _row(raw: dict[str, str]) -> CatalogRow:
    currency = raw["currency"]

    def amount(name: str) -> int | None:
        return parse_price(raw[name], currency) if raw[name] else None

    return CatalogRow(
        sku=raw["sku"],
        name=raw["name"],
        category=raw["category"],
        subcategory=raw["subcategory"],
        brand=raw["brand"],
        currency=currency,
        cost=amount("cost"),
        price=parse_price(raw["price"], currency),
        competitor_price=amount("competitor_price"),
    )


def _product(row: CatalogRow) -> Values:
    return {
        "sku": row.sku,
        "name": row.name,
        "category": row.category,
        "subcategory": row.subcategory,
        "brand": row.brand,
        "currency": row.currency,
        "cost": row.cost,
        "competitor_price": row.competitor_price,
    }


def _price(row: CatalogRow, now: datetime) -> Values:
    return {
        "sku": row.sku,
        "amount": row.price,
        "currency": row.currency,
        "version": 1,
        "since": now,
        "proposal_id": None,
    }


def _first(row: CatalogRow, now: datetime) -> Values:
    return {
        "sku": row.sku,
        "version": 1,
        "amount": row.price,
        "currency": row.currency,
        "at": now,
        "proposal_id": None,
        "cause": Cause.LISTED,
    }


def _listed(row: CatalogRow, current: dict[str, tuple[int, int]], import_id: str, now: datetime) -> ProductListed:
    price, version = current.get(row.sku, (row.price, 1))
    return ProductListed(
        id=new_id(),
        occurred_at=now,
        correlation_id=import_id,
        sku=row.sku,
        name=row.name,
        category=row.category,
        subcategory=row.subcategory,
        brand=row.brand,
        price=price,
        currency=row.currency,
        version=version,
    )


def _write_products(session: Session, values: Sequence[Values]) -> None:
    if not values:
        return
    postgres = session.get_bind().dialect.name == "postgresql"
    write = (postgres_insert if postgres else sqlite_insert)(Product)
    renewed = {name: write.excluded[name] for name in values[0] if name != "sku"}
    session.connection().execute(write.on_conflict_do_update(index_elements=["sku"], set_=renewed), values)
