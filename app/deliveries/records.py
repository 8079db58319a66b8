"""Rows of the tracker's read model, written by `projection` only."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Column, Index, Integer, Text
from sqlmodel import Field, SQLModel


class DeliveryState(StrEnum):
    """What one context did with one SKU of one repricing."""

    PENDING = "PENDING"
    APPLIED = "APPLIED"
    IGNORED = "IGNORED"
    RETRYING = "RETRYING"
    PARKED = "PARKED"
    REVERTED = "REVERTED"


class ContextState(StrEnum):
    """How a context is doing, as the tracker last saw it."""

    CAUGHT_UP = "caught-up"
    WORKING = "working"
    SILENT = "silent"
    UNREACHABLE = "unreachable"
    AHEAD = "ahead"
    ELSEWHERE = "elsewhere"


class Progress(StrEnum):
    """How far a repricing has come in all contexts; a canary out in part propagates, then bakes or is held."""

    PROPAGATING = "propagating"
    BAKING = "baking"
    HELD = "held"
    APPLIED = "applied"
    SETTLED = "settled"
    PARKED = "parked"
    ROLLING_BACK = "rolling back"
    ROLLED_BACK = "rolled back"


class Stage(StrEnum):
    """Where a repricing stands, in the words of the proposal's status from publication on."""

    CANARY = "CANARY"
    HELD = "HELD"
    PUBLISHED = "PUBLISHED"
    ROLLING_BACK = "ROLLING_BACK"
    ROLLED_BACK = "ROLLED_BACK"


class Repricing(SQLModel, table=True):
    """One publication seen from the far side of the seam; `id` is the proposal's.

    `expected` counts what has gone out so far: of a canary it grows with every wave.
    """

    __table_args__ = (Index("ix_repricing_published", "published_at", "id"), Index("ix_repricing_status", "status"))

    id: str = Field(primary_key=True)
    number: int
    reason: str
    status: str
    published_at: datetime
    expected: int
    undo_expected: int | None = None
    rolling_back_at: datetime | None = None
    rolled_back_at: datetime | None = None


class Lane(SQLModel, table=True):
    """One context's counts for one repricing. Pending is `expected` less all the other states.

    `undone` counts SKUs of the undo that the context has answered (reverted or unaffected).
    """

    repricing_id: str = Field(primary_key=True)
    context: str = Field(primary_key=True)
    expected: int
    applied: int = 0
    ignored: int = 0
    retrying: int = 0
    parked: int = 0
    reverted: int = 0
    undone: int = 0
    first_ack: datetime | None = None
    last_ack: datetime | None = None


class Delivery(SQLModel, table=True):
    """One SKU of one repricing in one context, from its first answer on (before that it is pending).

    `acknowledged` is the version that the context ever confirmed, whatever it says later; `undone` whether it has
    answered the undo. The lane's counts are the sizes of these sets.
    """

    __table_args__ = (Index("ix_delivery_trouble", "state", "context"),)

    repricing_id: str = Field(primary_key=True)
    context: str = Field(primary_key=True)
    sku: str = Field(primary_key=True)
    version: int
    state: str
    cause: str = ""
    attempts: int = 0
    at: datetime
    next_at: datetime | None = None
    acknowledged: int = Field(default=0, sa_type=BigInteger)
    undone: bool = False


class LaneStep(SQLModel, table=True):
    """One acknowledgement as drawn in the score: the lane's totals after it, and the partition it came from."""

    __tablename__ = "lane_step"

    id: int | None = Field(
        default=None,
        sa_column=Column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    )
    repricing_id: str = Field(index=True)
    context: str
    at: datetime
    partition: int
    applied: int
    reverted: int


class ContextHealth(SQLModel, table=True):
    """What the tracker last saw of a context. `rates` holds applied per second for the last minute, oldest first.

    `alarm` is what a person has to look at. A retired context is gone for good: nothing waits for it.
    """

    __tablename__ = "context_health"

    name: str = Field(primary_key=True)
    does: str
    registered_at: datetime
    seen_at: datetime
    state: str
    workers: int = 0
    lag_ms: int = 0
    behind: str = Field(default="[]", sa_column=Column(Text, nullable=False))
    rate: int = 0
    rates: str = Field(default="[]", sa_column=Column(Text, nullable=False))
    alarm: str = Field(default="", sa_column=Column(Text, nullable=False))
    silent_since: datetime | None = None
    retired_at: datetime | None = None
    retired_by: str = ""
    retired_why: str = ""


class HeardStream(SQLModel, table=True):
    """How far the tracker has read each stream, and the link of the entry there."""

    __tablename__ = "heard"

    stream: str = Field(primary_key=True)
    seq: int = Field(sa_type=BigInteger)
    link: str = Field(default="", sa_column=Column(Text, nullable=False))
