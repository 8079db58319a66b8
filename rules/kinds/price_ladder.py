"""A price keeps its place in the ladder of its family: what ranks higher is not cheaper. Needs a rank to apply."""

from typing import ClassVar

import polars as pl
from pydantic import Field

from app.words.money import MAX_MINOR, amount
from app.words.percent import exact_percent
from rules.facts import Facts, FamilyMember
from rules.kinds import family
from rules.kinds.kind import MAX_LIMIT_BP, Breach, RuleKind
from rules.kinds.words import KindWords


class PriceLadder(RuleKind):
    """Protects good, better, best from standing in the wrong order."""

    name: ClassVar[str] = "price_ladder"
    words: ClassVar[KindWords] = KindWords(
        title="Out of the ladder",
        short="ladder",
        observed="step in the ladder",
        side="under",
        breaks="leave the ladder of the family",
        says=("A higher rank in a family costs at least ", " more than a lower one"),
        condition="step in the ladder at least",
        breaks_both=True,
        is_level=True,
    )
    reads: ClassVar[frozenset[str]] = frozenset({"rank", "family"})

    limit_bp: int = Field(
        0, ge=0, le=MAX_LIMIT_BP, title="Least step",
        description="How much dearer than the lower rank a higher one has to be; 0 % lets them cost the same.",
    )  # fmt: skip

    def check(self, facts: Facts) -> Breach | None:
        """Breach if a lower rank is dearer, or a higher one cheaper, than this price and the step allow."""
        lower, upper = family.below(facts), family.above(facts)
        step = 10_000 + self.limit_bp
        least = 1 if lower is None else -(-lower.price * step // 10_000)
        most = MAX_MINOR if upper is None else upper.price * 10_000 // step
        if least <= facts.new <= most:
            return None
        passing = _nearest(facts.new, least, most)
        way_out = _way_out(facts, passing, least if lower else None, most if upper else None)
        observed = min(_steps(facts.new, lower, upper))
        message = (
            f"The price is {self._where(facts, lower if facts.new < least else None, upper)}; {way_out} would pass."
        )
        return Breach(observed, self.limit_bp, passing, message)

    def suspects(self) -> pl.Expr:
        """Give true where the price leaves its place."""
        new, step = pl.col("new"), 10_000 + self.limit_bp
        under = (new * 10_000 < pl.col("ladder_least") * step).fill_null(False)
        over = (pl.col("ladder_most") * 10_000 < new * step).fill_null(False)
        return under | over

    @classmethod
    def measured(cls) -> pl.Expr:
        """Give the smaller of both steps, in basis points."""
        new, lower, upper = pl.col("new"), pl.col("ladder_least"), pl.col("ladder_most")
        return pl.min_horizontal((new - lower) * 10_000 // lower, (upper - new) * 10_000 // new)

    def _where(self, facts: Facts, lower: FamilyMember | None, upper: FamilyMember | None) -> str:
        """Say beside which member it stands wrongly: the lower one, if it does, or else the upper one."""
        limit = exact_percent(self.limit_bp)
        if lower is not None:
            near = f"less than {limit} above" if self.limit_bp else "under"
            return f"{near} the {amount(lower.price, facts.currency)} of {lower.sku}, which ranks below it"
        if upper is None:
            return "out of its ladder"
        near = f"less than {limit} below" if self.limit_bp else "above"
        return f"{near} the {amount(upper.price, facts.currency)} of {upper.sku}, which ranks above it"


def _steps(new: int, lower: FamilyMember | None, upper: FamilyMember | None) -> list[int]:
    up = [] if upper is None else [(upper.price - new) * 10_000 // new]
    return up if lower is None else [*up, (new - lower.price) * 10_000 // lower.price]


def _nearest(new: int, least: int, most: int) -> int | None:
    return None if least > min(most, MAX_MINOR) or most < 1 else min(max(new, least), most)


def _way_out(facts: Facts, passing: int | None, least: int | None, most: int | None) -> str:
    if passing is None:
        return "no price, as the others of the family stand,"
    bounds = [amount(bound, facts.currency) for bound in (least, most) if bound is not None]
    if len(bounds) == 1:
        return f"{bounds[0]} or {'less' if least is None else 'more'}"
    return f"{bounds[0]} to {bounds[1]}"
