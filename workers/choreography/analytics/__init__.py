"""Analytics: how many prices changed and by how much, per category and day."""

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine

from app.contracts.events import PriceChangePublished, PriceChangeRolledBack, ProductListed
from workers.choreography.analytics.handlers import count_changes, note_categories, take_out_again
from workers.streams import Consumer


def _routes(store: Callable[[], Engine]) -> object:
    from workers.choreography.analytics.http import router  # the web alone needs it

    return router(store)


CONSUMER = Consumer(
    "analytics",
    does="counts",
    on={ProductListed: note_categories, PriceChangePublished: count_changes, PriceChangeRolledBack: take_out_again},
    migrations=Path(__file__).parent / "migrations",
    routes=_routes,
)
