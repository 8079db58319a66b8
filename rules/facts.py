"""What a rule may read of one line, and nothing more."""

from dataclasses import dataclass

from app.words.money import MAX_MINOR


@dataclass(frozen=True, slots=True)
class Facts:
    """One proposed price with what is known about its product. Money is in minor units of `currency`.

    `month_ago` is the price that was in force 30 days before, or the first one if the product is younger than that;
    None if it was not looked up (verdicts of before that fact existed): then the old price alone counts.
    `too_old` names facts that are None because they were observed too long ago to count.
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


def is_amount(value: object) -> bool:
    """Tell whether a value is an exact amount in the range that prices and costs may have."""
    return type(value) is int and 1 <= value <= MAX_MINOR
