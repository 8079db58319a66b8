"""Finding products in search's own index, for the screens. Answers None when search does not."""

from dataclasses import dataclass

from sqlalchemy.exc import DatabaseError

from app.contexts.discovery import has_store, part, store_of
from app.words.money import Money, one_currency

_OWNER = "search"


@dataclass(frozen=True, slots=True)
class Hit:
    """A product that search found, with the category it files it under."""

    sku: str
    category: str


@dataclass(frozen=True, slots=True)
class Hits:
    """One page of hits, and where the next one begins."""

    items: tuple[Hit, ...]
    next_cursor: str | None


def find(
    q: str, *, low: Money | None = None, high: Money | None = None, cursor: str | None = None, limit: int = 50
) -> Hits | None:
    """Return what search finds, best first; None if its store is not there or does not answer."""
    if not has_store(_OWNER):
        return None
    finding = part(_OWNER, "finding")
    bounds = [bound for bound in (low, high) if bound is not None]
    wanted = finding.Wanted(
        q=q,
        min_price=low.minor if low else None,
        max_price=high.minor if high else None,
        currency=one_currency(*bounds) if bounds else None,
        limit=limit,
    )
    try:
        with store_of(_OWNER).connect().execution_options(read_only=True) as connection:
            page = finding.find(connection, wanted, cursor)
    except finding.BadCursor:
        return find(q, low=low, high=high, limit=limit)
    except DatabaseError:
        return None
    return Hits(tuple(Hit(found.sku, found.category) for found in page.items), page.next_cursor)
