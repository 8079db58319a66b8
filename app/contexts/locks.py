"""Price locks for the screens. They are catalog's own: this only carries the wish to catalog's store and back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import DatabaseError

from app.clock import utc_now
from app.contexts.discovery import has_store, part, store_of

_OWNER = "catalog"


@dataclass(frozen=True, slots=True)
class PriceLock:
    """A SKU's price is fixed until an instant."""

    sku: str
    reason: str
    until: datetime
    by: str


def lock(sku: str, reason: str, until: datetime, by: str) -> PriceLock:
    """Fix a SKU's price (replacing an earlier lock): catalog will refuse changes to it until then."""
    records = part(_OWNER, "records")
    with store_of(_OWNER).begin() as connection:
        records.lock(connection, records.PriceLock(sku, reason, until, by), utc_now())
    return PriceLock(sku, reason, until, by)


def unlock(sku: str) -> bool:
    """Release a SKU's price. Returns whether it was locked."""
    with store_of(_OWNER).begin() as connection:
        return bool(part(_OWNER, "records").unlock(connection, sku))


def lock_of(skus: Sequence[str]) -> dict[str, PriceLock]:
    """Return the locks in force among some SKUs."""
    if not skus or not has_store(_OWNER):
        return {}
    try:
        with store_of(_OWNER).connect().execution_options(read_only=True) as connection:
            found = part(_OWNER, "records").locks_of(connection, skus, utc_now())
    except DatabaseError:
        return {}
    return {sku: PriceLock(held.sku, held.reason, held.until, held.by) for sku, held in found.items()}
