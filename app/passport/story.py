"""What the score is drawn from: one proposal's facts with their times. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo


@dataclass(frozen=True)
class Stay:
    """A status and when the proposal came into it; it stays until the next one."""

    status: str
    since: datetime


@dataclass(frozen=True)
class Act:
    """Somebody did something; `what` is the action's name."""

    who: str
    what: str
    at: datetime


@dataclass(frozen=True)
class Ack:
    """One acknowledgement: how many SKUs of one partition a context applied or reverted at once."""

    at: datetime
    partition: int
    applied: int = 0
    reverted: int = 0


@dataclass(frozen=True)
class StoryTrouble:
    """A SKU that is being retried or is parked in one context."""

    at: datetime
    kind: str
    sku: str
    cause: str


@dataclass(frozen=True)
class StoryLane:
    """What one context did with this repricing: exact counts, and the acknowledgements in order.

    `to_undo` is how many SKUs of a rollback the context has not answered yet.
    """

    context: str
    does: str
    expected: int
    pending: int
    applied: int
    ignored: int = 0
    retrying: int = 0
    parked: int = 0
    reverted: int = 0
    to_undo: int = 0
    acks: tuple[Ack, ...] = ()
    troubles: tuple[StoryTrouble, ...] = ()


@dataclass(frozen=True)
class WaveSent:
    """One wave of a canary that crossed the seam."""

    number: int
    lines: int
    at: datetime


@dataclass(frozen=True)
class Story:
    """Everything the score draws. `going` and `returning` are how many of how many, while they still do."""

    stays: tuple[Stay, ...]
    acts: tuple[Act, ...]
    now: datetime
    published_at: datetime | None = None
    rolling_back_at: datetime | None = None
    rolled_back_at: datetime | None = None
    requested_by: str = ""
    requested_at: datetime | None = None
    expected: int = 0
    lanes: tuple[StoryLane, ...] = ()
    contexts: tuple[tuple[str, str], ...] = ()
    zone: tzinfo | None = None
    waves: tuple[WaveSent, ...] = ()
    going: tuple[int, int] | None = None
    returning: tuple[int, int] | None = None
