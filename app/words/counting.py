"""Whole numbers, alone and with their noun: never shortened, a true minus, `1 row` and `2 rows`."""

from collections.abc import Sequence
from typing import Final

MINUS: Final = "\u2212"
UNKNOWN: Final = "not measured"
"""What is shown of a number that nobody knows: a word, never 0 or a dash."""


def count(number: int | None) -> str:
    """Write a whole number: `27,555`."""
    return UNKNOWN if number is None else f"{number:,}".replace("-", MINUS)


def noun(number: int, one: str, many: str = "") -> str:
    """Return the words that go with a number: `line` or `lines`, `line breaks` or `lines break`."""
    return one if number == 1 else many or f"{one}s"


def plural(number: int, one: str, many: str = "") -> str:
    """Write a number with the words that go with it: `1 line`, `38 lines`, `0 lines`, `2 entries`."""
    return f"{count(number)} {noun(number, one, many)}"


def part(number: int, of: int, one: str, many: str = "") -> str:
    """Write a part of a whole, whose noun goes with the whole: `1 of 38 lines`, `1 of 1 line`."""
    return f"{count(number)} of {plural(of, one, many)}"


def some_of(named: Sequence[str], total: int | None = None, *, most: int = 3) -> str:
    """Name the first of many, and say how many more there are (of `total`, if not all have names): `T1 and 5 more`."""
    first = named[:most]
    more = (len(named) if total is None else total) - len(first)
    return ", ".join(first) + (f" and {count(more)} more" if more > 0 else "")
