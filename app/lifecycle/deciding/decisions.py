"""What people decide on a proposal, and what the clock does if they do not."""

from datetime import datetime

from sqlmodel import Session

from app.canary.waves import WavePlan
from app.identity.actor import SYSTEM, Actor
from app.lifecycle.clock import timers
from app.lifecycle.deciding.four_eyes import LENT_TO_PLAN, PLANNED, record_hand
from app.lifecycle.errors import TransitionRefused
from app.lifecycle.publishing import waves
from app.lifecycle.records import Proposal
from app.lifecycle.table import moves
from app.lifecycle.table.case import Case
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import Action
from app.lifecycle.windows import bounds, made_permanent, returns, way_back


def decide(
    session: Session, proposal_id: str, action: Action, *, actor: Actor, comment: str, now: datetime
) -> Proposal:
    """Approve, reject, return, withdraw, make permanent, or hold a canary, as the table and its guards allow."""
    proposal = moves.loaded(session, proposal_id)
    out = proposal.published_lines if action is Action.PAUSE else None
    stays = made_permanent.keeping(session, proposal, now) if action is Action.KEEP and proposal.returns else None
    moves.move(Case(session, proposal, action, actor, now), comment=comment, lines=out)
    if stays is not None:
        told = stays.sentence if stays.soft else ""
        way_back.keep(session, proposal, actor=actor, reason=comment, told=told, now=now)
    if action is Action.APPROVE and proposal.returns:
        returns.hasten(session, proposal, now)
    elif action is Action.APPROVE:
        _arm_publication(session, proposal, now)
    return proposal


def _arm_publication(session: Session, proposal: Proposal, now: datetime) -> None:
    if proposal.effective_at and proposal.effective_at > now:
        timers.arm(session, proposal.id, timers.Kind.PUBLISH, proposal.effective_at, version=proposal.version)


def plan_waves(session: Session, proposal_id: str, plan: WavePlan | None, *, actor: Actor, now: datetime) -> Proposal:
    """Let an approver demand waves (or other waves) of a proposal that waits; somebody else then approves it."""
    proposal = moves.loaded(session, proposal_id)
    case = Case(session, proposal, Action.PLAN_WAVES, actor, now)
    moves.refuse(case, comment="")
    if proposal.wave_plan == (plan.to_json() if plan else None):
        raise TransitionRefused(
            f"It goes out like this already: {waves.in_words(plan)}. Nothing was changed.", code="same_plan"
        )
    lender = moves.on_whose_right(case)
    moves.move(case, comment=waves.in_words(plan))
    waves.give_plan(session, proposal, plan, salt=proposal.id, now=now)
    if too_long := bounds.why_too_long(session, proposal, now):
        raise too_long
    record_hand(session, proposal.id, actor.id, PLANNED)
    if lender:
        record_hand(session, proposal.id, lender.id, LENT_TO_PLAN)
    return proposal


def remind(session: Session, proposal_id: str, *, now: datetime) -> None:
    """Remind the approvers of a proposal that has waited half its time."""
    _by_the_clock(session, proposal_id, Action.REMIND, "Half of the time to decide has passed.", now)


def escalate(session: Session, proposal_id: str, *, now: datetime) -> None:
    """Hand a proposal that nobody decided in time to the next level too."""
    if _by_the_clock(
        session, proposal_id, Action.ESCALATE, "Nobody decided in time; the rule owners may now decide.", now
    ):
        proposal = moves.loaded(session, proposal_id)
        proposal.level += 1
        session.add(proposal)


def expire(session: Session, proposal_id: str, *, now: datetime) -> None:
    """Expire a proposal that nobody decided in twice its time: nothing changes, the analyst may propose again."""
    _by_the_clock(session, proposal_id, Action.EXPIRE, "Nobody decided in twice the time; nothing was changed.", now)


def _by_the_clock(session: Session, proposal_id: str, action: Action, comment: str, now: datetime) -> bool:
    proposal = moves.loaded(session, proposal_id)
    waits = proposal.status == Status.PENDING_APPROVAL
    if waits:
        moves.move(Case(session, proposal, action, SYSTEM, now), comment=comment)
    return waits
