"""Rule sets as they stand on the wire: what the API answers and takes."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field, JsonValue

from app.api.inputs import Moment, Strict
from app.lifecycle.rulebook.rows import MOST_REASON, MOST_RULES
from app.lifecycle.rulebook.status import RuleSetStatus
from app.lifecycle.rulebook.transitions import RuleSetAction
from app.lifecycle.rulebook.values import Applying, Happening, OpenRuleSetAction, RuleSetSummary
from rules.ruleset import Rule

Version = Annotated[int, Field(ge=1, le=2**31 - 1, description="`version` of the draft as it was read")]


Comment = Annotated[str, Field(max_length=MOST_REASON)]


Seen = Annotated[
    str,
    Field(
        max_length=128,
        description="`content_hash` of the set as it was read; if it says something else by now, nothing happens (409"
        " `content_changed`) and the answer has the difference",
    ),
]


RuleIn = Annotated[
    dict[str, JsonValue],
    Field(
        description="`kind`, `severity` (SOFT or HARD), `parameters` of the kind (basis points, minor units), `scope`"
        " (category, sub_category, brand, channel, currency, skus), `valid_from`, `valid_to`, `owner`, `rationale`",
        examples=[
            {
                "kind": "increase_stays_below_limit",
                "severity": "SOFT",
                "parameters": {"limit_bp": 1500},
                "scope": {"category": "Beverages"},
                "rationale": "Above this shoppers notice.",
            }
        ],
    ),
]


class RuleSetOut(BaseModel):
    """A rule set at a glance."""

    number: int
    status: RuleSetStatus
    version: int
    content_hash: str
    rules: int
    mandatory: list[str]
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

    @classmethod
    def of(cls, found: RuleSetSummary) -> "RuleSetOut":
        """Return a set as an answer shows it."""
        return cls.model_validate(found, from_attributes=True)


class RuleSetsOut(BaseModel):
    """Rule sets, newest first."""

    items: list[RuleSetOut]
    next_cursor: str | None


class HandOut(BaseModel):
    """Somebody who had a hand in a set, so that they do not activate it."""

    name: str
    how: str


class ActionOut(BaseModel):
    """What the caller may do with a set, or why not."""

    action: RuleSetAction
    allowed: bool
    why_not: str

    @classmethod
    def of(cls, found: OpenRuleSetAction) -> "ActionOut":
        """Return an action as an answer shows it."""
        return cls.model_validate(found, from_attributes=True)


class RuleSetDetailOut(RuleSetOut):
    """A rule set with its rows, who had a hand in it, and what the caller may do with it."""

    rows: list[Rule]
    hands: list[HandOut]
    actions: list[ActionOut]


class RuleSetFindingOut(BaseModel):
    """Something about a set: rows concerned, how many products, and a sentence; what `blocks` keeps it from judging."""

    what: str
    rules: list[str]
    products: int | None
    sentence: str
    blocks: bool


class CheckOut(BaseModel):
    """Whether a set could judge."""

    content_hash: str
    fit: bool
    findings: list[RuleSetFindingOut]


class RuleDifferenceOut(BaseModel):
    """One row that differs."""

    rule: str
    change: str
    sentence: str


class DifferenceOut(BaseModel):
    """What differs from one set to another."""

    before: int
    after: int
    rows: list[RuleDifferenceOut]


class HappeningOut(BaseModel):
    """One thing that was done to a set."""

    at: datetime
    by: str
    verb: str
    said: str
    told: str

    @classmethod
    def of(cls, found: Happening) -> "HappeningOut":
        """Return it as an answer shows it."""
        return cls.model_validate(found, from_attributes=True)


class HistoryOut(BaseModel):
    """What was done to a set, newest first."""

    items: list[HappeningOut]


class ApplyingOut(BaseModel):
    """Of one kind, the row that counts for a SKU, and why that one."""

    kind: str
    row: Rule | None
    others: list[Rule]
    required: bool
    why: str

    @classmethod
    def of(cls, found: Applying) -> "ApplyingOut":
        """Return it as an answer shows it."""
        return cls.model_validate(found, from_attributes=True)


class AppliesOut(BaseModel):
    """What a set says of a SKU, kind by kind."""

    number: int
    sku: str
    name: str
    category: str
    sub_category: str
    brand: str
    currency: str
    kinds: list[ApplyingOut]


class DraftIn(Strict):
    """Why there is to be another set, and which one it begins with (the active one if none is named)."""

    start_from: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
    reason: Comment = ""


class RuleEditIn(Strict):
    """A row, or the fields of it that are others, made on a version of the draft."""

    version: Version
    rule: RuleIn


class RulesIn(Strict):
    """All rows of a draft."""

    version: Version
    rules: Annotated[list[RuleIn], Field(max_length=20_000, description=f"at most {MOST_RULES:,} are taken")]
    mandatory: Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=200)] | None = None


class RequiredIn(Strict):
    """Kinds of which every product needs a rule."""

    version: Version
    mandatory: Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=200)]


class RuleSetReasonIn(Strict):
    """Why there is to be this set."""

    version: Version
    reason: Comment


class VersionIn(Strict):
    """The draft as it was read."""

    version: Version


class SubmitIn(Strict):
    """What was read, and why there is to be this set if the draft does not say so yet."""

    content_hash: Seen
    reason: Comment = ""


class SeenIn(Strict):
    """What was read, and why."""

    content_hash: Seen
    comment: Comment = ""


class ActivateIn(SeenIn):
    """What was read, and from when on it is to judge; at once if no moment is named."""

    effective_at: Moment | None = None


class ShadowIn(Strict):
    """Whether the set rides along on live proposals without effect."""

    on: bool
