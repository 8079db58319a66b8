"""A price is in the unit it claims to be: plausible for its currency, and not a hundred times the current one."""

from typing import ClassVar, Self

import polars as pl
from pydantic import Field, model_validator

from app.words.counting import noun
from app.words.money import EXPONENTS, MAX_MINOR, amount
from rules.facts import Facts, is_amount
from rules.finding import Severity
from rules.kinds.kind import Breach, CannotBeJudged, RuleKind
from rules.kinds.words import KindWords


class CurrencyIsSane(RuleKind):
    """Protects against rupees read as paise, a price list of another country, and a point that got lost."""

    name: ClassVar[str] = "currency_is_sane"
    usual: ClassVar[Severity] = Severity.HARD
    words: ClassVar[KindWords] = KindWords(
        title="Implausible in its currency",
        short="currency",
        observed="price",
        side="outside",
        breaks="look implausible for the currency",
        says=("A price is between ", " of the current one"),
        condition="plausible in its currency",
        breaks_both=True,
    )
    reads: ClassVar[frozenset[str]] = frozenset()

    decimals: int = Field(
        ge=0, le=4, title="Decimals of the currency",
        description="How many decimals the currency has in which least and most are given; others cannot be judged.",
    )  # fmt: skip
    least: int = Field(
        ge=1,
        le=MAX_MINOR,
        title="Least",
        json_schema_extra={"unit": "money"},
        description="The lowest plausible price.",
    )
    most: int = Field(
        ge=1,
        le=MAX_MINOR,
        title="Most",
        json_schema_extra={"unit": "money"},
        description="The highest plausible price.",
    )
    factor: int = Field(
        100, ge=2, le=100, title="Times the current price",
        description="So many times the current price, or a part as small, is taken for another unit.",
    )  # fmt: skip

    @model_validator(mode="after")
    def _spans_something(self) -> Self:
        if self.least > self.most:
            raise ValueError("the least plausible price is above the most plausible one")
        return self

    def check(self, facts: Facts) -> Breach | None:
        """Breach if the price is outside the span, or so many times (or as small a part of) the current one."""
        self._same_unit(facts.currency)
        if not is_amount(facts.old):
            raise CannotBeJudged("There is no usable current price, so the unit of the new one cannot be judged.")
        least, most = max(self.least, facts.old // self.factor + 1), min(self.most, facts.old * self.factor - 1)
        if least <= facts.new <= most:
            return None
        passing = min(max(facts.new, least), most) if least <= most else None
        bounds = f"{amount(least, facts.currency)} to {amount(most, facts.currency)}"
        way_out = "no price" if passing is None else bounds
        return Breach(None, None, passing, f"{self._says(facts)}; {way_out} would pass.")

    def suspects(self) -> pl.Expr:
        """Give true where the price is implausible, null where its currency is not known."""
        new, old = pl.col("new"), pl.col("old")
        times = (new >= old * self.factor) | (new * self.factor <= old)
        return (pl.col("decimals") != self.decimals) | ~new.is_between(self.least, self.most) | times

    def limit_words(self, currency: str | None = None) -> str:
        """Say the span and the factor."""
        least, most = (_money(bound, currency) for bound in (self.least, self.most))
        return f"{least} and {most}, and neither {self.factor} times nor 1/{self.factor}"

    def _same_unit(self, currency: str) -> None:
        if currency not in EXPONENTS:
            raise CannotBeJudged(f"“{currency}” is not a currency of ISO 4217, so a price in it cannot be judged.")
        if (has := EXPONENTS[currency]) != self.decimals:
            limits = f"given in units with {self.decimals or 'no'} {noun(self.decimals, 'decimal')}"
            raise CannotBeJudged(
                f"The span of plausible prices is {limits}, and {currency} has {has or 'none'}; "
                f"a rule for {currency} is needed."
            )

    def _says(self, facts: Facts) -> str:
        new, old = (amount(price, facts.currency) for price in (facts.new, facts.old))
        if facts.new >= facts.old * self.factor:
            return f"The price of {new} is {facts.new // facts.old:,} times the current {old}, as if in another unit"
        if facts.new * self.factor <= facts.old:
            return f"The price of {new} is 1/{facts.old // facts.new:,} of the current {old}, as if in another unit"
        bound, side = (self.least, "under the least") if facts.new < self.least else (self.most, "over the most")
        return f"The price of {new} is {side} plausible {amount(bound, facts.currency)}"


def _money(minor: int, currency: str | None) -> str:
    return amount(minor, currency) if currency in EXPONENTS else f"{minor:,}"
