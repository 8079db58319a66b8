"""Rows of the lifecycle: proposals, their lines, decisions, audit, rule sets and answered commands."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Index, Integer, Text, text
from sqlmodel import Field, SQLModel

Serial = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only in a plain INTEGER column."""


class Proposal(SQLModel, table=True):
    """A proposed price change. `status` and `version` are written by `table.moves.move` alone (compare-and-set).

    `stands_at` and `stands_under` say when, and under which rule set, all of it was last judged or found to stand; its
    verdict is the one of `rule_set`.
    """

    __table_args__ = (
        Index("ix_proposal_queue", "status", "due_at"),
        Index("ix_proposal_submitter", "submitted_by", "number"),
    )

    id: str = Field(primary_key=True)
    number: int = Field(unique=True)
    reason: str
    status: str
    version: int
    mixed: str
    source: str
    submitted_by: str
    submitted_at: datetime
    updated_at: datetime
    effective_at: datetime | None = None
    sibling_of: str | None = Field(default=None, index=True)
    content_hash: str
    lines: int
    rule_set: int | None = None
    verdict: str | None = None
    clean: int = 0
    soft: int = 0
    hard: int = 0
    currency: str
    mean_change_bp: int | None = None
    largest_change_bp: int | None = None
    margin_before_bp: int | None = None
    margin_after_bp: int | None = None
    worst_rule: str | None = None
    worst_bp: int | None = None
    headline: str = ""
    due_at: datetime | None = None
    expires_at: datetime | None = None
    published_at: datetime | None = None
    rolled_back_at: datetime | None = None
    wave_plan: str | None = Field(default=None, sa_column=Column(Text))
    waves: int = 0
    wave: int = 0
    published_lines: int = 0
    ends_at: datetime | None = None
    returns: str | None = Field(default=None, index=True)
    must_be_seen: bool = False
    level: int = 1
    unasked: str = ""
    stands_at: datetime | None = None
    stands_under: int | None = None


class Line(SQLModel, table=True):
    """One SKU of a proposal, with the facts its verdict was reached on; `base_version` is the price version seen.

    `more_facts` is what else the rules read of it (see `proposing.more_facts`), null if nothing.
    """

    __tablename__ = "line"
    __table_args__ = (
        Index("ix_line_sku", "sku", "proposal_id"),
        Index("ix_line_verdict", "proposal_id", "verdict", "line"),
    )

    proposal_id: str = Field(primary_key=True)
    line: int = Field(primary_key=True)
    sku: str
    old: int = Field(sa_type=BigInteger)
    new: int = Field(sa_type=BigInteger)
    currency: str
    base_version: int
    category: str
    brand: str
    cost: int | None = Field(default=None, sa_type=BigInteger)
    competitor: int | None = Field(default=None, sa_type=BigInteger)
    verdict: str | None = None
    findings: str | None = Field(default=None, sa_column=Column(Text))
    wave: int = 1
    published_version: int | None = None
    month_ago: int | None = Field(default=None, sa_type=BigInteger)
    held: str | None = Field(default=None, sa_column=Column(Text))
    more_facts: str | None = Field(default=None, sa_column=Column(Text))


class Decision(SQLModel, table=True):
    """What a person decided, on exactly which content."""

    id: str = Field(primary_key=True)
    proposal_id: str = Field(index=True)
    action: str
    by: str
    at: datetime
    comment: str
    content_hash: str
    rule_set: int | None = None
    on_behalf_of: str | None = None


class Hand(SQLModel, table=True):
    """Everybody who had a hand in a proposal (wrote, edited, imported) and therefore may not decide on it."""

    proposal_id: str = Field(primary_key=True)
    user_id: str = Field(primary_key=True)
    how: str


