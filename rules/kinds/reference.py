"""What a rise or a fall is measured against: the current price, and the one of 30 days ago.

Against both, so that two small steps in a month are judged as the large one that they add up to, and so that a step
back from a height that was only temporary still counts as a rise over what shoppers knew.
"""

from dataclasses import dataclass

import polars as pl

from app.words.money import amount
from rules.facts import Facts, is_amount
from rules.kinds.kind import CannotBeJudged

_OLD, _MONTH_AGO = pl.col("old"), pl.col("month_ago")
LOWEST = pl.min_horizontal(_OLD, _MONTH_AGO)
"""The vectorised `lowest`: a month's price that is not known (null) does not count."""
HIGHEST = pl.max_horizontal(_OLD, _MONTH_AGO)
"""The vectorised `highest`."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A price to measure against: the current one, or that of 30 days ago."""

    price: int
    is_current: bool

    def words(self, currency: str) -> str:
        """Return what it is called in a sentence."""
        known = amount(self.price, currency)
        return f"the current {known}" if self.is_current else f"{known}, the price 30 days ago or when it was listed"


def lowest(facts: Facts) -> Reference:
    """Return the lower of both prices. Raises `CannotBeJudged` if either is there but unusable."""
    now, then = _both(facts)
    return then if then is not None and then.price < now.price else now


def highest(facts: Facts) -> Reference:
    """Return the higher of both prices. Raises `CannotBeJudged` if either is there but unusable."""
    now, then = _both(facts)
    return then if then is not None and then.price > now.price else now


def _both(facts: Facts) -> tuple[Reference, Reference | None]:
    if not is_amount(facts.old):
        raise CannotBeJudged("There is no usable current price, so the change cannot be judged.")
    now = Reference(facts.old, True)
    if facts.month_ago is None:
        return now, None
    if not is_amount(facts.month_ago):
        raise CannotBeJudged("The price of 30 days ago is not a usable amount, so the change cannot be judged.")
    return now, Reference(facts.month_ago, False)
