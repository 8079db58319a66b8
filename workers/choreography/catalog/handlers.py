"""What catalog does with what it hears. The price itself is kept for it; a lock is the one reason to refuse it."""

from collections.abc import Sequence

from sqlalchemy import Connection

from app.contracts.events import ProductListed
from workers.choreography.catalog import records
from workers.streams import CannotApply, Heard


def list_products(connection: Connection, heard: Sequence[Heard]) -> None:
    """Keep the description of products."""
    records.describe(connection, [h.event for h in heard if isinstance(h.event, ProductListed)])


def re_price(connection: Connection, heard: Sequence[Heard]) -> None:
    """Refuse prices of locked SKUs: a contract or promotion fixes them, and trying again would not help."""
    locks = records.locks_of(connection, [h.sku for h in heard], heard[0].heard_at)
    if locks:
        raise CannotApply({sku: lock.refusal() for sku, lock in locks.items()})
