"""Search: a full-text index over products, filtered and sorted by price."""

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine

from app.contracts.events import PriceChangePublished, PriceChangeRolledBack, ProductListed
from workers.choreography.search.handlers import index_products
from workers.choreography.search.product_query import answer
from workers.streams import Consumer, believe


def _routes(store: Callable[[], Engine]) -> object:
    from workers.choreography.search.http import router  # the web alone needs it

    return router(store)


CONSUMER = Consumer(
    "search",
    does="re-indexes",
    # A price is filtered and sorted by, never matched: believing it is the whole re-indexing, the text stays untouched.
    on={ProductListed: index_products, PriceChangePublished: believe, PriceChangeRolledBack: believe},
    migrations=Path(__file__).parent / "migrations",
    finds=answer,
    routes=_routes,
)
