"""Catalog's own routes: a product as it shows it, with the lock on its price."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from pydantic import AfterValidator, BaseModel
from sqlalchemy import Engine

from app.clock import utc_now
from app.contracts.context import PriceLock
from app.words.money import format_price
from app.words.sku import to_look_up
from workers.choreography.catalog import records
from workers.choreography.catalog.records import CatalogProduct

MAX_SKUS = 1_000


Sku = Annotated[str, AfterValidator(to_look_up)]


class ProductOut(BaseModel):
    """A product as catalog shows it."""

    sku: str
    name: str
    category: str
    subcategory: str
    brand: str
    price: str
    currency: str
    version: int
    heard_at: datetime
    lock: PriceLock | None


def router(store: Callable[[], Engine]) -> APIRouter:
    """Return the routes over catalog's store."""
    routes = APIRouter()

    @routes.get("/products/{sku:path}")
    def read(sku: Sku) -> ProductOut:
        """Read a product with the price that catalog believes."""
        with store().connect().execution_options(read_only=True) as connection:
            found = records.product_of(connection, sku)
            held = records.locks_of(connection, [sku], utc_now()).get(sku)
        if found is None:
            raise HTTPException(404, "Catalog knows no product with this SKU.")
        return _shown(found, held)

    @routes.get("/locks")
    def locks(sku: Annotated[list[Sku], Query(max_length=MAX_SKUS)]) -> list[PriceLock]:
        """Look many SKUs up at once (`?sku=A&sku=B`): the locks in force among them."""
        with store().connect().execution_options(read_only=True) as connection:
            found = records.locks_of(connection, sku, utc_now())
        return [found[name] for name in sorted(found)]

    return routes


def _shown(found: CatalogProduct, held: PriceLock | None) -> ProductOut:
    return ProductOut(
        **{**found._asdict(), "price": format_price(found.price, found.currency)},
        lock=held,
    )
