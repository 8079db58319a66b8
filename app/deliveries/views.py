"""What the tracker shows of itself: frozen values, the same for screens and API."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from app.deliveries.records import Progress

Filter = Literal["all", "in-flight", "failures"]


@dataclass(frozen=True, slots=True)
class Counts:
    """What one context did with some SKUs; the states add up to `expected`."""

    expected: int
    pending: int
    applied: int
    ignored: int
    retrying: int
    parked: int
    reverted: int


@dataclass(frozen=True, slots=True)
class Tally:
    """What one context did with some SKUs of a repricing, and when it last said so."""

    counts: Counts
    last: datetime | None


@dataclass(frozen=True, slots=True)
class LaneView:
    """One context's part in one repricing. `undone` counts SKUs of the undo that it has answered."""

    context: str
    counts: Counts
    undone: int
    first_ack: datetime | None
    last_ack: datetime | None


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One repricing on the board."""

    id: str
    reference: str
    reason: str
    status: str
    progress: Progress
    published_at: datetime
    expected: int
    undo_expected: int | None
    rolled_back_at: datetime | None
    lanes: tuple[LaneView, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """The newest repricings and their sums: `totals` over everything shown, `by_context` the same per context."""

    rows: tuple[BoardRow, ...]
    totals: Counts
    by_context: dict[str, Counts]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class ContextView:
    """A context's health. `lag_ms` is the age of its oldest unread event, `behind` unread events per partition."""

    name: str
    does: str
    state: str
    workers: int
    lag_ms: int
    behind: tuple[int, ...]
    rate: int
    rates: tuple[int, ...]
    seen_at: datetime
    pending: int = 0
    retrying: int = 0
    parked: int = 0
    alarm: str = ""


@dataclass(frozen=True, slots=True)
class Retired:
    """A context that is gone for good, on whose word and why. `workers` answer all the same."""

    name: str
    at: datetime
    by: str
    why: str
    workers: int


@dataclass(frozen=True, slots=True)
class AckStep:
    """One acknowledgement of a lane: the totals after it and the partition it came from."""

    at: datetime
    partition: int
    applied: int
    reverted: int


@dataclass(frozen=True, slots=True)
class FailedDelivery:
    """A SKU that a context could not apply (yet)."""

    sku: str
    context: str
    state: str
    cause: str
    attempts: int
    at: datetime
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class RepricingView:
    """One repricing in full: its lanes, each lane's steps in time, and what is in trouble."""

    row: BoardRow
    rolling_back_at: datetime | None
    steps: dict[str, tuple[AckStep, ...]] = field(default_factory=dict)
    troubles: tuple[FailedDelivery, ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """Deliveries in trouble, grouped by context, state and cause."""

    context: str
    state: str
    cause: str
    count: int
    oldest: datetime
    next_at: datetime | None
    references: tuple[str, ...]
    skus: tuple[str, ...]
