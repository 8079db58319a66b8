"""A decrease stays above a limit, measured on the higher of two prices: the current one and that of 30 days ago."""

from typing import ClassVar

import polars as pl
from pydantic import Field

from app.words.money import amount
from app.words.percent import exact_percent, percent
from rules.facts import Facts
from rules.kinds.kind import Breach, RuleKind
from rules.kinds.reference import HIGHEST, highest
from rules.kinds.words import KindWords


class DecreaseStaysAboveLimit(RuleKind):
    """Protects the shop from giving goods away by a slip of the hand, in one step or in several."""

    name: ClassVar[str] = "decrease_stays_above_limit"
    words: ClassVar[KindWords] = KindWords(
        title="Decrease",
        short="decrease",
        observed="decrease",
        side="over",
        breaks="fall more than {limit}",
        says=("A price falls by at most ", " of the current price and of that of 30 days ago"),
        condition="decrease at most",
        breaks_low=True,
        judges_change=True,
    )
    reads: ClassVar[frozenset[str]] = frozenset()

    limit_bp: int = Field(
        ge=0,
        lt=10_000,
        title="Largest decrease",
        description="How far a price may fall, of the higher of the current price and that of 30 days ago.",
    )

    def check(self, facts: Facts) -> Breach | None:
        """Breach if the new price is below the current one, or that of 30 days ago, by more than the limit."""
        before, limit = highest(facts), self.limit_bp
        fall = (before.price - facts.new) * 10_000
        if fall <= limit * before.price:
            return None
        observed = -(-fall // before.price)
        passing = -(-before.price * (10_000 - limit) // 10_000)
        falls = f"The price falls by {percent(observed, limit=limit)} from {before.words(facts.currency)}"
        way_out = f"{amount(passing, facts.currency)} or more would pass"
        return Breach(observed, limit, passing, f"{falls}, more than the {exact_percent(limit)} limit; {way_out}.")

    def suspects(self) -> pl.Expr:
        """Give true where the price falls by more than the limit."""
        return (HIGHEST - pl.col("new")) * 10_000 > HIGHEST * self.limit_bp

    @classmethod
    def measured(cls) -> pl.Expr:
        """Give the decrease, in basis points."""
        return -((pl.col("new") - HIGHEST) * 10_000 // HIGHEST)
