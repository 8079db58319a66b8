"""How much one step of something large may do: as much as keeps the store for half of what is promised."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from time import monotonic
from typing import TypeVar

from app.database import HELD_MS

T = TypeVar("T")
P = TypeVar("P")
FEWEST, MOST, FIRST = 500, 4_000, 1_000


def in_steps(items: Sequence[T], prepare: Callable[[Sequence[T]], P]) -> Iterator[P]:
    """Give items in portions, each prepared while others have the store; whoever takes one works with the store.

    A portion that took long (the machine is busy, the store is slow) makes the next one smaller.
    """
    size, start = FIRST, 0
    while start < len(items):
        portion = prepare(items[start : start + size])
        begun = monotonic()
        yield portion
        start += size
        size = _next(size, (monotonic() - begun) * 1000)


def in_parts(items: Iterable[T], most: int) -> Iterator[Sequence[T]]:
    """Give items so many at a time as they come: whoever looks them up in the store asks once for a part."""
    rest = iter(items)
    while part := list(islice(rest, most)):
        yield part


def _next(size: int, took_ms: float) -> int:
    fitting = int(size * (HELD_MS / 2) / max(took_ms, 1.0))
    return max(FEWEST, min(fitting, size * 2, MOST))
