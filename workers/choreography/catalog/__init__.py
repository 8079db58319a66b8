"""Catalog: products with their prices, as the shop shows them. Holds price locks and refuses to break one."""

from pathlib import Path

from app.contracts.events import PriceChangePublished, PriceChangeRolledBack, ProductListed
from workers.choreography.catalog.handlers import held, list_products, re_price
from workers.streams import Consumer, believe

CONSUMER = Consumer(
    "catalog",
    does="re-prices",
    on={ProductListed: list_products, PriceChangePublished: re_price, PriceChangeRolledBack: believe},
    asks_for_rollback=True,
    migrations=Path(__file__).parent / "migrations",
    holds=held,
)
