"""Search: a full-text index over products, filtered and sorted by price."""

from pathlib import Path

from app.contracts.events import PriceChangePublished, PriceChangeRolledBack, ProductListed
from workers.choreography.search.handlers import index_products
from workers.streams import Consumer, believe

CONSUMER = Consumer(
    "search",
    does="re-indexes",
    # A price is filtered and sorted by, never matched: believing it is the whole re-indexing, the text stays untouched.
    on={ProductListed: index_products, PriceChangePublished: believe, PriceChangeRolledBack: believe},
    migrations=Path(__file__).parent / "migrations",
)
