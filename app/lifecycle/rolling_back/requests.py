"""Asking for a roll-back that no one person may order: the request that another person agrees to."""

from datetime import datetime

from sqlmodel import Session

from app.clock import new_id
from app.identity.actor import SYSTEM
from app.lifecycle.records import Proposal, RollBackRequest
from app.lifecycle.rolling_back.restored_prices import Restoring
from app.lifecycle.table import moves
from app.lifecycle.table.case import Case
from app.lifecycle.table.transitions import Action
from app.words.typed import plain


def keep_request(session: Session, proposal: Proposal, *, by: str, reason: str, seen: str, now: datetime) -> None:
    """Keep who asks for what would come back."""
    session.add(
        RollBackRequest(id=new_id(), proposal_id=proposal.id, asked_by=by, at=now, reason=plain(reason), seen=seen)
    )


def ask_in_name_of(
    session: Session, proposal: Proposal, user_id: str, *, told: str, found: Restoring, lines: int, now: datetime
) -> None:
    """Ask for the person who ordered a roll-back, or on whose word alone it rests."""
    case = Case(session, proposal, Action.ASK_ROLL_BACK, SYSTEM, now, restores=found)
    moves.move(case, comment=told, lines=lines)
    keep_request(session, proposal, by=user_id, reason=told, seen=found.seen, now=now)
