"""Catalog's own routes: a product as it shows it, and the lock on its price."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request
from pydantic import AfterValidator, AwareDatetime, BaseModel, Field
from sqlalchemy import Engine

from app.clock import utc_now
from app.contracts.context import PriceLock
from app.words.money import format_price
from app.words.sku import clean, storable
from app.words.typed import plain
from workers.choreography.catalog import records
from workers.choreography.catalog.records import CatalogProduct

MAX_SKUS = 1_000


def _sku(sku: str) -> str:
    name = clean(sku)
    if not storable(name):
        raise ValueError("no SKU holds characters that do not show")
    return name


Sku = Annotated[str, AfterValidator(_sku)]


def _words(reason: str) -> str:
    kept = plain(reason)
    if not kept:
        raise ValueError("say why the price is fixed")
    return kept


def _in_utc(until: datetime) -> datetime:
    try:
        return until.astimezone(UTC)
    except OverflowError:
        raise ValueError("this instant is beyond the calendar") from None


class LockIn(BaseModel):
    """Why and until when a price is fixed."""

    reason: Annotated[str, Field(max_length=500), AfterValidator(_words)]
    until: Annotated[AwareDatetime, AfterValidator(_in_utc)]


class LockOut(BaseModel):
    """A lock in force."""

    sku: str
    reason: str
    until: datetime
    by: str


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
    lock: LockOut | None


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
    def locks(sku: Annotated[list[Sku], Query(max_length=MAX_SKUS)]) -> list[LockOut]:
        """Look many SKUs up at once (`?sku=A&sku=B`): the locks in force among them."""
        with store().connect().execution_options(read_only=True) as connection:
            found = records.locks_of(connection, sku, utc_now())
        return [LockOut(**found[name]._asdict()) for name in sorted(found)]

    @routes.put("/products/{sku:path}/lock")
    def lock(sku: Sku, wish: LockIn, request: Request) -> LockOut:
        """Fix a SKU's price until an instant: catalog refuses changes to it meanwhile."""
        now, until = utc_now(), wish.until.astimezone(UTC)
        if until <= now:
            raise HTTPException(422, "`until` has passed already: give an instant in the future.")
        held = PriceLock(sku, wish.reason, until, _caller(request))
        with store().begin() as connection:
            if records.product_of(connection, sku) is None:
                raise HTTPException(404, "Catalog knows no product with this SKU.")
            records.lock(connection, held, now)
        return LockOut(**held._asdict())

    @routes.delete("/products/{sku:path}/lock", status_code=204)
    def unlock(sku: Sku) -> None:
        """Release a SKU's price."""
        with store().begin() as connection:
            if not records.unlock(connection, sku):
                raise HTTPException(404, "This SKU's price is not locked.")

    return routes


def _shown(found: CatalogProduct, held: PriceLock | None) -> ProductOut:
    return ProductOut(
        **{**found._asdict(), "price": format_price(found.price, found.currency)},
        lock=None if held is None else LockOut(**held._asdict()),
    )


def _caller(request: Request) -> str:
    return str(getattr(request.state, "caller_name", ""))
