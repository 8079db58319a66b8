"""Catalog's own tables and what is read from them. Instants are UTC milliseconds."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import BigInteger, Column, Connection, MetaData, Table, Text, delete, text

from app.contracts.context import PriceLock
from app.contracts.events import ProductListed
from app.words.typed import plain
from workers.streams.store import instant, millis, one_of, upsert

METADATA = MetaData()

product = Table(
    "product",
    METADATA,
    Column("sku", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("subcategory", Text, nullable=False),
    Column("brand", Text, nullable=False),
)

price_lock = Table(
    "price_lock",
    METADATA,
    Column("sku", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)


class CatalogProduct(NamedTuple):
    """A product as catalog shows it."""

    sku: str
    name: str
    category: str
    subcategory: str
    brand: str
    price: int
    currency: str
    version: int
    heard_at: datetime


def describe(connection: Connection, listed: Sequence[ProductListed]) -> None:
    """Store products' descriptions."""
    upsert(
        connection,
        product,
        [
            {"sku": p.sku, "name": p.name, "category": p.category, "subcategory": p.subcategory, "brand": p.brand}
            for p in listed
        ],
        key="sku",
    )


def product_of(connection: Connection, sku: str) -> CatalogProduct | None:
    """Return one product with the price that catalog believes."""
    row = connection.execute(
        text(
            "SELECT b.sku, coalesce(p.name, ''), coalesce(p.category, ''), coalesce(p.subcategory, ''),"
            " coalesce(p.brand, ''), b.price, b.currency, b.version, b.heard_at"
            " FROM belief b LEFT JOIN product p ON p.sku = b.sku WHERE b.sku = :sku"
        ),
        {"sku": sku},
    ).one_or_none()
    if row is None:
        return None
    _, name, category, subcategory, brand, price, currency, version, heard_at = row
    return CatalogProduct(sku, name, category, subcategory, brand, price, currency, version, instant(heard_at))


def locks_of(connection: Connection, skus: Iterable[str], now: datetime) -> dict[str, PriceLock]:
    """Return the locks in force among some SKUs."""
    among, wanted = one_of(connection, skus)
    query = text(f'SELECT sku, reason, until, "by" FROM price_lock WHERE until > :now AND sku {among}')  # noqa: S608
    rows = connection.execute(query, {"now": millis(now), "skus": wanted})
    return {sku: PriceLock(sku, reason, instant(until), by) for sku, reason, until, by in rows}


def lock(connection: Connection, fixed: PriceLock, now: datetime) -> None:
    """Fix a SKU's price, replacing an earlier lock; the reason is kept plain."""
    why = plain(fixed.reason)
    upsert(
        connection,
        price_lock,
        [{"sku": fixed.sku, "reason": why, "until": millis(fixed.until), "by": fixed.by, "at": millis(now)}],
        key="sku",
    )


def unlock(connection: Connection, sku: str) -> bool:
    """Release a SKU's price. Returns whether it was locked."""
    return connection.execute(delete(price_lock).where(price_lock.c.sku == sku)).rowcount > 0
