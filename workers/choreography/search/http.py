"""Search's own route: find products by words, price range and order."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from pydantic import BaseModel
from sqlalchemy import Connection, Engine

from app.words.money import NotAPrice, UnknownCurrency, format_price, parse_price
from workers.choreography.search.product_query import BadCursor, FoundProduct, ProductQuery, Sort, currency_of, find


class FoundOut(BaseModel):
    """A product as search shows it."""

    sku: str
    name: str
    brand: str
    category: str
    subcategory: str
    price: str
    currency: str
    version: int
    heard_at: datetime


class ResultsOut(BaseModel):
    """A page of results."""

    items: list[FoundOut]
    next_cursor: str | None


def router(store: Callable[[], Engine]) -> APIRouter:
    """Return the routes over search's store."""
    routes = APIRouter()

    @routes.get("/products")
    def products(
        q: Annotated[str, Query(max_length=200)] = "",
        min_price: str | None = None,
        max_price: str | None = None,
        currency: Annotated[str | None, Query(pattern="^[A-Z]{3}$")] = None,
        sort: Sort = Sort.RELEVANCE,
        cursor: str | None = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    ) -> ResultsOut:
        """Find products. Every word must occur, as the beginning of a word; prices are decimal strings."""
        with store().connect().execution_options(read_only=True) as connection:
            asked = ProductQuery(q=q, currency=currency, sort=sort, limit=limit)
            wanted = _wanted(connection, asked, min_price, max_price)
            try:
                page = find(connection, wanted, cursor)
            except BadCursor as error:
                raise HTTPException(422, str(error)) from error
        return ResultsOut(items=[_shown(found) for found in page.items], next_cursor=page.next_cursor)

    return routes


def _wanted(connection: Connection, wanted: ProductQuery, low: str | None, high: str | None) -> ProductQuery:
    """Read the price range in the currency asked for, or in the one that most products have.

    Prices are compared, by range or by order, within one currency only.
    """
    if low is None and high is None and wanted.sort not in (Sort.PRICE, Sort.PRICE_DOWN):
        return wanted
    currency = wanted.currency or currency_of(connection) or "XXX"
    try:
        return wanted._replace(
            currency=currency,
            min_price=None if low is None else parse_price(low, currency),
            max_price=None if high is None else parse_price(high, currency),
        )
    except (NotAPrice, UnknownCurrency) as error:
        raise HTTPException(422, str(error)) from error


def _shown(found: FoundProduct) -> FoundOut:
    return FoundOut(**{**found._asdict(), "price": format_price(found.price, found.currency)})
