"""What is shown of rule sets: frozen values, so that screens, API and command line read the same."""

from dataclasses import dataclass
from datetime import datetime

from app.lifecycle.rulebook.status import RuleSetStatus
from app.lifecycle.rulebook.transitions import RuleSetAction
from rules.ruleset import Rule, RuleSet


@dataclass(frozen=True, slots=True)
class RuleSetSummary:
    """A rule set at a glance. People are names; `version` counts its edits, `content_hash` stands for what it says.

    `based_on` is the set that was active when it was drafted or last brought up to date.
    """

    number: int
    status: RuleSetStatus
    version: int
    content_hash: str
    rules: int
    mandatory: tuple[str, ...]
    based_on: int | None
    reason: str
    shadow: bool
    drafted_by: str | None
    drafted_at: datetime | None
    submitted_by: str | None
    submitted_at: datetime | None
    activated_by: str | None
    effective_at: datetime | None
    activated_at: datetime | None
    retired_at: datetime | None


@dataclass(frozen=True, slots=True)
class OpenRuleSetAction:
    """Something an owner does with a set: open, or shut with the reason in words."""

    action: RuleSetAction
    allowed: bool
    why_not: str


@dataclass(frozen=True, slots=True)
class RuleSetDetail:
    """A rule set with all it says, and who had a hand in it (name, how)."""

    summary: RuleSetSummary
    content: RuleSet
    hands: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that was done to a rule set: `said` are the person's words, `told` what Baton says of it."""

    at: datetime
    by: str
    verb: str
    said: str
    told: str


@dataclass(frozen=True, slots=True)
class Applying:
    """Of one kind, the row that counts for a SKU, the rows that do not, most specific first, and why in a sentence.

    Without a row the kind says nothing of the SKU, or, if it is required, refuses its price.
    """

    kind: str
    row: Rule | None
    others: tuple[Rule, ...]
    required: bool
    why: str


@dataclass(frozen=True, slots=True)
class AppliesTo:
    """What one rule set says of one SKU, kind by kind."""

    number: int
    sku: str
    name: str
    category: str
    sub_category: str
    brand: str
    currency: str
    kinds: tuple[Applying, ...]
