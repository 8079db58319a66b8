"""What a context is to the web: who it is, and what it can be asked. Contexts implement it; the web knows no more.

A package offers contexts by an entry point `baton.contexts`, a function that names each and how to load it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple, Protocol, TypeAlias

from sqlalchemy import Connection, Engine

from app.contracts.holds import Hold

ENTRY_POINTS = "baton.contexts"

LookUp: TypeAlias = Callable[[Connection, Sequence[str], datetime], Mapping[str, Hold]]
"""Tells, of many SKUs at once and without changing anything, which prices the context would refuse at an instant."""

Routes: TypeAlias = Callable[[Callable[[], Engine]], object]
"""Makes the context's own routes (FastAPI's `APIRouter`) over its store."""


@dataclass(frozen=True, slots=True)
class PriceLock:
    """A SKU's price is fixed until an instant, for a reason, on somebody's word."""

    sku: str
    reason: str
    until: datetime
    by: str

    @property
    def mark(self) -> str:
        """Return what tells this lock from every other one of its SKU: who saw it gives this back."""
        return sha256("\n".join((self.reason, self.until.isoformat(), self.by)).encode()).hexdigest()


class PriceLocks(Protocol):
    """What a context that keeps price locks does with them, in its own store."""

    def lock(self, connection: Connection, fixed: PriceLock, now: datetime) -> None:
        """Fix a SKU's price, replacing an earlier lock."""

    def unlock(self, connection: Connection, sku: str) -> bool:
        """Release a SKU's price. Returns whether it was locked."""

    def locks_of(self, connection: Connection, skus: Sequence[str], now: datetime) -> Mapping[str, PriceLock]:
        """Return the locks in force among some SKUs."""


class Question(NamedTuple):
    """Which products to look for: words, a range of prices in minor units of a currency, and where to go on."""

    q: str
    low: int | None = None
    high: int | None = None
    currency: str | None = None
    cursor: str | None = None
    limit: int = 50


class Hit(NamedTuple):
    """A product that was found, with the category it is filed under."""

    sku: str
    category: str


class Hits(NamedTuple):
    """One page of hits, best first, and where the next one begins."""

    items: Sequence[Hit]
    next_cursor: str | None


Finder: TypeAlias = Callable[[Connection, Question], Hits]
"""Finds products; a cursor that it did not hand out begins with the first page."""


class Context(Protocol):
    """A context. Whatever it does not offer is None."""

    @property
    def name(self) -> str:
        """Its name: of its store, its queue and its stream of answers."""

    @property
    def holds(self) -> LookUp | None:
        """How people hear of refusals before they submit a change."""

    @property
    def locks(self) -> PriceLocks | None:
        """The price locks that it keeps."""

    @property
    def finds(self) -> Finder | None:
        """How products are found in it."""

    @property
    def routes(self) -> Routes | None:
        """What it answers on the API, under its own name."""


Offer: TypeAlias = Callable[[], Mapping[str, Callable[[], Context]]]
"""What an entry point is: names contexts, each with how to load it. Naming them loads none."""
