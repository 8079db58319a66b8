"""A price keeps a distance below the next round number: 99.50 rather than 100.00."""

from typing import ClassVar

from pydantic import Field

from app.words.money import amount
from rules.facts import Facts
from rules.kinds.kind import Breach, RuleKind
from rules.kinds.words import KindWords


class CharmPrice(RuleKind):
    """Protects the look of a price just below a round number."""

    name: ClassVar[str] = "charm_price"
    words: ClassVar[KindWords] = KindWords(
        title="Round price",
        short="charm",
        observed="price",
        side="not just below",
        breaks="are too round",
        says=("A price ends just below a round number", ""),
        condition="just below a round number",
        breaks_both=True,
    )

    round_to: int = Field(
        ge=10, le=10**6, title="Round number", description="What counts as round.", json_schema_extra={"unit": "money"}
    )
    within: int = Field(
        ge=1, le=10**5, title="Distance", description="How far below it at most.", json_schema_extra={"unit": "money"}
    )

    def check(self, facts: Facts) -> Breach | None:
        """Breach if the price is not just below a round number."""
        if 1 <= -facts.new % self.round_to <= self.within:
            return None
        below = facts.new - facts.new % self.round_to - 1
        offers = [price for price in (below, below + self.round_to) if price > 0]
        passing = min(offers, key=lambda price: abs(price - facts.new))
        said = f"The price is not within {amount(self.within, facts.currency)} below a round number"
        return Breach(None, None, passing, f"{said}; {amount(passing, facts.currency)} would pass.")
