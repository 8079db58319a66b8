"""Reading what contexts hold: prices they believe, and prices that they set aside."""

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
_TROUBLES = text("SELECT sku, version, state, attempts, cause, next_at, at FROM parked ORDER BY at DESC LIMIT :limit")
_AGAIN = text(
    "UPDATE parked SET state = 'retrying', attempts = 0, next_at = :now WHERE sku IN :skus AND state <> 'waiting'"
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


@dataclass(frozen=True, slots=True)
class SetAsidePrice:
    """A price that a context set aside: `state` is `retrying`, `parked`, or `waiting` behind another of its SKU."""

    sku: str
    version: int
    state: str
    attempts: int
    cause: str
    next_at: datetime | None
    at: datetime


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


def troubles(name: str, *, limit: int = 200) -> list[SetAsidePrice]:
    """Return what a context has set aside, newest first."""
    if not has_store(name):
        return []
    try:
        with store_of(name).connect().execution_options(read_only=True) as connection:
            rows = connection.execute(_TROUBLES, {"limit": limit}).all()
    except DatabaseError:
        return []
    return [
        SetAsidePrice(sku, version, state, attempts, cause, instant(next_at) if next_at else None, instant(at))
        for sku, version, state, attempts, cause, next_at, at in rows
    ]


def redrive(name: str, skus: Sequence[str]) -> int:
    """Let a context try again, now, what it set aside for some SKUs. Returns for how many; safe to repeat."""
    if not skus or not has_store(name):
        return 0
    with store_of(name).begin() as connection:
        return connection.execute(_AGAIN, {"skus": list(skus), "now": int(utc_now().timestamp() * 1000)}).rowcount


def instant(millis: int) -> datetime:
    """Return a stored instant as an aware datetime."""
    return datetime.fromtimestamp(millis / 1000, UTC)
