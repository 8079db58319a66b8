"""Rows of drafts: what somebody types and what was read wait here, not in a page that may go away."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Index, Text
from sqlmodel import Field, SQLModel


class Draft(SQLModel, table=True):
    """A proposal that somebody is working on. Only its owner sees it.

    What they typed are its fields; the counts are of its lines as they were read and judged last, and `reading` says
    how, as JSON. Each time the lines are read they are an `edition` of their own (0: none was read yet), so that one
    takes the other's place in one moment; `coming` numbers those that were begun. `mended` tells that rows were changed
    since they were read.
    """

    id: str = Field(primary_key=True)
    owner_id: str = Field(index=True)
    filename: str
    size_bytes: int
    rule_set: int
    rows: int
    problem: int
    unchanged: int
    clean: int
    soft: int
    hard: int
    created_at: datetime = Field(index=True)
    submitted_as: str | None = None
    reading: str | None = Field(default=None, sa_column=Column(Text))
    changed_at: datetime = Field(index=True)
    edition: int = 0
    coming: int = 0
    mended: bool = False
    discarded_at: datetime | None = None


class DraftField(SQLModel, table=True):
    """What stands in one field of a draft. `version` counts its changes, `lines` the lines that were typed there."""

    __tablename__ = "draft_field"

    draft_id: str = Field(primary_key=True, foreign_key="draft.id", ondelete="CASCADE")
    name: str = Field(primary_key=True)
    value: str = Field(sa_column=Column(Text, nullable=False))
    version: int
    lines: int
    at: datetime


class DraftLine(SQLModel, table=True):
    """One row of the file. `kind` is `problem`, `unchanged`, or the verdict in lower case.

    `value` is the price as it was read, `meant` the known SKU that a problem's may stand for; a problem's `currency`
    is what stands beside its price. Rows of another edition than the draft's are not its any more, or not yet.
    """

    __tablename__ = "draft_line"
    __table_args__ = (Index("ix_draft_line_kind", "draft_id", "edition", "kind", "row"),)

    draft_id: str = Field(primary_key=True, foreign_key="draft.id", ondelete="CASCADE")
    row: int = Field(primary_key=True)
    kind: str
    sku: str
    raw_price: str
    code: str | None = None
    reason: str | None = None
    name: str | None = None
    brand: str | None = None
    old: int | None = Field(default=None, sa_type=BigInteger)
    new: int | None = Field(default=None, sa_type=BigInteger)
    currency: str | None = None
    cost: int | None = Field(default=None, sa_type=BigInteger)
    competitor: int | None = Field(default=None, sa_type=BigInteger)
    passing_price: int | None = Field(default=None, sa_type=BigInteger)
    findings: str | None = Field(default=None, sa_column=Column(Text))
    meant: str | None = None
    value: str | None = None
    edition: int = Field(primary_key=True)


class RememberedReading(SQLModel, table=True):
    """How a person read files of one layout, told by its headings: what they chose, as JSON."""

    __tablename__ = "remembered_reading"

    user_id: str = Field(primary_key=True)
    layout: str = Field(primary_key=True)
    given: str = Field(sa_column=Column(Text, nullable=False))
    at: datetime
