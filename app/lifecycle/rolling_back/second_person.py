"""Rolling back to prices that are hard by now takes two people: one asks, another one agrees."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from app.database import reading
from app.identity.actor import SYSTEM
from app.lifecycle.publishing import effects
from app.lifecycle.records import AuditEntry, Effect, Proposal, RollBackRequest
from app.lifecycle.rolling_back import agreed_limits, requests, restored_prices, rollbacks
from app.lifecycle.rolling_back.restored_prices import Restoring
from app.lifecycle.table import moves
from app.lifecycle.table.case import Case
from app.lifecycle.table.transitions import WAYS_BACK, Action
from app.lifecycle.views import queries


def ask(case: Case, reason: str) -> Proposal:
    """Ask for a roll-back that no one person may order. Nothing comes back before another person agrees."""
    session, proposal, now = case.session, case.proposal, case.now
    moves.refuse(case, comment=reason)
    # before the move, after which it must be judged anew
    seen = restored_prices.restoring(session, proposal, now, looked=case.restores).seen
    moves.move(case, comment=reason, lines=proposal.published_lines)
    requests.keep_request(session, proposal, by=case.actor.id, reason=reason, seen=seen, now=now)
    return proposal


def ask_for_the_rest(session: Session, proposal_id: str, *, looked: Restoring | None, now: datetime) -> None:
    """Ask, for whoever wanted a roll-back that stopped half-way, that another person agrees to the rest.

    If nothing of the rest goes too far any more, it goes on by itself.
    """
    proposal = moves.loaded(session, proposal_id)
    effect = effects.waiting(session, proposal_id)
    if effect is None or looked is None:
        return
    if not restored_prices.goes_too_far(session, proposal, effect, looked):
        effects.go_on(session, effect, now)
        return
    asked = restored_prices.open_request(session, proposal)
    if asked is not None and asked.seen == looked.seen:
        return
    alone = effect.alone
    by = alone or restored_prices.last_asker(session, proposal)
    why = restored_prices.why_two(session, proposal, alone, looked) if alone else _why_again(looked, effect)
    told = f"Stopped: {effect.done:,} of {effect.total:,} are back. {why} Another person agrees to the rest."
    lines = effect.total - effect.done
    requests.ask_in_name_of(session, proposal, by, told=told, found=looked, lines=lines, now=now)


def _why_again(found: Restoring, effect: Effect) -> str:
    """Say why what two people agreed to has stopped."""
    if agreed_limits.exceeded(agreed_limits.unpacked(found.broken), agreed_limits.unpacked(effect.note)):
        return f"{found.sentence} Some of it is farther from its rule than was agreed to."
    return f"{found.sentence} One of the two who agreed has changed a fact of it since."


def agree(case: Case, reason: str) -> Proposal:
    """Agree to what somebody else asked for; then it is rolled back like any other."""
    asked = restored_prices.open_request(case.session, case.proposal)
    rollbacks.roll_back(
        case.session,
        case.proposal.id,
        actor=case.actor,
        reason=reason,
        now=case.now,
        action=case.action,
        looked=case.restores,
    )
    assert asked is not None, "its guard refused otherwise"
    asked.agreed_by, asked.agreed_at = case.actor.id, case.now
    case.session.add(asked)
    return case.proposal


@dataclass(frozen=True, slots=True)
class TakesTwo:
    """Why rolling back takes two people now, and who has asked for it already, if anybody has.

    `in_name_of` says that Baton asked, for a person whose order stopped (`half_way`), or on whose measures alone a
    breach rests: then `reason` are not their words.
    """

    sentence: str
    asked_by: str
    asked_at: datetime | None
    reason: str
    in_name_of: bool = False
    half_way: bool = False


def takes_two(session: Session, reference: str, user_id: str, now: datetime) -> TakesTwo | None:
    """Return why this person does not roll this back alone, or who asks for it; None if they do, or nobody can."""
    proposal = queries.find(session, reference)
    found = restored_prices.restoring(session, proposal, now) if restored_prices.comes_back(session, proposal) else None
    if found is None:
        return None
    asked = restored_prices.open_request(session, proposal)
    if asked is None or asked.seen != found.seen:
        why = restored_prices.why_two(session, proposal, user_id, found)
        return TakesTwo(why, "", None, "") if why else None
    why = restored_prices.why_two(session, proposal, asked.asked_by, found) or found.sentence
    told = _asked_by_baton(session, asked)
    half_way = effects.waiting(session, proposal.id) is not None
    return TakesTwo(why, restored_prices.asker(session, asked), asked.at, asked.reason, told, half_way)


def _asked_by_baton(session: Session, asked: RollBackRequest) -> bool:
    return (
        session.scalar(
            select(col(AuditEntry.id))
            .where(
                col(AuditEntry.chain) == asked.proposal_id,
                col(AuditEntry.action) == Action.ASK_ROLL_BACK,
                col(AuditEntry.at) == asked.at,
                col(AuditEntry.actor) == SYSTEM.id,
            )
            .limit(1)
        )
        is not None
    )


def look_ahead(reference: str, action: Action, now: datetime) -> Restoring | None:
    """Judge what would come back while only reading, so that the command does not do it while it holds the store."""
    if action not in WAYS_BACK:
        return None
    with reading() as session:
        return restored_prices.look_ahead(session, queries.find(session, reference).id, now)
