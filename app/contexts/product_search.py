"""Finding products in the index of a context that has one, for the screens. Answers None when none does."""

from sqlalchemy.exc import DatabaseError

from app.contexts.discovery import context, has_store, names, store_of
from app.contracts.context import Finder, Hits, Question
from app.words.money import Money, one_currency


def find(
    q: str, *, low: Money | None = None, high: Money | None = None, cursor: str | None = None, limit: int = 50
) -> Hits | None:
    """Return what is found, best first; None if no context finds products, or its store does not answer."""
    bounds = [bound for bound in (low, high) if bound is not None]
    question = Question(
        q=q,
        low=low.minor if low else None,
        high=high.minor if high else None,
        currency=one_currency(*bounds) if bounds else None,
        cursor=cursor,
        limit=limit,
    )
    for name, finds in _finders():
        try:
            with store_of(name).connect().execution_options(read_only=True) as connection:
                return finds(connection, question)
        except DatabaseError:
            continue
    return None


def _finders() -> list[tuple[str, Finder]]:
    return [(name, finds) for name in names() if (finds := context(name).finds) is not None and has_store(name)]
