"""A price stays near the competitor's: at most the limit above. Does not apply where theirs is unknown."""

from typing import ClassVar

import polars as pl
from pydantic import Field

from app.words.money import amount
from app.words.percent import exact_percent, percent
from rules.facts import Facts, is_amount
from rules.kinds.kind import MAX_LIMIT_BP, Breach, CannotBeJudged, RuleKind
from rules.kinds.words import KindWords


class PriceStaysNearCompetitor(RuleKind):
    """Protects the price image against the competitor's shelf."""

    name: ClassVar[str] = "price_stays_near_competitor"
    words: ClassVar[KindWords] = KindWords(
        title="Above the competitor",
        short="competitor",
        observed="above competitor",
        side="over",
        breaks="stand more than {limit} above the competitor",
        says=("A price stands at most ", " above the competitor"),
        condition="at most above competitor",
    )
    reads: ClassVar[frozenset[str]] = frozenset()

    limit_bp: int = Field(
        ge=0,
        le=MAX_LIMIT_BP,
        title="Most above the competitor",
        description="How far a price may stand above the competitor’s, of theirs.",
    )

    def check(self, facts: Facts) -> Breach | None:
        """Breach if the new price is above the competitor's by more than the limit."""
        theirs, limit = facts.competitor, self.limit_bp
        if theirs is None:
            return None
        if not is_amount(theirs):
            raise CannotBeJudged("The competitor price on file is not a usable amount, so it cannot be judged.")
        gap = (facts.new - theirs) * 10_000
        if gap <= limit * theirs:
            return None
        observed = -(-gap // theirs)
        passing = theirs * (10_000 + limit) // 10_000
        above = f"{percent(observed, limit=limit)} above the competitor's"
        stands = f"The price is {above} {amount(theirs, facts.currency)}"
        way_out = f"{amount(passing, facts.currency)} or less would pass"
        return Breach(observed, limit, passing, f"{stands}, more than the {exact_percent(limit)} limit; {way_out}.")

    def suspects(self) -> pl.Expr:
        """Give true where the price is too far above a known competitor price."""
        new, theirs = pl.col("new"), pl.col("competitor")
        return theirs.is_not_null() & ((new - theirs) * 10_000 > theirs * self.limit_bp)

    @classmethod
    def measured(cls) -> pl.Expr:
        """Give the distance, in basis points."""
        return -((pl.col("competitor") - pl.col("new")) * 10_000 // pl.col("competitor"))
