"""A rule as a row of data."""

from collections.abc import Mapping
from datetime import datetime
from typing import Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator, model_validator

from rules.finding import Severity
from rules.scope import Scope

Parameter = int | str | bool | tuple[int, ...]


class Rule(BaseModel):
    """One row: a kind with its parameters and severity, for a scope and a time.

    `valid_from` is included, `valid_to` is not; none means without an end.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    id: str = Field(min_length=1, max_length=64)
    kind: str = Field(min_length=1, max_length=64)
    severity: Severity
    parameters: dict[str, Parameter]
    scope: Scope = Scope()
    valid_from: AwareDatetime | None = None
    valid_to: AwareDatetime | None = None
    owner: str = ""
    rationale: str = ""

    @field_validator("parameters", mode="before")
    @classmethod
    def _lists_do_not_change(cls, parameters: object) -> object:
        if not isinstance(parameters, Mapping):
            return parameters
        return {name: tuple(value) if isinstance(value, list) else value for name, value in parameters.items()}

    @field_validator("parameters")
    @classmethod
    def _sorted(cls, parameters: dict[str, Parameter]) -> dict[str, Parameter]:
        return dict(sorted(parameters.items()))

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.valid_from and self.valid_to and self.valid_to <= self.valid_from:
            raise ValueError(f"rule {self.id} ends before it begins")
        return self

    @property
    def limit_bp(self) -> int | None:
        """Return the limit in basis points, for the kinds that have one."""
        limit = self.parameters.get("limit_bp")
        return limit if type(limit) is int else None

    def valid_at(self, at: datetime) -> bool:
        """Tell whether the rule is in force at an instant."""
        begun = self.valid_from is None or self.valid_from <= at
        return begun and (self.valid_to is None or at < self.valid_to)

    def overlaps(self, other: "Rule") -> bool:
        """Tell whether there is an instant at which both rules are in force."""
        return not (_ended(self, other) or _ended(other, self))

    def lasts_through(self, first: "Rule", second: "Rule") -> bool:
        """Tell whether this rule is in force whenever both others are."""
        begins = max((rule.valid_from for rule in (first, second) if rule.valid_from), default=None)
        ends = min((rule.valid_to for rule in (first, second) if rule.valid_to), default=None)
        early = self.valid_from is None or (begins is not None and self.valid_from <= begins)
        return early and (self.valid_to is None or (ends is not None and ends <= self.valid_to))


def _ended(rule: Rule, other: Rule) -> bool:
    return rule.valid_to is not None and other.valid_from is not None and rule.valid_to <= other.valid_from
