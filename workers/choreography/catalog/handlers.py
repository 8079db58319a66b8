"""What catalog does with what it hears. The price itself is kept for it; a lock is the one reason to refuse it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection

from app.contracts.context import PriceLock
from app.contracts.events import ProductListed
from app.contracts.holds import Hold
from workers.choreography.catalog import records
from workers.streams import CannotApply, Heard


def list_products(connection: Connection, heard: Sequence[Heard]) -> None:
    """Keep the description of products."""
    records.describe(connection, [h.event for h in heard if isinstance(h.event, ProductListed)])


def re_price(connection: Connection, heard: Sequence[Heard]) -> None:
    """Refuse prices of locked SKUs: a contract or promotion fixes them, and trying again would not help."""
    locks = records.locks_of(connection, [h.sku for h in heard], heard[0].heard_at)
    if locks:
        raise CannotApply({sku: _refusal(lock) for sku, lock in locks.items()})


def held(connection: Connection, skus: Sequence[str], at: datetime) -> Mapping[str, Hold]:
    """Tell which of these SKUs are locked at an instant: what `re_price` would refuse then."""
    return {
        sku: Hold(context="catalog", sku=sku, reason=lock.reason, until=lock.until)
        for sku, lock in records.locks_of(connection, skus, at).items()
    }


def _refusal(lock: PriceLock) -> str:
    """Return the cause that catalog gives for not following a price."""
    until = lock.until.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return f"Price locked until {until}: {lock.reason}"
