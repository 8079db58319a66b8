"""A price ends as the shop's prices do: its last digits are among those that are allowed, per price range if wanted."""

from collections.abc import Iterator
from typing import ClassVar, Self

import polars as pl
from pydantic import Field, model_validator

from app.words.money import EXPONENTS, MAX_MINOR, amount
from rules.facts import Facts
from rules.kinds.kind import Breach, RuleKind
from rules.kinds.words import KindWords

MOST_ENDINGS = 100


class PriceEnding(RuleKind):
    """Protects the look of the shelf: `.90`, `.99`, whole rupees above a thousand."""

    name: ClassVar[str] = "price_ending"
    words: ClassVar[KindWords] = KindWords(
        title="Ending",
        short="ending",
        observed="ending",
        side="not",
        breaks="end otherwise than prices do here",
        says=("A price ends in ", ""),
        condition="ends in",
        breaks_both=True,
    )
    reads: ClassVar[frozenset[str]] = frozenset()

    digits: int = Field(2, ge=1, le=6, title="Digits looked at", description="So many of the last digits count.")
    endings: tuple[int, ...] = Field(
        min_length=1, max_length=MOST_ENDINGS, title="Endings",
        description="The last digits that a price may have, as whole numbers: 90, 99.",
    )  # fmt: skip
    middle_from: int | None = Field(
        None, ge=2, le=MAX_MINOR, title="Middle prices begin at", json_schema_extra={"unit": "money"},
        description="From this price on the endings of middle prices count; leave it out for the same everywhere.",
    )  # fmt: skip
    middle_endings: tuple[int, ...] = Field(
        (), max_length=MOST_ENDINGS, title="Endings of middle prices", description=""
    )
    upper_from: int | None = Field(
        None, ge=2, le=MAX_MINOR, title="High prices begin at", json_schema_extra={"unit": "money"},
        description="From this price on the endings of high prices count.",
    )  # fmt: skip
    upper_endings: tuple[int, ...] = Field((), max_length=MOST_ENDINGS, title="Endings of high prices", description="")

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        for ending in (*self.endings, *self.middle_endings, *self.upper_endings):
            if not 0 <= ending < self.modulus:
                raise ValueError(
                    f"{ending} is no ending of {self.digits} digits; it is between 0 and {self.modulus - 1}"
                )
        for begins, endings in ((self.middle_from, self.middle_endings), (self.upper_from, self.upper_endings)):
            if (begins is None) is bool(endings):
                raise ValueError("a price range needs both the price at which it begins and its endings, or neither")
        if self.middle_from and self.upper_from and self.upper_from <= self.middle_from:
            raise ValueError("high prices have to begin above middle ones")
        return self

    @property
    def modulus(self) -> int:
        """Return the number that the looked-at digits are the remainder of."""
        modulus: int = 10**self.digits
        return modulus

    def ranges(self) -> Iterator[tuple[int, int, tuple[int, ...]]]:
        """Give each range of prices, first and last one included, with its endings."""
        starts = [(1, self.endings), (self.middle_from, self.middle_endings), (self.upper_from, self.upper_endings)]
        known = [(first, endings) for first, endings in starts if first is not None]
        for place, (first, endings) in enumerate(known):
            last = known[place + 1][0] - 1 if place + 1 < len(known) else MAX_MINOR
            yield first, last, endings

    def nearest(self, price: int, least: int = 1, most: int = MAX_MINOR) -> int | None:
        """Return the price nearest to one that ends well, between two others; of two as near, the lower."""
        offers = [offer for first, last, endings in self.ranges() for ending in endings
                  for offer in self._around(price, max(first, least), min(last, most), ending)]  # fmt: skip
        return min(offers, key=lambda offer: (abs(offer - price), offer), default=None)

    def check(self, facts: Facts) -> Breach | None:
        """Breach if the last digits of the new price are not allowed in its range."""
        endings = next(endings for first, last, endings in self.ranges() if first <= facts.new <= last)
        if facts.new % self.modulus in endings:
            return None
        passing = self.nearest(facts.new)
        ends = f"The price ends in {self._shown(facts.new % self.modulus, facts.currency)}"
        allowed = _either([self._shown(ending, facts.currency) for ending in endings])
        way_out = "no price" if passing is None else amount(passing, facts.currency)
        return Breach(None, None, passing, f"{ends}, not in {allowed}; {way_out} would pass.")

    def suspects(self) -> pl.Expr:
        """Give true where the last digits are not allowed."""
        new, tail = pl.col("new"), pl.col("new") % self.modulus
        allowed = pl.lit(False)
        for first, last, endings in self.ranges():
            allowed = allowed | (new.is_between(first, last) & tail.is_in(list(endings)))
        return ~allowed

    def limit_words(self, currency: str | None = None) -> str:
        """Say the endings, range by range."""
        said = [(first, _either([self._shown(ending, currency) for ending in endings]))
                for first, _, endings in self.ranges()]  # fmt: skip
        others = [f", from {_money(first, currency)} on in {endings}" for first, endings in said[1:]]
        return "".join((said[0][1], *others))

    def _around(self, price: int, first: int, last: int, ending: int) -> Iterator[int]:
        """Give the prices with an ending nearest to one within bounds, below and above it."""
        within = min(max(price, first), last)
        below = within - (within - ending) % self.modulus
        return (offer for offer in (below, below + self.modulus) if first <= offer <= last)

    def _shown(self, ending: int, currency: str | None) -> str:
        """Write an ending with the point where its currency has it: `.90`, `9.90`."""
        digits, places = f"{ending:0{self.digits}d}", EXPONENTS.get(currency or "", 0)
        return f"{digits[:-places]}.{digits[-places:]}" if 0 < places <= self.digits else digits


def _money(minor: int, currency: str | None) -> str:
    return amount(minor, currency) if currency in EXPONENTS else f"{minor:,}"


def _either(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
