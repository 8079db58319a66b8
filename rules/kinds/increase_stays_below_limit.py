"""An increase stays below a limit, measured on the lower of two prices: the current one and that of 30 days ago."""

from typing import ClassVar

import polars as pl
from pydantic import Field

from app.words.money import amount
from app.words.percent import exact_percent, percent
from rules.facts import Facts
from rules.kinds.kind import MAX_LIMIT_BP, Breach, RuleKind
from rules.kinds.reference import LOWEST, lowest
from rules.kinds.words import KindWords


class IncreaseStaysBelowLimit(RuleKind):
    """Protects shoppers from a jump that nobody looked at, in one step or in several."""

    name: ClassVar[str] = "increase_stays_below_limit"
    words: ClassVar[KindWords] = KindWords(
        title="Increase",
        short="increase",
        observed="increase",
        side="over",
        breaks="rise more than {limit}",
        says=("A price rises by at most ", " of the current price and of that of 30 days ago"),
        condition="increase at most",
        judges_change=True,
    )
    reads: ClassVar[frozenset[str]] = frozenset()

    limit_bp: int = Field(
        ge=0,
        le=MAX_LIMIT_BP,
        title="Largest increase",
        description="How far a price may rise, of the lower of the current price and that of 30 days ago.",
    )

    def check(self, facts: Facts) -> Breach | None:
        """Breach if the new price is above the current one, or that of 30 days ago, by more than the limit."""
        before, limit = lowest(facts), self.limit_bp
        rise = (facts.new - before.price) * 10_000
        if rise <= limit * before.price:
            return None
        observed = -(-rise // before.price)
        passing = before.price * (10_000 + limit) // 10_000
        rises = f"The price rises by {percent(observed, limit=limit)} over {before.words(facts.currency)}"
        way_out = f"{amount(passing, facts.currency)} or less would pass"
        return Breach(observed, limit, passing, f"{rises}, more than the {exact_percent(limit)} limit; {way_out}.")

    def suspects(self) -> pl.Expr:
        """Give true where the price rises by more than the limit."""
        return (pl.col("new") - LOWEST) * 10_000 > LOWEST * self.limit_bp

    @classmethod
    def measured(cls) -> pl.Expr:
        """Give the increase, in basis points."""
        return -((LOWEST - pl.col("new")) * 10_000 // LOWEST)
