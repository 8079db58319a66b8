"""What the lifecycle shows of itself: frozen values, so that screens and API read the same and change nothing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Generic, TypeVar

from pydantic import AliasChoices, Field

from app.contracts.holds import Hold
from app.lifecycle.publishing.effects import EffectKind
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import Action

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A large effect that is being carried out: what it is, how many of its lines are done, and whether it stopped."""

    kind: EffectKind
    done: int
    total: int
    waits: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalGlance:
    """What screens and API say alike of a proposal. Changes and margins in basis points; `version` counts its moves."""

    id: str
    reference: str
    status: Status
    verdict: str | None
    reason: str
    submitted_by: str
    submitted_by_id: str
    submitted_at: datetime
    lines: int
    clean: int
    soft: int
    hard: int
    rule_set: int | None
    version: int
    currency: str
    mixed: str
    effective_at: datetime | None
    due_at: datetime | None
    expires_at: datetime | None
    decision: str | None
    decided_by: str | None
    decided_at: datetime | None
    decision_comment: str | None
    published_at: datetime | None
    rolled_back_at: datetime | None
    waves: int
    wave: int
    published_lines: int
    ends_at: datetime | None
    returns: str | None
    level: int
    siblings: tuple[str, ...]
    mean_change_bp: int | None
    largest_change_bp: int | None
    margin_before_bp: int | None
    margin_after_bp: int | None
    headline: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalSummary(ProposalGlance):
    """A proposal at a glance, as screens need it.

    `unasked` are the contexts that could not be asked for their locks when it was submitted.
    `seen_hash` stands for everything that is seen of it: whoever acts on it hands that back. `decided_seen` is the one
    that the last decision was bound to. (Answers kept from earlier versions name it `content_hash`.)
    """

    number: int
    seen_hash: Annotated[str, Field(validation_alias=AliasChoices("seen_hash", "content_hash"))]
    worst_rule: str | None
    worst_bp: int | None
    under_way: UnderWay | None = None
    unasked: tuple[str, ...] = ()
    decided_seen: str | None = None


@dataclass(frozen=True, slots=True)
class FindingView:
    """One rule on one line. Observed value and limit are basis points; prices are minor units."""

    rule: str
    severity: str
    outcome: str
    observed_bp: int | None
    limit_bp: int | None
    passing_price: int | None
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceLine:
    """What is shown of a line wherever one is judged: its product, its prices, its facts and what the rules found.

    Money in minor units.
    """

    sku: str
    name: str
    brand: str
    old: int
    new: int
    currency: str
    cost: int | None
    competitor: int | None
    findings: tuple[FindingView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineView(PriceLine):
    """One line of a proposal."""

    line: int
    change_bp: int
    verdict: str | None
    holds: tuple[Hold, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenAction:
    """An action of the table as a button: `why` says in words why it is shut."""

    action: Action
    allowed: bool
    why: str


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a keyset-paged list; `next_cursor` is None on the last."""

    items: list[T]
    next_cursor: str | None
