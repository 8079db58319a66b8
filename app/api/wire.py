"""What the API answers: prices as decimal strings, instants in UTC, enums by name. Values only."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Generic, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from app.api.readings import ReadingOut
from app.contracts.holds import Hold
from app.intake.weight import Weighed, Weight
from app.lifecycle.publishing.effects import EffectKind
from app.lifecycle.views.values import FindingView, LineView, ProposalGlance, ProposalSummary
from app.words.money import format_price
from app.words.percent import decimal_percent

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T")


class UnderWayOut(BaseModel):
    """A large effect that is being carried out in steps, and how many of its lines are done."""

    kind: EffectKind
    done: int
    total: int


class TakesTwoOut(BaseModel):
    """Whether the caller needs a second person to roll back: `why` in words, and who has asked for it already."""

    takes_two: bool
    why: str = ""
    asked_by: str | None = None
    asked_at: datetime | None = None
    reason: str = ""


def by_name(kind: type["DataclassInstance"], of: object) -> dict[str, Any]:
    """Return the fields of a kind of view, taken from what has them by name: a wire model of more is made of them."""
    return {field.name: getattr(of, field.name) for field in fields(kind)}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalOut(ProposalGlance):
    """A proposal at a glance; changes and margins in basis points."""

    content_hash: Annotated[
        str,
        Field(description="stands for all that is seen of the proposal; opaque: send it back with every action on it"),
    ]
    under_way: UnderWayOut | None

    @classmethod
    def of(cls, summary: ProposalSummary, **more: object) -> Self:
        """Return the wire form of a summary, with what else this one says."""
        way = summary.under_way
        under_way = UnderWayOut(kind=way.kind, done=way.done, total=way.total) if way else None
        said = by_name(ProposalGlance, summary) | more
        return cls(**said, content_hash=summary.seen_hash, under_way=under_way)


@dataclass(frozen=True, slots=True, kw_only=True)
class WarnedOut(ProposalOut):
    """A proposal with what it runs into: freezes, a stop, other changes of its SKUs, the end of its window."""

    warnings: list[str]


class HoldOut(BaseModel):
    """A context holds a SKU's price fixed: until then it refuses the line, and the whole change is taken back."""

    sku: str
    context: str
    until: datetime
    reason: str
    message: str

    @classmethod
    def of(cls, hold: Hold) -> "HoldOut":
        """Return the wire form of what a context said."""
        return cls(**hold.model_dump(), message=hold.sentence())


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmittedOut(WarnedOut):
    """The proposal as it was submitted. `locked` (1,000 lines at most) forbids nothing: it says what will be refused.

    `locks_unknown` names the contexts that could not be asked.
    """

    locked: list[HoldOut]
    locks_unknown: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOut(SubmittedOut):
    """The proposal made of a file, and what of the file is not in it."""

    unchanged: int
    left_out: int


class ChangeOut(BaseModel):
    """One of the lines that change most."""

    sku: str
    old: str
    new: str
    change: str | None

    @classmethod
    def of(cls, change: Weighed) -> "ChangeOut":
        """Return the wire form of a change."""
        old, new = (format_price(amount, change.currency) for amount in (change.old, change.new))
        return cls(sku=change.sku, old=old, new=new, change=decimal_percent(change.bp))


class WeightOut(BaseModel):
    """What would go out without a person. `before` and `after` are list-price money: one of each product.

    `large` says why a person would be asked once more; empty if it is not large. `up` and `down` are the worst lines.
    """

    lines: int
    currency: str
    mean_change: str | None
    mean_size: str | None
    before: str
    after: str
    moved: str
    large: list[str]
    up: list[ChangeOut]
    down: list[ChangeOut]

    @classmethod
    def of(cls, weight: Weight) -> "WeightOut":
        """Return the wire form of a weight."""
        return cls(
            lines=weight.lines,
            currency=weight.currency,
            mean_change=decimal_percent(weight.mean_bp),
            mean_size=decimal_percent(weight.size_bp),
            before=format_price(weight.before, weight.currency),
            after=format_price(weight.after, weight.currency),
            moved=format_price(weight.moved, weight.currency),
            large=list(weight.large),
            up=[ChangeOut.of(change) for change in weight.up],
            down=[ChangeOut.of(change) for change in weight.down],
        )


class DryRunOut(BaseModel):
    """What a file would become: lines by verdict, rows at the current price, and every bad row with its reason.

    `locked` are the lines that a context would refuse; `locks_unknown` the contexts that could not be asked.
    `without_a_person` is what would go out by itself, null if nothing would. `warnings` says what the change would
    run into. `reading` is how the file was read.
    """

    lines: int
    clean: int
    soft: int
    hard: int
    unchanged: int
    rows: list[dict[str, str | int | None]]
    locked: list[HoldOut]
    locks_unknown: list[str]
    without_a_person: WeightOut | None
    warnings: list[str]
    reading: ReadingOut


class FindingOut(BaseModel):
    """What one rule found; `observed` and `limit` are percentages as decimal strings."""

    rule: str
    severity: str
    outcome: str
    observed: str | None
    limit: str | None
    passing_price: str | None
    message: str

    @classmethod
    def of(cls, finding: FindingView, currency: str) -> "FindingOut":
        """Return the wire form of a finding on a line in `currency`."""
        return cls(
            rule=finding.rule,
            severity=finding.severity,
            outcome=finding.outcome,
            observed=decimal_percent(finding.observed_bp),
            limit=decimal_percent(finding.limit_bp),
            passing_price=_price(finding.passing_price, currency),
            message=finding.message,
        )


class LineOut(BaseModel):
    """One line with its findings."""

    line: int
    sku: str
    name: str
    brand: str
    old: str
    new: str
    currency: str
    change: str | None
    verdict: str | None
    findings: list[FindingOut]
    locked: list[HoldOut]

    @classmethod
    def of(cls, line: LineView) -> "LineOut":
        """Return the wire form of a line."""
        return cls(
            line=line.line,
            sku=line.sku,
            name=line.name,
            brand=line.brand,
            currency=line.currency,
            old=format_price(line.old, line.currency),
            new=format_price(line.new, line.currency),
            change=decimal_percent(line.change_bp),
            verdict=line.verdict,
            findings=[FindingOut.of(finding, line.currency) for finding in line.findings],
            locked=[HoldOut.of(hold) for hold in line.holds],
        )


class PageOut(BaseModel, Generic[T]):
    """One page; pass `next_cursor` as `cursor` for the next. None on the last."""

    items: list[T]
    next_cursor: str | None


class TraceOut(BaseModel):
    """One entry of the passport, oldest first. `said` is the part of `detail` that is a person's own words."""

    model_config = ConfigDict(from_attributes=True)

    at: datetime
    lane: str
    who: str
    what: str
    detail: str
    source: str | None
    target: str | None
    context: str | None
    said: str


def _price(minor: int | None, currency: str) -> str | None:
    return None if minor is None else format_price(minor, currency)
