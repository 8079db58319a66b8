"""Who has an interest in a proposal, and therefore does not supply the evidence on which it goes on."""

from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from app.identity.actor import Actor
from app.identity.records import User
from app.lifecycle.deciding.four_eyes import LIMITED
from app.lifecycle.errors import FourEyes
from app.lifecycle.records import Decision, Delegation, Hand, Proposal

_SO = (
    "nobody supplies the evidence on which their own work goes on. Let somebody who had no part in it post it."
    " Nothing was kept."
)


def interest_in(session: Session, proposal: Proposal, actor: Actor, now: datetime) -> FourEyes | None:
    """Return why somebody is too close to a proposal to supply evidence on it, or None.

    Too close are: whoever had a hand in it (but for one more limit, which can only hold it back), whoever lent such a
    person a right or holds one of theirs at any time since it was submitted, and whoever decided on it on somebody
    else's behalf.
    """
    hand = session.get(Hand, (proposal.id, actor.id))
    if hand is not None and hand.how != LIMITED:
        return FourEyes(f"You {hand.how} this proposal, and {_SO}")
    tie = _tie(session, proposal, actor.id, now)
    if tie is not None:
        return FourEyes(f"{tie} had a hand in this proposal and shares a lent right with you, and {_SO}")
    if _stood_in(session, proposal, actor.id):
        return FourEyes(f"You decided on this proposal on somebody's behalf, and {_SO}")
    return None


def _tie(session: Session, proposal: Proposal, user_id: str, now: datetime) -> str | None:
    """Return the name of somebody with a hand in it between whom and this person a right was lent, either way."""
    hands = select(col(Hand.user_id)).where(col(Hand.proposal_id) == proposal.id, col(Hand.how) != LIMITED)
    lent, held = col(Delegation.lender), col(Delegation.borrower)
    in_force = (
        col(Delegation.starts) <= now,
        col(Delegation.ends) > proposal.submitted_at,
        col(Delegation.ended_at).is_(None) | (col(Delegation.ended_at) > proposal.submitted_at),
    )
    ties = select(lent, held).where(
        ((lent == user_id) & held.in_(hands)) | ((held == user_id) & lent.in_(hands)), *in_force
    )
    found = session.execute(ties.limit(1)).first()
    if found is None:
        return None
    other = found[1] if found[0] == user_id else found[0]
    return session.scalar(select(col(User.name)).where(col(User.id) == other)) or other


def _stood_in(session: Session, proposal: Proposal, user_id: str) -> bool:
    decided = select(col(Decision.id)).where(
        col(Decision.proposal_id) == proposal.id,
        col(Decision.by) == user_id,
        col(Decision.on_behalf_of).is_not(None),
    )
    return session.scalar(decided.limit(1)) is not None
