"""A reduction is reckoned from the lowest price of 30 days: what is not below that is none (EU 98/6, Art. 6a)."""

from typing import ClassVar

import polars as pl
from pydantic import Field

from app.words.money import amount
from app.words.percent import exact_percent
from rules.facts import Facts, is_amount
from rules.kinds.kind import Breach, CannotBeJudged, RuleKind
from rules.kinds.words import KindWords


class ReductionFromLowest(RuleKind):
    """Protects shoppers from a reduction of a price that was raised for it, and the shop from a fine."""

    name: ClassVar[str] = "reduction_from_lowest"
    words: ClassVar[KindWords] = KindWords(
        title="No true reduction",
        short="reduction",
        observed="below the lowest of 30 days",
        side="under",
        breaks="fall without being below the lowest price of 30 days",
        says=("A price that falls is below the lowest of 30 days", ""),
        condition="reduction from lowest of 30 days",
        is_level=True,
    )
    reads: ClassVar[frozenset[str]] = frozenset({"lowest_month"})

    limit_bp: int = Field(
        0, ge=0, lt=10_000, title="Least reduction",
        description="How far below the lowest price of 30 days a reduction has to go; 0 % asks for any.",
    )  # fmt: skip

    def check(self, facts: Facts) -> Breach | None:
        """Breach if the price falls, but not below the lowest of 30 days by as much as the limit asks."""
        if not is_amount(facts.old):
            raise CannotBeJudged("There is no usable current price, so it cannot be told whether this is a reduction.")
        if facts.new >= facts.old:
            return None
        lowest = facts.lowest_month
        if lowest is None:
            raise CannotBeJudged("The lowest price of the last 30 days is not known, so a reduction cannot be judged.")
        if not is_amount(lowest):
            raise CannotBeJudged("The lowest price of the last 30 days on file is not a usable amount.")
        passing = min(lowest - 1, lowest * (10_000 - self.limit_bp) // 10_000)
        if facts.new <= passing:
            return None
        observed = (lowest - facts.new) * 10_000 // lowest
        message = f"{self._says(facts, lowest)}; {_way_out(facts, passing)} would pass."
        return Breach(observed, self.limit_bp, passing or None, message)

    def suspects(self) -> pl.Expr:
        """Give true where a price falls to one that is not below the lowest, null where that is not known."""
        new, lowest = pl.col("new"), pl.col("lowest_month")
        enough = (new < lowest) & ((lowest - new) * 10_000 >= lowest * self.limit_bp)
        return (new < pl.col("old")) & ~enough

    @classmethod
    def measured(cls) -> pl.Expr:
        """Give how far a price that falls is below the lowest, in basis points."""
        new, lowest = pl.col("new"), pl.col("lowest_month")
        return pl.when(new < pl.col("old")).then((lowest - new) * 10_000 // lowest)

    def limit_words(self, currency: str | None = None) -> str:
        """Say by how much, if any reduction is not enough."""
        return f" by at least {exact_percent(self.limit_bp)}" if self.limit_bp else ""

    def _says(self, facts: Facts, lowest: int) -> str:
        was = f"but the lowest of the last 30 days was {amount(lowest, facts.currency)}"
        needed = f", of which a reduction is {exact_percent(self.limit_bp)} at least" if self.limit_bp else ""
        none = ", so it is no reduction" if facts.new >= lowest else ""
        return f"The price falls from {amount(facts.old, facts.currency)}, {was}{needed}{none}"


def _way_out(facts: Facts, passing: int) -> str:
    return f"{amount(passing, facts.currency)} or less" if passing else "no lower price"
