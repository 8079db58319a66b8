"""Taking a publication back, until every context has confirmed it."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from app.identity.actor import SYSTEM, Actor
from app.lifecycle.publishing import effects, releases
from app.lifecycle.records import Proposal
from app.lifecycle.rolling_back import restored_prices
from app.lifecycle.rolling_back.restored_prices import Restoring
from app.lifecycle.table import moves
from app.lifecycle.table.case import Case
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import Action
from app.lifecycle.windows import way_back
from app.words.counting import part


@dataclass(frozen=True, slots=True)
class RolledBack:
    """What a rollback takes back, and how many SKUs it leaves alone because a newer price stands there."""

    undone: int
    left_alone: int


def roll_back(
    session: Session,
    proposal_id: str,
    *,
    actor: Actor,
    reason: str,
    now: datetime,
    action: Action = Action.ROLL_BACK,
    looked: Restoring | None = None,
    in_name_of: str = "",
) -> RolledBack:
    """Take a publication back: restore the earlier price of every SKU that no newer price has reached.

    A SKU whose authoritative version moved on is left alone. If that is all of them, the rollback is complete at once.
    `looked` is what `restored_prices.look_ahead` found for this attempt, before the store was taken; `in_name_of` the
    person on whose word alone Baton orders it: its steps bring back no more than that person could.
    """
    proposal = moves.loaded(session, proposal_id)
    told = restored_prices.with_count(session, proposal, actor, reason, now)
    case = Case(session, proposal, action, actor, now, restores=looked, in_name_of=in_name_of)
    about = releases.take_back(case, comment=told)
    if effects.under_way(session, proposal.id) is None:
        way_back.after_taking_back(session, proposal, now)
    if about == 0:
        confirm_rolled_back(session, proposal.id, now=now)
    return RolledBack(about, proposal.published_lines - about)


def may_be_confirmed(session: Session, proposal_id: str) -> bool:
    """Tell whether a roll-back is all announced, and only waits to be confirmed."""
    proposal = session.get(Proposal, proposal_id)
    waits = proposal is not None and proposal.status == Status.ROLLING_BACK
    return waits and effects.under_way(session, proposal_id) is None


def stop_going_out(session: Session, proposal_id: str, *, actor: Actor, now: datetime) -> str:
    """End at once what is still going out of a proposal that somebody wants back, before anything large is judged.

    It stays ended, whatever becomes of their wish; a canary is held. Returns what to tell them, or nothing if nothing
    was going out.
    """
    proposal = moves.loaded(session, proposal_id)
    if proposal.returns or not effects.goes_out(session, proposal_id):
        return ""
    why = f"The rest stays: {actor.name} wants it rolled back."
    releases.stop_what_is_under_way(session, proposal, now, why=why)
    if proposal.status == Status.CANARY:
        held = Case(session, proposal, Action.PAUSE, SYSTEM, now)
        moves.move(held, comment=why, lines=proposal.published_lines)
    return (
        f" What was going out has stopped, with {part(proposal.published_lines, proposal.lines, 'line')} out;"
        f" {_THE_REST[Status(proposal.status)]}"
    )


_THE_REST = {
    Status.HELD: "continue it if its next waves are to go out after all, and propose again what this one lacks.",
    Status.PUBLISHED: "propose the rest again if it is to go out after all.",
}


def confirm_rolled_back(session: Session, proposal_id: str, *, now: datetime) -> Proposal:
    """Close a rollback that every context has confirmed. Does nothing unless the status is ROLLING_BACK.

    While prices are still being taken back there is more to confirm than anybody has heard of.
    """
    proposal = moves.loaded(session, proposal_id)
    if proposal.status == Status.ROLLING_BACK and effects.under_way(session, proposal.id) is None:
        moves.move(Case(session, proposal, Action.CONFIRM_ROLL_BACK, SYSTEM, now))
        proposal.rolled_back_at = now
        session.add(proposal)
    return proposal
