"""Rules as rows of data: what applies to which products, when, and how severely. A rule set never changes."""

import json
from collections import Counter
from functools import cached_property
from hashlib import sha256
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from rules.finding import Severity
from rules.registry import Kinds
from rules.rule import Parameter, Rule
from rules.scope import Scope
from rules.sentences import sentences
from rules.ties import unsettled

__all__ = ["SEED_RULE_SET", "BrokenRuleSet", "Parameter", "Rule", "RuleSet", "Scope"]


class BrokenRuleSet(ValueError):
    """A rule set that nobody could apply without guessing. The text says which rules and what to do."""


class RuleSet(BaseModel):
    """An immutable, numbered list of rules. `mandatory` names the kinds without which no line may pass."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    number: int = Field(ge=1)
    rules: tuple[Rule, ...]
    mandatory: tuple[str, ...] = ("increase_stays_below_limit", "margin_stays_above_floor")

    @model_validator(mode="after")
    def _leaves_nothing_to_chance(self) -> Self:
        ids = Counter(rule.id for rule in self.rules)
        twice = sorted(name for name, times in ids.items() if times > 1)
        if twice:
            raise ValueError(f"Rule {', '.join(twice)} is in the set twice; give every rule its own id.")
        if tied := unsettled(self.rules):
            where = tied[0].scope.narrowed(tied[1].scope).sentence()
            raise ValueError(
                f"Rules {tied[0].id} and {tied[1].id} are equally specific where both apply ({where}): "
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
            raise BrokenRuleSet(sentences(error)) from error

    def faults(self, kinds: Kinds) -> list[str]:
        """Say why rules of this set could not be applied; a set with faults must not be activated."""
        return [f"Rule {rule.id}: {fault}" for rule in self.rules if (fault := _fault(rule, kinds))]


def _fault(rule: Rule, kinds: Kinds) -> str:
    if rule.kind not in kinds:
        return f"no kind {rule.kind} is installed."
    return kinds[rule.kind].faults_in(rule.parameters)


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
