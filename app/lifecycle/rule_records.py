"""Rows of the rules that people own: the numbered sets, whoever had a hand in one, replays and sets in shadow."""

from datetime import datetime

from sqlalchemy import Column, Index, Text, text
from sqlmodel import Field, SQLModel


class StoredRuleSet(SQLModel, table=True):
    """A numbered rule set; exactly one is ACTIVE. Its status has one writer, `rulebook.moves`.

    What it says changes while it is a DRAFT alone, and `version` counts that. `based_on` is the set that was active
    when it was drafted, or last brought up to date. Whoever had a hand in it (`RuleSetHand`) does not activate it.
    """

    __tablename__ = "rule_set"
    __table_args__ = (
        Index(
            "ix_rule_set_active",
            "status",
            unique=True,
            sqlite_where=text("status = 'ACTIVE'"),
            postgresql_where=text("status = 'ACTIVE'"),
        ),
    )

    number: int = Field(primary_key=True)
    rules: str = Field(sa_column=Column(Text, nullable=False))
    content_hash: str
    status: str
    activated_by: str | None = None
    activated_at: datetime | None = None
    drafted_by: str | None = None
    drafted_at: datetime | None = None
    version: int = 1
    based_on: int | None = None
    reason: str = ""
    submitted_by: str | None = None
    submitted_at: datetime | None = None
    effective_at: datetime | None = None
    shadow: bool = False
    retired_at: datetime | None = None


class RuleSetHand(SQLModel, table=True):
    """Everybody who edited or submitted a rule set and therefore may not activate it."""

    __tablename__ = "rule_set_hand"

    rule_set: int = Field(primary_key=True)
    user_id: str = Field(primary_key=True)
    how: str


class RuleSetEdit(SQLModel, table=True):
    """One edit of a draft, so that whoever read an earlier version learns what has changed since.

    `version` is what it made. `before` holds the rows that it changed as they were (none for one that it added), and
    `content_hash` stands for all that the version before said.
    """

    __tablename__ = "rule_set_edit"

    rule_set: int = Field(primary_key=True)
    version: int = Field(primary_key=True)
    by: str
    by_name: str
    at: datetime
    content_hash: str
    before: str = Field(sa_column=Column(Text, nullable=False))


class RuleReplay(SQLModel, table=True):
    """A rule set held against the past proposals of a period, by a process of its own (see `rulebook.replays`).

    `beat_at` is when that process, the `owner`, was last heard of; `done` of about `total` lines. `cancelled_by` asks
    it to stop. `content_hash` stands for what the set said; `result` is JSON (`rulebook.reckoned.Reckoned`).
    """

    __tablename__ = "rule_replay"

    id: str = Field(primary_key=True)
    rule_set: int = Field(index=True)
    content_hash: str
    since: datetime
    until: datetime
    state: str = Field(index=True)
    asked_by: str
    asked_by_name: str
    asked_at: datetime
    begun_at: datetime | None = None
    beat_at: datetime | None = None
    finished_at: datetime | None = None
    owner: str = ""
    attempts: int = 0
    total: int = 0
    done: int = 0
    cancelled_by: str = ""
    note: str = ""
    result: str | None = Field(default=None, sa_column=Column(Text))


class RuleReplayLine(SQLModel, table=True):
    """A past line that would get another verdict; `kinds` are those that find something on it now, with commas."""

    __tablename__ = "rule_replay_line"

    replay_id: str = Field(primary_key=True)
    place: int = Field(primary_key=True)
    proposal: int
    line: int
    sku: str
    category: str
    change_bp: int
    was: str
    now: str
    kinds: str


class RuleReplaySpread(SQLModel, table=True):
    """How past lines lie about the limit of one row: `counts` is JSON, pairs of an observed value and its lines."""

    __tablename__ = "rule_replay_spread"

    replay_id: str = Field(primary_key=True)
    rule: str = Field(primary_key=True)
    kind: str
    limit: int
    level: bool
    unmeasured: int
    counts: str = Field(sa_column=Column(Text, nullable=False))


class RuleShadowDay(SQLModel, table=True):
    """What a set in shadow, in one version of it, said on one day beside the set that judged; counts of lines."""

    __tablename__ = "rule_shadow_day"

    rule_set: int = Field(primary_key=True)
    version: int = Field(primary_key=True)
    day: str = Field(primary_key=True)
    proposals: int
    lines: int
    stricter: int
    milder: int


class RuleShadowLine(SQLModel, table=True):
    """A line on which a set in shadow says something else than the set that judged it, when it was judged last."""

    __tablename__ = "rule_shadow_line"
    __table_args__ = (Index("ix_rule_shadow_line_newest", "rule_set", "proposal", "line"),)

    rule_set: int = Field(primary_key=True)
    proposal_id: str = Field(primary_key=True)
    line: int = Field(primary_key=True)
    version: int
    proposal: int
    at: datetime
    sku: str
    category: str
    change_bp: int
    was: str
    now: str
    kinds: str
