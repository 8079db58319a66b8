"""What every kind of rule offers. A kind is a class, a rule a row that names it and its parameters."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import polars as pl
from pydantic import BaseModel, ConfigDict, ValidationError

from app.words.percent import exact_percent
from rules.facts import MORE, Facts
from rules.finding import Severity
from rules.kinds.words import KindWords, plain_words
from rules.rule import Parameter
from rules.sentences import sentences

MAX_LIMIT_BP = 10**6
"""10,000 %. Times the largest amount (`MAX_MINOR`) it fits into 63 bits, so the vectorised comparison is exact."""


class CannotBeJudged(Exception):
    """A rule applies to a line but lacks what it needs. The text is a sentence for the analyst."""


class DidNotAnswer(Exception):
    """A kind did not do its work. The text completes "Rule x …"."""


@dataclass(frozen=True, slots=True)
class Breach:
    """A broken rule: what was observed, the limit, what would have passed, and a sentence about it."""

    observed_bp: int | None
    limit_bp: int | None
    passing_price: int | None
    message: str


Answer = Breach | CannotBeJudged | DidNotAnswer | None
"""What a kind says of a line: broken, not judged, not answered, or kept."""


class RuleKind(BaseModel):
    """One kind of rule; its fields are the parameters, an instance is a rule ready to be applied.

    Strict: `"1000"`, `1000.0` and `true` are not numbers here. `check` is the authority and explains.
    `suspects` is the same comparison as a polars expression over what `rules.columns` offers (Int64, null for unknown).
    A line for which it is true or null is handed to `check`; where it is false, `check` must pass.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    name: ClassVar[str]
    words: ClassVar[KindWords | None] = None
    """What people read of it; a kind that brings no words is called by its name."""
    usual: ClassVar[Severity] = Severity.SOFT
    """The severity that is meant where nobody says otherwise; the row decides."""
    origin: ClassVar[str | None] = None
    """Package and version, of kinds that are not ours."""
    reads: ClassVar[frozenset[str]] = MORE
    """Which of the facts in `MORE` it reads; all of them, unless the kind says less."""
    apart: ClassVar[bool] = False
    """It is asked in another process, so many lines at once."""

    @abstractmethod
    def check(self, facts: Facts) -> Breach | None:
        """Return the breach, or nothing if the rule is kept or does not apply. May raise `CannotBeJudged`."""
        raise NotImplementedError

    def suspects(self) -> pl.Expr | None:
        """Return which lines `check` must look at; nothing means all of them."""
        return None

    @classmethod
    def measured(cls) -> pl.Expr | None:
        """Return the number that is held against a limit, null where the rule does not apply; nothing if it has none.

        It is the same whatever the parameters are, and rounded as `check` rounds it, so that counting what is beyond
        another limit is what judging by that would give.
        """
        return None

    @property
    def limit(self) -> int | None:
        """Return the number that what is measured is held against."""
        limit = getattr(self, "limit_bp", None)
        return limit if type(limit) is int else None

    def check_all(self, lines: Sequence[Facts]) -> list[Answer]:
        """Answer for many lines at once, in their order; asked of kinds that are `apart`."""
        raise NotImplementedError

    @classmethod
    def faults_in(cls, parameters: Mapping[str, Parameter]) -> str:
        """Say why parameters do not fit this kind, or nothing."""
        try:
            cls.model_validate(parameters)
        except ValidationError as error:
            return sentences(error)
        return ""

    @classmethod
    def form_schema(cls) -> dict[str, object]:
        """Return the JSON schema of the parameters, from which a form is made."""
        return cls.model_json_schema()

    def limit_words(self, currency: str | None = None) -> str:
        """Say the limit as it stands in the sentence; amounts in a currency if the rule is about one."""
        return "" if self.limit is None else exact_percent(self.limit)

    def sentence(self, currency: str | None = None) -> str:
        """Say the rule: `A margin is at least 10.0 % of the new price`."""
        before, after = (self.words or plain_words(self.name)).says
        return f"{before}{self.limit_words(currency)}{after}".strip()
