"""What the address of the rules page asks for, and the addresses that lead elsewhere on it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from app import routes

AT_ONCE = 100
"""So many rows of a set stand on the page at once."""
NEW = "new"
"""The row that is about to be added; no rule has this id as long as it is asked for so."""


@dataclass(frozen=True, slots=True)
class RulesAsked:
    """One set, the first of its rows that is shown, the row that is open, the SKU that is asked about."""

    set: int | None = None
    after: int = 0
    row: str = ""
    sku: str = ""

    def address(self, **other: int | str | None) -> str:
        """Return the address of this with some of it otherwise."""
        there = replace(self, **other)
        return routes.with_query(
            routes.RULES,
            set=str(there.set) if there.set else "",
            after=str(there.after) if there.after else "",
            row=there.row,
            sku=there.sku,
        )


def wanted(query: Mapping[str, str]) -> RulesAsked:
    """Read the address; what makes no sense there is the active set, from its first row on."""
    return RulesAsked(
        set=number_of(query.get("set", "")) or None,
        after=number_of(query.get("after", "")) // AT_ONCE * AT_ONCE,
        row=query.get("row", "")[:64],
        sku=query.get("sku", "").strip()[:200],
    )


def number_of(text: str) -> int:
    """Return a number that somebody wrote; what is none is 0."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
