"""Facts of many lines as columns of integers, for the vectorised half of each kind.

A column is made when an expression names it. A value that 63 bits or the bounds of a fact do not hold makes its line an
odd one: `check` looks at it, whatever the expressions say.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import compress
from types import MappingProxyType, NoneType
from typing import Final

import polars as pl

from app.words.money import EXPONENTS, MAX_MINOR
from rules.facts import Facts, is_amount
from rules.kinds import family

MOST_CHANGES: Final = 10**6
_INTEGERS: Final[tuple[set[type], ...]] = ({int}, {int, NoneType}, {NoneType}, set())

Cells = list[int | None]
Column = Callable[[Sequence[Facts]], tuple[Cells, Iterable[int]]]
"""Gives the cells of a column, and the places of odd lines in it."""


def framed(lines: Sequence[Facts], names: Iterable[str]) -> tuple[pl.DataFrame, set[int]]:
    """Return the columns that are named, and the places of odd lines. A name that there is not is left out."""
    odd: set[int] = set()
    cells: dict[str, Cells] = {}
    for name in sorted({"old", "new", *names} & COLUMNS.keys()):
        cells[name], strange = COLUMNS[name](lines)
        odd.update(strange)
    return pl.DataFrame(cells, schema=dict.fromkeys(cells, pl.Int64)), odd


def _within(name: str, least: int, most: int) -> Column:
    """Make the column of a fact that is a whole number between two bounds."""

    def cells_of(lines: Sequence[Facts]) -> tuple[Cells, Iterable[int]]:
        cells: Cells = [getattr(facts, name) for facts in lines]
        if set(map(type, cells)) in _INTEGERS:
            known = [cell for cell in cells if cell is not None]
            if not known or (min(known) >= least and max(known) <= most):
                return cells, ()
        strange = [cell is not None and not (type(cell) is int and least <= cell <= most) for cell in cells]
        return [None if odd else cell for cell, odd in zip(cells, strange, strict=True)], _places(strange)

    return cells_of


def _decimals(lines: Sequence[Facts]) -> tuple[Cells, Iterable[int]]:
    return [EXPONENTS.get(facts.currency) for facts in lines], ()


def _stale(name: str) -> Column:
    """Make the column that is 1 where a fact was observed too long ago to count."""
    return lambda lines: ([int(name in facts.too_old) for facts in lines], ())


def _of_family(bound: Callable[[Facts], int | None]) -> Column:
    """Make the column of a number that the other members of the family give; who breaks the reckoning is odd."""

    def cells_of(lines: Sequence[Facts]) -> tuple[Cells, Iterable[int]]:
        cells: Cells = [None] * len(lines)
        odd = [False] * len(lines)
        for place, facts in enumerate(lines):
            if facts.family:
                try:
                    cells[place] = bound(facts)
                    odd[place] = not is_amount(facts.new)
                except Exception:  # whatever is wrong with the family, `check` says so
                    odd[place] = True
        return cells, _places(odd)

    return cells_of


def _places(marked: Sequence[bool]) -> Iterable[int]:
    return compress(range(len(marked)), marked)


COLUMNS: Final[Mapping[str, Column]] = MappingProxyType(
    {
        "old": _within("old", 1, MAX_MINOR),
        "new": _within("new", 1, MAX_MINOR),
        "cost": _within("cost", 1, MAX_MINOR),
        "competitor": _within("competitor", 1, MAX_MINOR),
        "month_ago": _within("month_ago", 1, MAX_MINOR),
        "lowest_month": _within("lowest_month", 1, MAX_MINOR),
        "minimum_advertised": _within("minimum_advertised", 1, MAX_MINOR),
        "changes_month": _within("changes_month", 0, MOST_CHANGES),
        "decimals": _decimals,
        "stale_minimum": _stale("minimum_advertised"),
        "ladder_least": _of_family(family.dearest_below),
        "ladder_most": _of_family(family.cheapest_above),
        "pack_least": _of_family(family.least_for_pack),
        "pack_most": _of_family(family.most_for_pack),
        "pack_unknown": _of_family(family.unknown_packs),
    }
)
"""What an expression may name. Money in minor units, null for unknown; `decimals` are those of the currency;
`ladder_least` and `ladder_most` the prices of the ranks below and above; `pack_least` and `pack_most` what the other
packs allow, cut to what prices may be; `pack_unknown` how many packs of the family cannot be compared."""
