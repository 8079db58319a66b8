"""Nobody decides on their own work: whose hand is in a proposal, who decides instead, and on whose lent right."""

from collections.abc import Collection

from sqlalchemy import select
from sqlmodel import Session, col

from app.identity import people
from app.identity.records import User, UserRole
from app.identity.roles import PERMISSIONS, Permission
from app.lifecycle.deciding import delegations
from app.lifecycle.errors import (
    FourEyes,
    NotAllowed,
    Refused,
)
from app.lifecycle.proposing import facts
from app.lifecycle.records import Hand
from app.lifecycle.table.case import Case
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import BY_MOVE, Action

ESCALATED = 2
"""From this level on the rule owners decide too."""
_WAITING = (Action.APPROVE, Action.REJECT, Action.RETURN, Action.PLAN_WAVES)
PLANNED = "planned the waves of"
LIMITED = "set a limit for the waves of"
LENT_TO_PLAN = "lent the right by which somebody planned the waves of"
_PLANNING = (PLANNED, LENT_TO_PLAN)
NOBODY_ELSE = "Nobody else here may:{wait} have a second person added (baton user add EMAIL --role {role})."


def refuse_own_work(case: Case) -> Refused | None:
    """Refuse to let somebody decide on what they wrote, changed, lent a right for or supplied evidence to, or None."""
    hand = _hand(case, case.actor.id)
    if hand is not None:
        return own_work(hand.how, "this proposal", _instead(case))
    fact = None if case.actor.kind == "system" else facts.supplied_by(case.session, case.proposal, case.actor.id)
    if fact is not None:
        sku, kind = fact
        return FourEyes(
            f"You supplied the {facts.WORDS[kind]} of {sku}, and nobody decides on evidence of their own."
            f" {_instead(case)}"
        )
    return None


def own_work(how: str, what: str, instead: str) -> FourEyes:
    """Return the refusal of a decision on what somebody had a hand in, with what to do instead."""
    return FourEyes(f"You {how} {what}, and nobody decides on their own work. {instead}")


def who_may(session: Session, asked: Collection[Permission]) -> set[str]:
    """Return everybody active, by id, who has any of these permissions."""
    roles = {role for permission in asked for role in PERMISSIONS[permission]}
    query = select(col(User.id)).join(UserRole, col(UserRole.user_id) == col(User.id))
    return set(session.scalars(query.where(people.here(), col(UserRole.role).in_(roles))))


def _instead(case: Case) -> str:
    """Say who decides instead, or what to do in an installation that has nobody else."""
    if others_may(case):
        return "Ask somebody else who may."
    wait = " wait until it is escalated to the rule owners, or" if case.action in _WAITING else ""
    return NOBODY_ELSE.format(wait=wait, role="ROLE")


def others_may(case: Case) -> bool:
    """Tell whether anybody active, without a hand in the proposal or its facts, may do this as things stand."""
    transition = BY_MOVE.get((Status(case.proposal.status), case.action))
    asked = set(transition.by or ()) if transition else set()
    asked -= {Permission.DECIDE_ESCALATED} if case.proposal.level < ESCALATED else set()
    hands = case.session.scalars(select(col(Hand.user_id)).where(col(Hand.proposal_id) == case.proposal.id))
    others = who_may(case.session, asked) - {case.actor.id, *hands}
    return any(facts.supplied_by(case.session, case.proposal, user_id) is None for user_id in others)


def record_hand(session: Session, proposal_id: str, user_id: str, how: str) -> None:
    """Note that somebody changed what goes out, so that they do not decide on it."""
    if session.get(Hand, (proposal_id, user_id)) is None:
        session.add(Hand(proposal_id=proposal_id, user_id=user_id, how=how))


def lender_for(case: Case) -> User | None:
    """Return the person on whose right somebody without one of their own would decide: one who may themselves.

    A right is lent to a person, who uses it on Baton's pages: no token of theirs carries it.
    """
    return lender_to_the_person(case) if case.actor.kind == "person" else None


def lender_to_the_person(case: Case) -> User | None:
    """Return who lent the person behind an actor the right to decide here, whether or not the actor may use it."""
    lenders = delegations.lenders_of(case.session, case.actor.id, case.now)
    return next((lender for lender in lenders if not _barred(case, lender.id)), None)


def _barred(case: Case, user_id: str) -> bool:
    return _hand(case, user_id) is not None or facts.supplied_by(case.session, case.proposal, user_id) is not None


def _hand(case: Case, user_id: str) -> Hand | None:
    """Return the hand that bars a person; who planned the waves may plan them again."""
    hand = case.session.get(Hand, (case.proposal.id, user_id))
    again = hand is not None and hand.how in _PLANNING and case.action is Action.PLAN_WAVES
    return None if again else hand


def refuse_before_escalation(case: Case) -> Refused | None:
    """Refuse the next level a decision that is not theirs yet, or None."""
    own = case.actor.kind == "system" or case.actor.may(Permission.DECIDE)
    if own or not case.actor.may(Permission.DECIDE_ESCALATED) or case.proposal.level >= ESCALATED or lender_for(case):
        return None
    return NotAllowed("This is the approvers' to decide until it is escalated to you.", code="not_escalated")
