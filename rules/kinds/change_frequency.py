"""A price does not change too often: at most so many times in 30 days, this change counted."""

from typing import ClassVar

import polars as pl
from pydantic import Field

from app.words.counting import plural
from rules.facts import Facts
from rules.kinds.kind import Breach, CannotBeJudged, RuleKind
from rules.kinds.words import KindWords

MOST_CHANGES = 1_000
_MANY = 10**6


class ChangeFrequency(RuleKind):
    """Protects shoppers from a price that is another one at each visit, and shelves from being relabelled daily."""

    name: ClassVar[str] = "change_frequency"
    words: ClassVar[KindWords] = KindWords(
        title="Changed too often",
        short="changes",
        observed="changes in 30 days",
        side="over",
        breaks="change too often",
        says=("A price changes at most ", " in 30 days"),
        condition="changes in 30 days at most",
    )
    reads: ClassVar[frozenset[str]] = frozenset({"changes_month"})

    most: int = Field(
        ge=1, le=MOST_CHANGES, title="Changes in 30 days", description="So many at most, this one counted."
    )

    def check(self, facts: Facts) -> Breach | None:
        """Breach if this would be one change too many."""
        if facts.new == facts.old:
            return None
        before = facts.changes_month
        if before is None:
            raise CannotBeJudged("How often the price changed in the last 30 days was not looked up; judge it again.")
        if type(before) is not int or not 0 <= before <= _MANY:
            raise CannotBeJudged("How often the price changed in the last 30 days is not a usable number.")
        if before + 1 <= self.most:
            return None
        said = f"The price changed {_times(before)} in the last 30 days, and at most {_times(self.most)} are allowed"
        return Breach(None, None, None, f"{said}; it can change again when the first of them is older than that.")

    def suspects(self) -> pl.Expr:
        """Give true where this would be one change too many, null where the number is not known."""
        return (pl.col("new") != pl.col("old")) & (pl.col("changes_month") + 1 > self.most)

    @classmethod
    def measured(cls) -> pl.Expr:
        """Give the number of changes, this one counted."""
        return pl.when(pl.col("new") != pl.col("old")).then(pl.col("changes_month") + 1)

    @property
    def limit(self) -> int:
        """Return how many changes are allowed."""
        return self.most

    def limit_words(self, currency: str | None = None) -> str:
        """Say how often."""
        return _times(self.most)


def _times(number: int) -> str:
    return plural(number, "time")
