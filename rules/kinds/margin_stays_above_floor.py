"""The margin stays above a floor: (new − cost) / new is at least the limit."""

from typing import ClassVar

import polars as pl
from pydantic import Field

from app.words.money import MAX_MINOR, amount
from app.words.percent import exact_percent, percent
from rules.facts import Facts, is_amount
from rules.finding import Severity
from rules.kinds.kind import Breach, CannotBeJudged, RuleKind
from rules.kinds.words import KindWords


class MarginStaysAboveFloor(RuleKind):
    """Protects the margin on the new price."""

    name: ClassVar[str] = "margin_stays_above_floor"
    usual: ClassVar[Severity] = Severity.HARD
    words: ClassVar[KindWords] = KindWords(
        title="Margin under the floor",
        short="margin",
        observed="margin",
        side="under",
        breaks="fall under the {limit} margin floor",
        says=("A margin is at least ", " of the new price"),
        condition="margin at least",
        breaks_low=True,
        is_level=True,
    )
    reads: ClassVar[frozenset[str]] = frozenset()

    limit_bp: int = Field(
        ge=0, lt=10_000, title="Least margin", description="The least margin, as a share of the new price."
    )

    def check(self, facts: Facts) -> Breach | None:
        """Breach if the margin on the new price is under the floor."""
        cost, floor = facts.cost, self.limit_bp
        if cost is None and "cost" in facts.too_old:
            raise CannotBeJudged(
                "The cost on file was observed too long ago to count, so the margin cannot be judged; supply it anew."
            )
        if cost is None:
            raise CannotBeJudged("The cost is missing, so the margin cannot be judged; add the cost first.")
        if not is_amount(cost):
            raise CannotBeJudged("The cost on file is not a usable amount, so the margin cannot be judged.")
        if (facts.new - cost) * 10_000 >= floor * facts.new:
            return None
        observed = (facts.new - cost) * 10_000 // facts.new
        lowest = -(-cost * 10_000 // (10_000 - floor))
        passing = lowest if lowest <= MAX_MINOR else None
        message = _message(facts, observed=observed, floor=floor, passing=passing)
        return Breach(observed, floor, passing, message)

    def suspects(self) -> pl.Expr:
        """Give true where the margin is under the floor, null where the cost is missing."""
        new, cost = pl.col("new"), pl.col("cost")
        return (new - cost) * 10_000 < new * self.limit_bp

    @classmethod
    def measured(cls) -> pl.Expr:
        """Give the margin, in basis points."""
        return (pl.col("new") - pl.col("cost")) * 10_000 // pl.col("new")


def _message(facts: Facts, *, observed: int, floor: int, passing: int | None) -> str:
    margin = f"Margin {percent(observed, limit=floor)} is under the {exact_percent(floor)} floor"
    below = ", with the price below cost" if observed < 0 else ""
    lowest = "no allowed price" if passing is None else f"{amount(passing, facts.currency)} or more"
    return f"{margin}{below}; {lowest} would pass."
