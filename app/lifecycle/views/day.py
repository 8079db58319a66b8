"""What the lifecycle did since an instant, as numbers."""

from dataclasses import dataclass
from datetime import datetime
from statistics import median

from sqlalchemy import func, select
from sqlmodel import Session, col

from app.lifecycle.records import Decision, Proposal
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import Action

WAITS = 2_000
"""How many of the latest decisions the median wait is taken over."""


@dataclass(frozen=True, slots=True)
class Day:
    """Counts since the start of a day. `median_wait` is in seconds, None when nobody decided anything."""

    judged: int
    clean: int
    refused: int
    approved: int
    decided: int
    median_wait: float | None
    prices: int


def since(session: Session, start: datetime) -> Day:
    """Return what was judged, decided and published since `start`."""
    submitted = select(func.count()).select_from(Proposal).where(col(Proposal.submitted_at) >= start)
    hard = submitted.where(col(Proposal.verdict) == "HARD", col(Proposal.status) == Status.REJECTED)
    decisions = select(func.count()).select_from(Decision).where(col(Decision.at) >= start)
    published = select(func.coalesce(func.sum(Proposal.lines), 0)).where(col(Proposal.published_at) >= start)
    decided_on = select(col(Decision.proposal_id)).where(col(Decision.action) == Action.APPROVE.value)
    clean = (
        select(func.count())
        .select_from(Proposal)
        .where(col(Proposal.published_at) >= start, col(Proposal.id).not_in(decided_on))
    )
    return Day(
        judged=session.scalar(submitted.where(col(Proposal.verdict).is_not(None))) or 0,
        clean=session.scalar(clean) or 0,
        refused=session.scalar(hard) or 0,
        approved=session.scalar(decisions.where(col(Decision.action) == Action.APPROVE.value)) or 0,
        decided=session.scalar(decisions) or 0,
        median_wait=_median_wait(session, start),
        prices=int(session.scalar(published) or 0),
    )


def _median_wait(session: Session, start: datetime) -> float | None:
    rows = session.execute(
        select(col(Decision.at), col(Proposal.submitted_at))
        .join(Proposal, col(Proposal.id) == col(Decision.proposal_id))
        .where(col(Decision.at) >= start)
        .order_by(col(Decision.at).desc())
        .limit(WAITS)
    )
    waits = [(at - submitted).total_seconds() for at, submitted in rows]
    return median(waits) if waits else None
