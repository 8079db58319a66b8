"""Finding products: words, a price range, a sort order, and pages that stay right while prices move."""

import base64
import binascii
import json
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Connection, Row, text

from app.contracts.context import Hit, Hits, Question
from workers.choreography.search.words import asked, fts5_query, tsquery
from workers.streams.store import instant

_FTS5 = (
    "SELECT rowid AS id, bm25(listing_words, 8.0, 4.0, 2.0, 1.0) AS score"
    " FROM listing_words WHERE listing_words MATCH :words"
)
_TSVECTOR = (
    "SELECT id, -ts_rank(words, to_tsquery('simple', :words))::float8 AS score"
    " FROM listing WHERE words @@ to_tsquery('simple', :words)"
)


class Sort(StrEnum):
    """How results are ordered."""

    RELEVANCE = "relevance"
    PRICE = "price"
    PRICE_DOWN = "-price"
    NAME = "name"


_KEY = {Sort.RELEVANCE: "f.score", Sort.PRICE: "b.price", Sort.PRICE_DOWN: "-b.price", Sort.NAME: "l.name"}


class BadCursor(ValueError):
    """A cursor that no page of this search handed out."""


class FoundProduct(NamedTuple):
    """A product as search shows it."""

    sku: str
    name: str
    brand: str
    category: str
    subcategory: str
    price: int
    currency: str
    version: int
    heard_at: datetime


class ProductQuery(NamedTuple):
    """What to look for; prices in minor units of `currency`."""

    q: str = ""
    min_price: int | None = None
    max_price: int | None = None
    currency: str | None = None
    sort: Sort = Sort.RELEVANCE
    limit: int = 50


class ProductPage(NamedTuple):
    """Results, and the cursor of the next page if there is one."""

    items: list[FoundProduct]
    next_cursor: str | None


def answer(connection: Connection, question: Question) -> Hits:
    """Answer the web's question. A cursor that this search did not hand out begins with the first page."""
    wanted = ProductQuery(question.q, question.low, question.high, question.currency, limit=question.limit)
    try:
        page = find(connection, wanted, question.cursor)
    except BadCursor:
        page = find(connection, wanted)
    return Hits([Hit(found.sku, found.category) for found in page.items], page.next_cursor)


def find(connection: Connection, wanted: ProductQuery, cursor: str | None = None) -> ProductPage:
    """Return a page of what matches."""
    words = asked(wanted.q)
    if wanted.q.strip() and not words:
        return ProductPage([], None)
    postgres = connection.dialect.name == "postgresql"
    parameters: dict[str, str | int | float | None] = {
        "words": tsquery(words) if postgres else fts5_query(words),
        "low": wanted.min_price,
        "high": wanted.max_price,
        "currency": wanted.currency,
        "limit": wanted.limit + 1,
    }
    conditions = [
        f"{column} {operator} :{name}"
        for column, operator, name in (
            ("b.price", ">=", "low"),
            ("b.price", "<=", "high"),
            ("b.currency", "=", "currency"),
        )
        if parameters[name] is not None
    ]
    key = _KEY[wanted.sort] if words or wanted.sort is not Sort.RELEVANCE else "l.name"
    if cursor:
        parameters["key"], parameters["sku"] = _read(cursor, wanted.sort, key == "l.name")
        conditions.append(f"({key} > :key OR ({key} = :key AND l.sku > :sku))")
    matching = (_TSVECTOR if postgres else _FTS5) if words else None
    statement = text(_statement(matching, key, conditions))
    used = {name: parameters[name] for name in parameters if f":{name}" in statement.text}
    rows = connection.execute(statement, used).all()
    items = [_found(row) for row in rows[: wanted.limit]]
    more = len(rows) > wanted.limit
    return ProductPage(items, _cursor(wanted.sort, rows[wanted.limit - 1][9], items[-1].sku) if more else None)


def currency_of(connection: Connection) -> str | None:
    """Return the currency that most products are priced in."""
    most = "SELECT currency FROM belief GROUP BY currency ORDER BY count(*) DESC LIMIT 1"
    return connection.execute(text(most)).scalar_one_or_none()


def _statement(matching: str | None, key: str, conditions: list[str]) -> str:
    first = f"WITH f AS MATERIALIZED ({matching}) " if matching else ""
    source = "f JOIN listing l ON l.id = f.id" if matching else "listing l"
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return (  # every part is a constant of this module, values are bound
        f"{first}SELECT l.sku, l.name, l.brand, l.category, l.subcategory, b.price, b.currency, b.version,"  # noqa: S608
        f" b.heard_at, {key} AS sort_key FROM {source} JOIN belief b ON b.sku = l.sku{where}"
        " ORDER BY sort_key, l.sku LIMIT :limit"
    )


def _found(row: Row[str, str, str, str, str, int, str, int, int, str]) -> FoundProduct:
    sku, name, brand, category, subcategory, price, currency, version, heard_at, _ = row
    return FoundProduct(sku, name, brand, category, subcategory, price, currency, version, instant(heard_at))


def _cursor(sort: Sort, key: float | str, sku: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([sort, key, sku]).encode()).decode()


def _read(cursor: str, sort: Sort, by_name: bool) -> tuple[float | str, str]:
    try:
        of, key, sku = json.loads(base64.urlsafe_b64decode(cursor.encode()))
    except (ValueError, TypeError, binascii.Error) as error:
        raise BadCursor("This cursor cannot be read.") from error
    if (
        of != sort
        or isinstance(key, str) != by_name
        or not isinstance(key, str | int | float)
        or not isinstance(sku, str)
    ):
        raise BadCursor("This cursor belongs to another search.")
    return key, sku
