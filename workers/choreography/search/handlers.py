"""What search does with what it hears."""

from collections.abc import Sequence

from sqlalchemy import Connection

from app.contracts.events import ProductListed
from workers.choreography.search import records
from workers.streams import Heard


def index_products(connection: Connection, heard: Sequence[Heard]) -> None:
    """Index the text of products; where it did not change, the index is left alone."""
    records.index(connection, [h.event for h in heard if isinstance(h.event, ProductListed)])
