"""Rules as rows of data: what applies to which products, when, and how severely. A rule set never changes."""

import json
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from itertools import combinations
from typing import Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from rules.facts import Facts
from rules.finding import Severity
from rules.registry import Kinds

DIMENSIONS = ("category", "brand", "channel", "currency")
Parameter = int | str | bool


class BrokenRuleSet(ValueError):
    """A rule set that nobody could apply without guessing. The text says which rules and what to do."""


def folded(value: str | None) -> str | None:
    """Return a name as scopes compare it: case and blanks must not decide whether a rule applies."""
    return None if value is None else " ".join(value.split()).casefold()


class Scope(BaseModel):
    """Which lines a rule is about; nothing set means all of them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    category: str | None = None
    brand: str | None = None
    channel: str | None = None
    currency: str | None = None

    @field_validator("*")
    @classmethod
    def _says_something(cls, name: str | None) -> str | None:
        if name is not None and not name.strip():
            raise ValueError("a scope cannot be blank; leave it out to mean all")
        return name

    @cached_property
    def named(self) -> dict[str, str]:
        """Return the dimensions that are set, with their folded names."""
        named = {dimension: folded(getattr(self, dimension)) for dimension in DIMENSIONS}
        return {dimension: name for dimension, name in named.items() if name is not None}

    @property
    def specificity(self) -> int:
        """Return how many dimensions are set."""
        return len(self.named)

    def covers(self, line: dict[str, str | None]) -> bool:
        """Tell whether a line, given by its folded dimensions, is in this scope."""
        return all(line.get(dimension) == name for dimension, name in self.named.items())

    def meets(self, other: "Scope") -> bool:
        """Tell whether a line could be in both scopes."""
        return all(other.named.get(dimension, name) == name for dimension, name in self.named.items())

    def sentence(self) -> str:
        """Say the scope: `all products`, `category Baby Care, brand Amul`."""
        return ", ".join(f"{name} {getattr(self, name)}" for name in self.named) or "all products"


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


class RuleSet(BaseModel):
    """An immutable, numbered list of rules. `mandatory` names the kinds without which no line may pass."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int = Field(ge=1)
    rules: tuple[Rule, ...]
    mandatory: tuple[str, ...] = ("increase_stays_below_limit", "margin_stays_above_floor")

    @model_validator(mode="after")
    def _leaves_nothing_to_chance(self) -> Self:
        ids = [rule.id for rule in self.rules]
        twice = sorted({name for name in ids if ids.count(name) > 1})
        if twice:
            raise ValueError(f"Rule {', '.join(twice)} is in the set twice; give every rule its own id.")
        for first, second in combinations(self.rules, 2):
            if _tied(first, second) and not self._settled(first, second):
                where = _both(first.scope, second.scope).sentence()
                raise ValueError(
                    f"Rules {first.id} and {second.id} are equally specific where both apply ({where}): "
                    "narrow one, or add a rule for exactly that."
                )
        return self

    def __hash__(self) -> int:
        return hash((self.number, self.content_hash))

    @cached_property
    def content_hash(self) -> str:
        """Return the SHA-256 of what the set says, whatever its number."""
        says = self.model_dump(mode="json", exclude={"number"})
        return sha256(json.dumps(says, sort_keys=True, separators=(",", ":")).encode()).hexdigest()

    def to_json(self) -> str:
        """Write the set for storage."""
        return self.model_dump_json()

    @classmethod
    def from_json(cls, stored: str | bytes) -> "RuleSet":
        """Read a stored set. Raises `BrokenRuleSet` on anything that is not one."""
        try:
            return cls.model_validate_json(stored)
        except ValidationError as error:
            raise BrokenRuleSet(_sentences(error)) from error

    def faults(self, kinds: Kinds) -> list[str]:
        """Say why rules of this set could not be applied; a set with faults must not be activated."""
        return [f"Rule {rule.id}: {fault}" for rule in self.rules if (fault := _fault(rule, kinds))]

    def _settled(self, first: Rule, second: Rule) -> bool:
        """Tell whether a more specific rule decides wherever two tied ones meet."""
        both = _both(first.scope, second.scope)
        return any(
            rule.kind == first.kind
            and rule.scope.specificity > first.scope.specificity
            and rule.scope.named.items() <= both.named.items()
            and rule.lasts_through(first, second)
            for rule in self.rules
        )


def _tied(first: Rule, second: Rule) -> bool:
    same = first.kind == second.kind and first.scope.specificity == second.scope.specificity
    return same and first.scope.meets(second.scope) and first.overlaps(second)


def _both(first: Scope, second: Scope) -> Scope:
    return Scope(**{name: getattr(first, name) or getattr(second, name) for name in DIMENSIONS})


def _fault(rule: Rule, kinds: Kinds) -> str:
    if rule.kind not in kinds:
        return f"no kind {rule.kind} is installed."
    try:
        kinds[rule.kind].model_validate(rule.parameters)
    except ValidationError as error:
        return _sentences(error)
    return ""


def _sentences(error: ValidationError) -> str:
    parts = ((".".join(map(str, found["loc"])), found["msg"]) for found in error.errors())
    said = (f"{where}: {what}" if where else what for where, what in parts)
    return "; ".join(said).replace("Value error, ", "")


def dimensions_of(facts: Facts) -> dict[str, str | None]:
    """Return the folded names by which scopes find a line."""
    return {dimension: folded(getattr(facts, dimension)) for dimension in DIMENSIONS}


SEED_RULE_SET = RuleSet(
    number=1,
    rules=(
        Rule(
            id="margin-floor",
            kind="margin_stays_above_floor",
            severity=Severity.HARD,
            parameters={"limit_bp": 1000},
            owner="Leela M.",
            rationale="Below this we lose money.",
        ),
        Rule(
            id="increase-limit",
            kind="increase_stays_below_limit",
            severity=Severity.SOFT,
            parameters={"limit_bp": 1500},
            owner="Leela M.",
            rationale="Above this shoppers notice.",
        ),
        Rule(
            id="competitor-band",
            kind="price_stays_near_competitor",
            severity=Severity.SOFT,
            parameters={"limit_bp": 1000},
            owner="Leela M.",
            rationale="Dearer than this, baskets leave.",
        ),
        Rule(
            id="decrease-limit",
            kind="decrease_stays_above_limit",
            severity=Severity.SOFT,
            parameters={"limit_bp": 3000},
            owner="Leela M.",
            rationale="A fall as steep as this is more often a slip than an offer.",
        ),
    ),
    mandatory=("decrease_stays_above_limit", "increase_stays_below_limit", "margin_stays_above_floor"),
)