class AuditEntry(SQLModel, table=True):
    """One entry of a hash chain: `hash = SHA-256(prev_hash + canonical JSON of the entry)`. Never changed.

    As its transaction commits it takes the next `position` over all chains, with a keyed `seal` (see
    `audit.evidence.head`); an entry without one was there before there were seals, or was written past Baton.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_chain", "chain", "seq", unique=True),
        Index("ix_audit_position", "position"),
    )

    id: int | None = Field(default=None, sa_column=Column(Serial, primary_key=True, autoincrement=True))
    chain: str
    seq: int
    at: datetime
    actor: str
    actor_name: str
    action: str
    detail: str = Field(sa_column=Column(Text, nullable=False))
    prev_hash: str
    hash: str
    position: int | None = Field(default=None, sa_type=BigInteger)
    seal: str = ""


class AuditHead(SQLModel, table=True):
    """The end of the whole audit trail: how many entries there are, and the seal of the last. One row.

    `mac` is made with the audit key that `key_id` names, so that nobody without it can put the head back. The same is
    kept of `AuditState`, and how many checkpoints were written outside, with the seal of the last.
    """

    __tablename__ = "audit_head"

    name: str = Field(primary_key=True)
    position: int = Field(sa_type=BigInteger)
    seal: str
    key_id: str
    mac: str
    state_position: int = Field(default=0, sa_type=BigInteger)
    state_seal: str = ""
    checkpoints: int = 0
    checkpoint: str = ""


class AuditState(SQLModel, table=True):
    """What one transaction did to protected rows (see `app.protection`), as JSON. Never changed.

    `position` counts over all of them, `entry` is the last entry of the trail then. A `kind` other than `change` holds
    what was found when keeping began: see `audit.evidence.keeping`.
    """

    __tablename__ = "audit_state"

    id: int | None = Field(default=None, sa_column=Column(Serial, primary_key=True, autoincrement=True))
    position: int = Field(sa_type=BigInteger)
    entry: int = Field(sa_type=BigInteger)
    kind: str
    body: str = Field(sa_column=Column(Text, nullable=False))
    seal: str


class Command(SQLModel, table=True):
    """An answered command: the same key gives the same answer, another body under it is refused."""

    actor: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    body_hash: str
    proposal_id: str
    answer: str = Field(sa_column=Column(Text, nullable=False))
    at: datetime


class Counter(SQLModel, table=True):
    """A named counter, such as the number in `PC-2476`."""

    name: str = Field(primary_key=True)
    n: int


class Timer(SQLModel, table=True):
    """An appointment with the clock: what happens to a proposal, or a rule set, at `due_at` unless it is cancelled.

    `version` tells which wave, round or set it was made for; `proposal_id` begins with `rules` where it is about sets.
    Claimed by lease, done in the transaction of its effect.
    """

    __table_args__ = (
        Index("ix_timer_open", "done_at", "cancelled_at", "due_at"),
        Index("ix_timer_proposal", "proposal_id", "kind"),
    )

    id: int | None = Field(default=None, sa_column=Column(Serial, primary_key=True, autoincrement=True))
    proposal_id: str
    kind: str
    due_at: datetime
    version: int
    leased_until: datetime | None = None
    lease_owner: str | None = None
    done_at: datetime | None = None
    cancelled_at: datetime | None = None


class CanaryWave(SQLModel, table=True):
    """One wave of a canary: when it went out, how long it bakes, and how its guards were judged."""

    __tablename__ = "canary_wave"

    proposal_id: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    lines: int
    bake_seconds: int
    published_at: datetime | None = None
    judged_at: datetime | None = None
    outcome: str | None = None
    readings: str = Field(default="[]", sa_column=Column(Text, nullable=False))


class OutsideMeasure(SQLModel, table=True):
    """A number from outside (conversion, revenue per visit): treated SKUs against the untouched ones as control."""

    __tablename__ = "outside_measure"

    id: int | None = Field(default=None, sa_column=Column(Serial, primary_key=True, autoincrement=True))
    proposal_id: str = Field(index=True)
    wave: int
    name: str
    treated: str
    control: str
    sample: int
    at: datetime
    posted_by: str
    source: str = ""


class RollBackRequest(SQLModel, table=True):
    """A person asks for a roll-back that no one person may order. `seen` is the hash of what would come back then."""

    __tablename__ = "roll_back_request"

    id: str = Field(primary_key=True)
    proposal_id: str = Field(index=True)
    asked_by: str
    at: datetime
    reason: str
    seen: str
    agreed_by: str | None = None
    agreed_at: datetime | None = None


class Freeze(SQLModel, table=True):
    """A time in which nothing begins to publish; approvals go on, and price windows end on time."""

    id: str = Field(primary_key=True)
    starts: datetime
    ends: datetime
    reason: str
    made_by: str
    made_at: datetime
    lifted_at: datetime | None = None
    lifted_by: str | None = None


class PublishingStop(SQLModel, table=True):
    """One use of the kill switch: publishing is stopped while the one row that may be so has no `resumed_at`."""

    __tablename__ = "publishing_stop"
    __table_args__ = (
        Index(
            "ix_publishing_stop_in_force",
            text("(resumed_at IS NULL)"),
            unique=True,
            sqlite_where=text("resumed_at IS NULL"),
            postgresql_where=text("resumed_at IS NULL"),
        ),
    )

    id: str = Field(primary_key=True)
    reason: str
    stopped_by: str
    stopped_at: datetime
    resumed_by: str | None = None
    resumed_at: datetime | None = None


class Delegation(SQLModel, table=True):
    """A person lends their right to decide, for a time. Not transitive: only an own right can be lent."""

    id: str = Field(primary_key=True)
    lender: str = Field(index=True)
    borrower: str = Field(index=True)
    starts: datetime
    ends: datetime
    made_at: datetime
    ended_at: datetime | None = None


class ApprovalQueue(SQLModel, table=True):
    """How long one queue may wait, in working time of its calendar. `rule` is what lands there, empty for the rest."""

    __tablename__ = "approval_queue"

    name: str = Field(primary_key=True)
    rule: str = ""
    minutes: int
    calendar: str = Field(sa_column=Column(Text, nullable=False))


class Effect(SQLModel, table=True):
    """Something large that is carried out in steps (see `publishing.effects`): `done` of about `total` lines.

    The step after this one begins behind line `after` (of `wave`, if it is not 0). `left` counts lines that were left
    alone, `note` is what is to be remembered until the end: why they were, the siblings of a division, or the rule set
    by which lines are judged again if it is another one than before, or how far below the rules two people agreed to go
    back (see `rolling_back.agreed_limits`).
    `alone` is the one person who ordered it, where nobody agreed; `waits` says that it stopped until somebody does.
    `rests_on` is what the look at all of it before the first step rests on (see `publishing.remembered`),
    while nothing but its own steps has moved since.
    """

    __table_args__ = (
        Index("ix_effect_proposal", "proposal_id", "finished_at"),
        Index(
            "ix_effect_under_way",
            "proposal_id",
            unique=True,
            sqlite_where=text("finished_at IS NULL"),
            postgresql_where=text("finished_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, sa_column=Column(Serial, primary_key=True, autoincrement=True))
    proposal_id: str
    kind: str
    wave: int = 0
    total: int
    after: int = 0
    done: int = 0
    left: int = 0
    note: str = Field(default="", sa_column=Column(Text, nullable=False))
    begun_at: datetime
    finished_at: datetime | None = None
    alone: str = ""
    waits: bool = False
    rests_on: str = ""
