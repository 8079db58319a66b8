"""An increase stays below a limit: (new − old) / old is at most the limit. A decrease always passes."""

from typing import ClassVar

import polars as pl
from pydantic import Field

from rules.facts import Facts, is_amount
from rules.kinds.kind import MAX_LIMIT_BP, Breach, CannotBeJudged, Kind
from rules.wording import money, percent


class IncreaseStaysBelowLimit(Kind):
    """Protects shoppers from a jump that nobody looked at."""

    name: ClassVar[str] = "increase_stays_below_limit"

    limit_bp: int = Field(ge=0, le=MAX_LIMIT_BP)

    def check(self, facts: Facts) -> Breach | None:
        """Breach if the price rises by more than the limit, measured on the old price."""
        old, limit = facts.old, self.limit_bp
        if not is_amount(old):
            raise CannotBeJudged("There is no usable current price, so the increase cannot be judged.")
        rise = (facts.new - old) * 10_000
        if rise <= limit * old:
            return None
        observed = -(-rise // old)
        passing = old * (10_000 + limit) // 10_000
        rises = f"The price rises by {percent(observed, toward='up', like=limit)}"
        way_out = f"{money(passing, facts.currency)} or less would pass"
        return Breach(observed, limit, passing, f"{rises}, more than the {percent(limit)} limit; {way_out}.")

    def suspects(self) -> pl.Expr:
        """Give true where the price rises by more than the limit."""
        old, new = pl.col("old"), pl.col("new")
        return (new - old) * 10_000 > old * self.limit_bp

    def sentence(self) -> str:
        """Say the rule."""
        return f"A price rises by at most {percent(self.limit_bp)}."
