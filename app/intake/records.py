"""Rows of drafts: a read file waits here, so that 100,000 rows never live in a page."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Index, Text
from sqlmodel import Field, SQLModel


class Draft(SQLModel, table=True):
    """A file or pasted text that was read and judged but not submitted. Only its owner sees it.

    `reading` says how it was read, as JSON.
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


class DraftLine(SQLModel, table=True):
    """One row of the file. `kind` is `problem`, `unchanged`, or the verdict in lower case.

    `value` is the price as it was read, `meant` the known SKU that a problem's may stand for; a problem's `currency`
    is what stands beside its price.
    """

    __tablename__ = "draft_line"
    __table_args__ = (Index("ix_draft_line_kind", "draft_id", "kind", "row"),)

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


class RememberedReading(SQLModel, table=True):
    """How a person read files of one layout, told by its headings: what they chose, as JSON."""

    __tablename__ = "remembered_reading"

    user_id: str = Field(primary_key=True)
    layout: str = Field(primary_key=True)
    given: str = Field(sa_column=Column(Text, nullable=False))
    at: datetime
