"""Reading what contexts hold: prices they believe, and prices that they have parked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import bindparam, text
from sqlalchemy.exc import DatabaseError

from app.clock import utc_now
from app.contexts.discovery import has_store, store_of
from app.words.money import Money

CHUNK = 1000

_BELIEFS = text("SELECT sku, price, currency, version, heard_at FROM belief WHERE sku IN :skus").bindparams(
    bindparam("skus", expanding=True)
)
_PARKED = text("SELECT sku, version FROM parked WHERE state = 'parked'")
_AGAIN = text(
    "UPDATE parked SET state = 'retrying', attempts = 0, next_at = :now WHERE sku IN :skus AND state = 'parked'"
    " AND seq = (SELECT min(other.seq) FROM parked other WHERE other.sku = parked.sku)"
).bindparams(bindparam("skus", expanding=True))


@dataclass(frozen=True, slots=True)
class BeliefSince:
    """What a context holds to be a SKU's price, and since when."""

    price: int
    currency: str
    version: int
    heard_at: datetime

    @property
    def money(self) -> Money:
        """Return the price."""
        return Money(self.price, self.currency)


def beliefs(name: str, skus: Sequence[str]) -> dict[str, BeliefSince]:
    """Return what a context believes of some SKUs; a context that never ran believes nothing."""
    found: dict[str, BeliefSince] = {}
    if not has_store(name):
        return found
    try:
        with store_of(name).connect().execution_options(read_only=True) as connection:
            for start in range(0, len(skus), CHUNK):
                rows = connection.execute(_BELIEFS, {"skus": list(skus[start : start + CHUNK])})
                for sku, price, currency, version, at in rows:
                    found[sku] = BeliefSince(price, currency, version, instant(at))
    except DatabaseError:
        return {}  # no tables yet, or the store is away: the page shows what it can
    return found


def knows(name: str, sku: str) -> bool:
    """Return whether a context believes any price of a SKU. Trouble with its store is not swallowed."""
    with store_of(name).connect().execution_options(read_only=True) as connection:
        return connection.execute(_BELIEFS, {"skus": [sku]}).first() is not None


def parked(name: str) -> frozenset[tuple[str, int]]:
    """Return the prices that a context has parked, each as SKU and version: those that can be tried again."""
    if not has_store(name):
        return frozenset()
    try:
        with store_of(name).connect().execution_options(read_only=True) as connection:
            return frozenset((sku, version) for sku, version in connection.execute(_PARKED))
    except DatabaseError:
        return frozenset()


def redrive(name: str, skus: Sequence[str]) -> int:
    """Let a context try again, now, what it parked of some SKUs. Returns for how many; safe to repeat."""
    if not skus or not has_store(name):
        return 0
    now = int(utc_now().timestamp() * 1000)
    with store_of(name).begin() as connection:
        portions = (list(skus[start : start + CHUNK]) for start in range(0, len(skus), CHUNK))
        return sum(connection.execute(_AGAIN, {"skus": portion, "now": now}).rowcount for portion in portions)


def instant(millis: int) -> datetime:
    """Return a stored instant as an aware datetime."""
    return datetime.fromtimestamp(millis / 1000, UTC)
