"""Search's own tables: listings, and their words in the store's full-text index (FTS5, or tsvector on PostgreSQL)."""

from collections.abc import Sequence

from sqlalchemy import BigInteger, Column, Connection, Integer, MetaData, Table, Text, select, text

from app.contracts.events import ProductListed
from workers.choreography.search.words import folded
from workers.streams.store import upsert

METADATA = MetaData()

listing = Table(
    "listing",
    METADATA,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("sku", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("brand", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("subcategory", Text, nullable=False),
)

_TEXTS = ("name", "brand", "category", "subcategory")


def index(connection: Connection, listed: Sequence[ProductListed]) -> None:
    """Store listings and index the words of those whose text changed."""
    known = _known(connection, [product.sku for product in listed])
    changed = [row for product in listed if known.get((row := _row(product))["sku"]) != row]
    if not changed:
        return
    upsert(connection, listing, changed, key="sku")
    words = [
        {
            "sku": row["sku"],
            "name": folded(row["name"]),
            "brand": folded(row["brand"]),
            "category": folded(f"{row['category']} {row['subcategory']}"),
            "code": folded(row["sku"]),
        }
        for row in changed
    ]
    if connection.dialect.name == "postgresql":
        connection.execute(_WEIGH, words)
        return
    connection.execute(_FORGET, [{"sku": row["sku"]} for row in changed])
    connection.execute(_INDEX, words)


_FORGET = text("DELETE FROM listing_words WHERE rowid = (SELECT id FROM listing WHERE sku = :sku)")
_INDEX = text(
    "INSERT INTO listing_words (rowid, name, brand, category, code)"
    " SELECT id, :name, :brand, :category, :code FROM listing WHERE sku = :sku"
)
_WEIGH = text(
    "UPDATE listing SET words = setweight(to_tsvector('simple', :name), 'A')"
    " || setweight(to_tsvector('simple', :brand), 'B') || setweight(to_tsvector('simple', :category), 'C')"
    " || setweight(to_tsvector('simple', :code), 'D') WHERE sku = :sku"
)


def _row(product: ProductListed) -> dict[str, str]:
    return {
        "sku": product.sku,
        "name": product.name,
        "brand": product.brand,
        "category": product.category,
        "subcategory": product.subcategory,
    }


def _known(connection: Connection, skus: Sequence[str]) -> dict[str, dict[str, str]]:
    columns = [listing.c.sku, *(listing.c[name] for name in _TEXTS)]
    rows = connection.execute(select(*columns).where(listing.c.sku.in_(skus))).mappings()
    return {row["sku"]: {name: str(row[name]) for name in ("sku", *_TEXTS)} for row in rows}
