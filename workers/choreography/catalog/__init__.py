"""Catalog: products with their prices, as the shop shows them. Holds price locks and refuses to break one."""

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine

from app.contracts.events import PriceChangePublished, PriceChangeRolledBack, ProductListed
from workers.choreography.catalog import records
from workers.choreography.catalog.handlers import held, list_products, re_price
from workers.streams import Consumer, believe


def _routes(store: Callable[[], Engine]) -> object:
    from workers.choreography.catalog.http import router  # the web alone needs it

    return router(store)


CONSUMER = Consumer(
    "catalog",
    does="re-prices",
    on={ProductListed: list_products, PriceChangePublished: re_price, PriceChangeRolledBack: believe},
    asks_for_rollback=True,
    migrations=Path(__file__).parent / "migrations",
    holds=held,
    locks=records,
    routes=_routes,
)
