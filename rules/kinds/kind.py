"""What every kind of rule offers. A kind is a class, a rule a row that names it and its parameters."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import polars as pl
from pydantic import BaseModel, ConfigDict

from rules.facts import Facts
from rules.kinds.words import KindWords

MAX_LIMIT_BP = 10**6
"""10,000 %. Times the largest amount (`MAX_MINOR`) it fits into 63 bits, so the vectorised comparison is exact."""


class CannotBeJudged(Exception):
    """A rule applies to a line but lacks what it needs. The text is a sentence for the analyst."""


@dataclass(frozen=True, slots=True)
class Breach:
    """A broken rule: what was observed, the limit, what would have passed, and a sentence about it."""

    observed_bp: int | None
    limit_bp: int | None
    passing_price: int | None
    message: str


class RuleKind(BaseModel):
    """One kind of rule; its fields are the parameters, an instance is a rule ready to be applied.

    Strict: `"1000"`, `1000.0` and `true` are not numbers here. `check` is the authority and explains.
    `suspects` is the same comparison as a polars expression over the columns `old`, `new`, `cost`,
    `competitor` and `month_ago` (Int64, 1 to `MAX_MINOR`, null for unknown). A line for which it is true or null is
    handed to `check`; where it is false, `check` must pass.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    name: ClassVar[str]
    words: ClassVar[KindWords | None] = None
    """What people read of it; a kind that brings no words is called by its name."""

    @abstractmethod
    def check(self, facts: Facts) -> Breach | None:
        """Return the breach, or nothing if the rule is kept or does not apply. May raise `CannotBeJudged`."""
        raise NotImplementedError

    def suspects(self) -> pl.Expr | None:
        """Return which lines `check` must look at; nothing means all of them."""
        return None
