"""A product's family, rank, pack, content and advertised minimum, as the cells of a catalog say them.

An empty cell says nothing; a dash or `none` takes away what is on file.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from app.intake import sheet_amounts
from app.intake.unreadable import UnreadableFile
from app.pricelist.attributes import MOST_RANK, MOST_UNITS, NO_CONTENT, NOTHING_STATED, Stated
from app.words.content import Content, NotAContent, parse_content
from app.words.money import NotAPrice, parse_price
from app.words.typed import plain

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "family": ("family", "product_family"),
    "rank": ("rank", "tier", "family_rank"),
    "pack": ("pack", "pack_size", "units_per_pack"),
    "content": ("content", "net_content", "net_quantity"),
    "minimum": sheet_amounts.MINIMA,
}
"""What people call the columns, as a sheet compares names."""
NAMES = frozenset(name for names in COLUMNS.values() for name in names)
LONGEST = 120
_NONE = frozenset(("-", "–", "—", "none"))


class UnfitCell(ValueError):
    """A cell that cannot be taken: `code` is stable, the text a sentence."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


def places(columns: Sequence[str]) -> Mapping[str, str]:
    """Return which column says what. Raises `UnreadableFile` where two would say the same."""
    found = {what: [name for name in columns if name in names] for what, names in COLUMNS.items()}
    twice = next((names for names in found.values() if len(names) > 1), None)
    if twice:
        raise UnreadableFile(
            f"The columns “{twice[0]}” and “{twice[1]}” say the same; take one out. Nothing was read.",
            code="columns_doubled",
        )
    return {what: names[0] for what, names in found.items() if names}


def stated(cells: Mapping[str, str], where: Mapping[str, str], currency: str) -> Stated:
    """Return what a row says. Raises `UnfitCell`."""
    said = {what: text for what, name in where.items() if (text := cells.get(name, ""))}
    if not said:
        return NOTHING_STATED
    return Stated(
        family=_family(said["family"]) if "family" in said else None,
        family_rank=_number(said.get("rank"), "rank in the family", MOST_RANK),
        pack_size=_number(said.get("pack"), "number of units in a pack", MOST_UNITS),
        content=_content(said["content"]) if "content" in said else None,
        minimum_advertised=_minimum(said.get("minimum"), currency),
    )


def _family(text: str) -> str:
    if text.casefold() in _NONE:
        return ""
    name = plain(text)
    if "\0" in text or not name:
        raise UnfitCell("bad_family", "The name of the family holds nothing that can be read; type it anew.")
    if len(name) > LONGEST:
        raise UnfitCell(
            "bad_family", f"The name of the family has {len(name):,} characters; at most {LONGEST} are kept."
        )
    return name


def _number(text: str | None, what: str, most: int) -> int | None:
    if text is None or text.casefold() in _NONE:
        return None if text is None else 0
    if not (text.isascii() and text.isdecimal() and len(text) <= 9 and 1 <= int(text) <= most):
        code = "bad_rank" if most == MOST_RANK else "bad_pack"
        raise UnfitCell(code, f"“{text[:20]}” is no {what}; write a whole number from 1 to {most:,}.")
    return int(text)


@lru_cache(maxsize=20_000)
def _content(text: str) -> Content:
    if text.casefold() in _NONE:
        return NO_CONTENT
    try:
        return parse_content(text)
    except NotAContent as refused:
        raise UnfitCell("bad_content", str(refused)) from refused


def _minimum(text: str | None, currency: str) -> int | None:
    if text is None or text.casefold() in _NONE:
        return None if text is None else 0
    try:
        return parse_price(text, currency)
    except NotAPrice as refused:
        raise UnfitCell(refused.code, f"Advertised minimum: {refused}") from refused
