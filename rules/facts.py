"""What a rule may read of one line, and nothing more."""

from dataclasses import dataclass
from typing import Final

from app.words.money import MAX_MINOR


@dataclass(frozen=True, slots=True)
class FamilyMember:
    """Another product of the family; `price` is what it would cost if the proposal went out: proposed, else current."""

    sku: str
    price: int
    rank: int | None = None
    pack_size: int | None = None
    content: int | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """One proposed price with what is known about its product. Money is in minor units of `currency`.

    `month_ago` is the price that was in force 30 days before, or the first one if the product is younger than that;
    None if it was not looked up (verdicts of before that fact existed): then the old price alone counts.
    `too_old` names facts that are None because they were observed too long ago to count.

    `lowest_month` is the lowest price in force in the 30 days before this change began, never this change itself (for a
    reduction that goes on in steps: before its first step; for a product younger than that: since it was listed).
    `changes_month` counts how often its price changed in the 30 days before, this change not counted.
    `rank` is its place in the family's ladder, `content` what one unit holds in the smallest unit of its kind
    (milligrams, microlitres, millimetres or pieces: members of a family are measured alike), `pack_size` how many units
    are in the pack, and `family` every other member at the price it would have if the whole proposal went out.
    """

    sku: str
    category: str
    brand: str
    currency: str
    old: int
    new: int
    cost: int | None = None
    competitor: int | None = None
    channel: str | None = None
    month_ago: int | None = None
    too_old: frozenset[str] = frozenset()
    sub_category: str = ""
    lowest_month: int | None = None
    changes_month: int | None = None
    minimum_advertised: int | None = None
    pack_size: int | None = None
    content: int | None = None
    rank: int | None = None
    family: tuple[FamilyMember, ...] = ()


MORE: Final = frozenset(
    {
        "sub_category",
        "lowest_month",
        "changes_month",
        "minimum_advertised",
        "pack_size",
        "content",
        "rank",
        "family",
    }
)
"""Facts that are looked up, and kept with a line, only where the rule set reads them."""


def is_amount(value: object) -> bool:
    """Tell whether a value is an exact amount in the range that prices and costs may have."""
    return type(value) is int and 1 <= value <= MAX_MINOR
