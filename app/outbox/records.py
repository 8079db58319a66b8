"""Rows of the outbox."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Index, Integer, Text
from sqlmodel import Field, SQLModel

Serial = BigInteger().with_variant(Integer, "sqlite")


class OutboxEvent(SQLModel, table=True):
    """An event on its way to a stream; `seq` is dense per stream and becomes the entry's id, `link` goes with it."""

    __tablename__ = "outbox_event"

    stream: str = Field(primary_key=True)
    seq: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    event_id: str
    type: str
    correlation_id: str = Field(index=True)
    at: datetime
    payload: str = Field(sa_column=Column(Text, nullable=False))
    link: str = Field(sa_column=Column(Text, nullable=False))


class StreamSequence(SQLModel, table=True):
    """The last sequence given out per stream, with its link; its row lock makes stream order the order of commits."""

    __tablename__ = "stream_sequence"

    stream: str = Field(primary_key=True)
    n: int = Field(sa_type=BigInteger)
    link: str = Field(default="", sa_column=Column(Text, nullable=False))


class KeptEntry(SQLModel, table=True):
    """A stream's entry that could not be taken for what its place says: kept for a person, and nothing stops for it.

    `why` is `foreign` (nobody of ours wrote it), `unreadable` (no event of ours, or of a newer version) or `failed`.
    `done_at` says since when it is taken in after all, `seen_at` since when a person knows of it.
    """

    __tablename__ = "kept_entry"

    id: int | None = Field(default=None, sa_column=Column(Serial, primary_key=True, autoincrement=True))
    stream: str
    entry: str
    why: str
    cause: str = Field(sa_column=Column(Text, nullable=False))
    payload: str = Field(sa_column=Column(Text, nullable=False))
    at: datetime
    done_at: datetime | None = None
    seen_at: datetime | None = None


class OutboxJob(SQLModel, table=True):
    """A request to the orchestrating process; sent again until its effect has committed (`done_at`)."""

    __tablename__ = "outbox_job"
    __table_args__ = (Index("ix_outbox_job_open", "done_at", "id"),)

    id: int | None = Field(default=None, sa_column=Column(Serial, primary_key=True, autoincrement=True))
    name: str
    args: str = Field(sa_column=Column(Text, nullable=False))
    at: datetime
    sent_at: datetime | None = None
    done_at: datetime | None = None
