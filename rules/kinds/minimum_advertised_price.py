"""A price is not below the minimum that the brand allows to advertise. Does not apply where it allows any."""

from typing import ClassVar

import polars as pl
from pydantic import Field

from app.words.money import amount
from app.words.percent import percent
from rules.facts import Facts, is_amount
from rules.finding import Severity
from rules.kinds.kind import Breach, CannotBeJudged, RuleKind
from rules.kinds.words import KindWords


class MinimumAdvertisedPrice(RuleKind):
    """Protects the agreement with the brand."""

    name: ClassVar[str] = "minimum_advertised_price"
    usual: ClassVar[Severity] = Severity.HARD
    words: ClassVar[KindWords] = KindWords(
        title="Below the advertised minimum",
        short="advertised minimum",
        observed="below minimum",
        side="over",
        breaks="stand below the advertised minimum",
        says=("A price is never below the minimum that its brand allows to advertise", ""),
        condition="not below advertised minimum",
        breaks_low=True,
    )
    reads: ClassVar[frozenset[str]] = frozenset({"minimum_advertised"})

    required: bool = Field(
        False, title="Every product needs one",
        description="Yes: a product whose minimum is not known cannot be judged. No: any price is allowed for it.",
    )  # fmt: skip

    def check(self, facts: Facts) -> Breach | None:
        """Breach if the new price is below the minimum."""
        least = facts.minimum_advertised
        if least is None and "minimum_advertised" in facts.too_old:
            raise CannotBeJudged("The advertised minimum was stated too long ago to count; supply it anew.")
        if least is None and self.required:
            raise CannotBeJudged(
                "The advertised minimum is missing, so the price cannot be held against it; supply it."
            )
        if least is None or (is_amount(least) and facts.new >= least):
            return None
        if not is_amount(least):
            raise CannotBeJudged("The advertised minimum on file is not a usable amount; supply it anew.")
        below = -(-(least - facts.new) * 10_000 // least)
        minimum = amount(least, facts.currency)
        said = f"The price is {percent(below, limit=0)} below the {minimum} that its brand allows to advertise"
        return Breach(below, 0, least, f"{said}; {minimum} or more would pass.")

    def suspects(self) -> pl.Expr:
        """Give true where the price is below the minimum, and where none is known although one has to be."""
        least = pl.col("minimum_advertised")
        unknown = pl.lit(True) if self.required else pl.col("stale_minimum") == 1
        return pl.when(least.is_null()).then(unknown).otherwise(pl.col("new") < least)

    @classmethod
    def measured(cls) -> pl.Expr:
        """Give how far the price is below the minimum, in basis points."""
        least = pl.col("minimum_advertised")
        return -((pl.col("new") - least) * 10_000 // least)

    @property
    def limit(self) -> int:
        """Return that nothing below the minimum is allowed."""
        return 0

    def limit_words(self, currency: str | None = None) -> str:
        """Say nothing: there is no limit but the product's own minimum."""
        return ""
