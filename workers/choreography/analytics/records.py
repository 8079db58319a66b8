"""Analytics' own tables: a running count, and the last change of each SKU so that it can be taken out again."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import BigInteger, Column, Connection, MetaData, Table, Text, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from app.words.percent import rounded
from workers.streams.store import upsert

METADATA = MetaData()

product = Table("product", METADATA, Column("sku", Text, primary_key=True), Column("category", Text, nullable=False))

daily = Table(
    "daily",
    METADATA,
    Column("category", Text, primary_key=True),
    Column("day", Text, primary_key=True),
    Column("changes", BigInteger, nullable=False),
    Column("sum_bp", BigInteger, nullable=False),
)

last_change = Table(
    "last_change",
    METADATA,
    Column("sku", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("category", Text, nullable=False),
    Column("day", Text, nullable=False),
    Column("bp", BigInteger, nullable=False),
)


class CountedChange(NamedTuple):
    """One counted price change; `bp` is its size in hundredths of a percent."""

    sku: str
    version: int
    category: str
    day: str
    bp: int


class DailyChanges(NamedTuple):
    """One category's changes of one day."""

    category: str
    day: str
    changes: int
    mean_bp: int


def note_categories(connection: Connection, categories: Mapping[str, str]) -> None:
    """Store SKUs' categories."""
    upsert(connection, product, [{"sku": sku, "category": category} for sku, category in categories.items()], key="sku")


def categories_of(connection: Connection, skus: Iterable[str]) -> dict[str, str]:
    """Return the categories of some SKUs."""
    query = select(product.c.sku, product.c.category).where(product.c.sku.in_(list(skus)))
    return {row.sku: row.category for row in connection.execute(query)}


def count(connection: Connection, changes: Sequence[CountedChange]) -> None:
    """Add changes to the days' counts."""
    upsert(connection, last_change, [change._asdict() for change in changes], key="sku")
    _add(connection, changes, sign=1)


def take_out(connection: Connection, undone: Mapping[str, int]) -> None:
    """Subtract the changes that made these versions, if they were counted."""
    query = select(last_change).where(last_change.c.sku.in_(list(undone)))
    changes = [CountedChange(*row) for row in connection.execute(query)]
    counted = [change for change in changes if change.version == undone[change.sku]]
    connection.execute(delete(last_change).where(last_change.c.sku.in_([change.sku for change in counted])))
    _add(connection, counted, sign=-1)


def days(connection: Connection, *, since: str = "", category: str | None = None) -> list[DailyChanges]:
    """Return the counts from a day on, newest first."""
    query = (
        select(daily).where(daily.c.day >= since, daily.c.changes > 0).order_by(daily.c.day.desc(), daily.c.category)
    )
    if category is not None:
        query = query.where(daily.c.category == category)
    return [
        DailyChanges(row.category, row.day, row.changes, rounded(row.sum_bp, row.changes))
        for row in connection.execute(query)
    ]


def _add(connection: Connection, changes: Sequence[CountedChange], *, sign: int) -> None:
    """Add or subtract, one row per category and day, always in the same order so that two workers cannot deadlock."""
    number: Counter[tuple[str, str]] = Counter()
    total: Counter[tuple[str, str]] = Counter()
    for change in changes:
        number[change.category, change.day] += sign
        total[change.category, change.day] += sign * change.bp
    rows = [{"category": key[0], "day": key[1], "changes": number[key], "sum_bp": total[key]} for key in sorted(number)]
    if not rows:
        return
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(daily)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["category", "day"],
            set_={
                "changes": daily.c.changes + statement.excluded.changes,
                "sum_bp": daily.c.sum_bp + statement.excluded.sum_bp,
            },
        ),
        rows,
    )
