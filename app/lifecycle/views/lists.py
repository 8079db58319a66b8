"""Lists for the reading pages: who submits, which rule sets there are, the audit trail. Nothing here writes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlmodel import Session, col

from app.identity import people
from app.identity.records import User
from app.lifecycle.audit.verbs import Verb
from app.lifecycle.clock import timers
from app.lifecycle.clock.timers import Kind
from app.lifecycle.records import AuditEntry, Line, Proposal
from app.lifecycle.table.status import Status
from app.lifecycle.views.values import Page
from app.pricelist.records import PriceHistory


def submitters(session: Session) -> list[tuple[str, str]]:
    """Return `(id, name)` of everybody who ever submitted a proposal, by name."""
    wrote = select(col(Proposal.submitted_by)).distinct()
    rows = session.execute(select(col(User.id), col(User.name)).where(col(User.id).in_(wrote)).order_by(col(User.name)))
    return [(user_id, name) for user_id, name in rows]


def skus_of(session: Session, proposal_id: str, *, limit: int) -> list[str]:
    """Return the SKUs of a proposal in the order of its lines."""
    query = select(col(Line.sku)).where(col(Line.proposal_id) == proposal_id).order_by(col(Line.line)).limit(limit)
    return list(session.scalars(query))


def repriced_since(session: Session, proposal_id: str, since: datetime) -> int:
    """Return how many SKUs of a proposal got another price since an instant."""
    query = (
        select(func.count(col(Line.sku).distinct()))
        .join(PriceHistory, col(PriceHistory.sku) == col(Line.sku))
        .where(col(Line.proposal_id) == proposal_id, col(PriceHistory.at) >= since, col(PriceHistory.version) > 1)
    )
    return session.scalar(query) or 0


def audit_trail(
    session: Session,
    *,
    actor: str | None = None,
    action: str | None = None,
    hidden: frozenset[str] = frozenset(),
    cursor: str | None = None,
    limit: int = 100,
) -> Page[AuditEntry]:
    """Return audit entries, newest first, without the `hidden` actions."""
    query = select(AuditEntry).order_by(col(AuditEntry.id).desc()).limit(limit + 1)
    if actor:
        query = query.where(col(AuditEntry.actor) == actor)
    if action:
        query = query.where(col(AuditEntry.action) == action)
    if hidden:
        query = query.where(col(AuditEntry.action).not_in(hidden))
    if cursor and cursor.isascii() and cursor.isdecimal() and len(cursor) < 19:
        query = query.where(col(AuditEntry.id) < int(cursor))
    found = list(session.scalars(query))
    return Page(found[:limit], str(found[limit - 1].id) if len(found) > limit else None)


ROUTINE: Final = frozenset({Verb.SIGN_IN})
"""What happens all day and changes nothing. Who was turned away, and what is done to people and tokens, is none."""


def audit_count(session: Session, *, actor: str | None = None, actions: frozenset[str]) -> int:
    """Return how many entries of these actions there are, of one actor or of all."""
    query = select(func.count(col(AuditEntry.id))).where(col(AuditEntry.action).in_(actions))
    return session.scalar(query.where(col(AuditEntry.actor) == actor) if actor else query) or 0


def audit_actors(session: Session) -> list[tuple[str, str]]:
    """Return `(id, name)` of everybody in the audit trail, by name."""
    rows = session.execute(select(col(AuditEntry.actor), col(AuditEntry.actor_name)).distinct())
    return sorted(((actor, name) for actor, name in rows), key=lambda pair: pair[1].lower())


@dataclass(frozen=True, slots=True)
class Course:
    """How far a proposal's prices are out, and when its next wave is judged."""

    status: Status
    waves: int
    wave: int
    lines: int
    out: int
    effective_at: datetime | None
    next_at: datetime | None


def courses(session: Session, references: Sequence[str]) -> dict[str, Course]:
    """Return the course of several proposals by their references (`PC-2476`)."""
    numbers = [int(reference[3:]) for reference in references]
    rows = session.scalars(select(Proposal).where(col(Proposal.number).in_(numbers))).all()
    canaries = [row.id for row in rows if row.status == Status.CANARY]
    open_timers = timers.open_of(session, canaries) if canaries else {}
    nexts = {key: found[0].due_at for key, found in open_timers.items() if found}
    return {
        f"PC-{row.number}": Course(
            Status(row.status),
            row.waves,
            row.wave,
            row.lines,
            row.published_lines,
            row.effective_at,
            nexts.get(row.id),
        )
        for row in rows
    }


def reminded(session: Session, ids: Sequence[str]) -> frozenset[str]:
    """Return those waiting proposals whose approvers were reminded: the time for that is over, the end is not."""
    found = timers.open_of(session, ids)
    kinds = {key: {timer.kind for timer in open_timers} for key, open_timers in found.items()}
    return frozenset(key for key, left in kinds.items() if Kind.ESCALATE in left and Kind.REMIND not in left)


def held_back(session: Session, now: datetime, *, limit: int = 100) -> list[Proposal]:
    """Return what was due and has not gone out, because publishing is stopped (or a moment ago was)."""
    due = col(Proposal.effective_at).is_(None) | (col(Proposal.effective_at) <= now)
    query = select(Proposal).where(col(Proposal.status) == Status.APPROVED, due)
    return list(session.scalars(query.order_by(col(Proposal.effective_at), col(Proposal.number)).limit(limit)))


def price_sums(session: Session, ids: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Return what one of each SKU of these proposals costs and would cost, in minor units by currency."""
    rows = session.execute(
        select(col(Line.currency), func.sum(col(Line.old)), func.sum(col(Line.new)))
        .where(col(Line.proposal_id).in_(ids))
        .group_by(col(Line.currency))
        .order_by(col(Line.currency))
    )
    return {currency: (int(old), int(new)) for currency, old, new in rows}


def colleagues(session: Session, user_id: str) -> list[tuple[str, str]]:
    """Return `(id, name)` of everybody else who may sign in, by name."""
    query = select(col(User.id), col(User.name)).where(people.here(), col(User.id) != user_id)
    return [(other, name) for other, name in session.execute(query.order_by(col(User.name)))]
