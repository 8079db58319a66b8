"""Price locks over HTTP, at the address of each context that keeps them: the same command as on the Prices page."""

import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter
from pydantic import AfterValidator, AwareDatetime, BaseModel, Field

from app import context_commands, contexts
from app.api.access import PriceLocker
from app.clock import utc_now
from app.contracts.context import PriceLock
from app.lifecycle.errors import NotFound
from app.words.sku import to_look_up
from app.words.typed import plain


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


_Sku = Annotated[str, AfterValidator(to_look_up)]


class LockIn(BaseModel):
    """Why and until when a price is fixed."""

    reason: Annotated[str, Field(max_length=500), AfterValidator(_words)]
    until: Annotated[AwareDatetime, AfterValidator(_in_utc)]


def router() -> APIRouter:
    """Return the routes of every context that keeps price locks."""
    routes = APIRouter(prefix="/api/contexts", tags=["contexts"])
    for keeper in contexts.keepers():
        routes.include_router(_routes_of(keeper), prefix=f"/{keeper}")
    return routes


def _routes_of(keeper: str) -> APIRouter:
    routes = APIRouter()
    says = f"Fix a SKU's price until an instant: {keeper} refuses changes to it meanwhile."

    @routes.put("/products/{sku:path}/lock", description=says)
    def lock(sku: _Sku, wish: LockIn, caller: PriceLocker) -> PriceLock:
        now = utc_now()
        key = _of_content("lock", keeper, sku, wish.model_dump_json())
        return context_commands.lock_price(caller, sku, wish.reason, wish.until, key=key, now=now, keeper=keeper)

    @routes.delete("/products/{sku:path}/lock", status_code=204)
    def unlock(sku: _Sku, caller: PriceLocker) -> None:
        """Release a SKU's price."""
        if not context_commands.unlock_price(caller, sku, now=utc_now(), keeper=keeper):
            raise NotFound("This SKU's price is not locked.")

    return routes


def _of_content(*wish: str) -> str:
    """Return the key of a wish that is the same wish whenever it is sent: PUT needs no key of the caller's."""
    return sha256(json.dumps(wish).encode()).hexdigest()
