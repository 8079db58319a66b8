"""From a draft to the second person and back: submit, return, drop; and whether it rides along in shadow."""

from datetime import datetime

from sqlmodel import Session

from app.identity.actor import SYSTEM, Actor
from app.lifecycle.rule_records import StoredRuleSet
from app.lifecycle.rulebook import edits, moves, schedule, shadowing
from app.lifecycle.rulebook.checking import Check
from app.lifecycle.rulebook.rows import MOST_REASON
from app.lifecycle.rulebook.transitions import RuleSetAction
from app.words.typed import plain


def submit(
    session: Session,
    number: int,
    *,
    content_hash: str,
    reason: str = "",
    actor: Actor,
    now: datetime,
    looked: Check | None = None,
) -> StoredRuleSet:
    """Put a draft before another owner. `reason`, or else what the draft says already, is why there is to be it."""
    case = moves.case_of(session, number, RuleSetAction.SUBMIT, actor, now, looked=looked)
    moves.refuse_unseen(case, content_hash)
    row = case.row
    said = plain(reason)[:MOST_REASON] or row.reason
    moves.move(case, comment=said, told="in review")
    row.reason, row.submitted_by, row.submitted_at = said, actor.id, now
    moves.lay_hand(session, number, actor, "submitted")
    return row


def give_back(
    session: Session, number: int, *, content_hash: str, comment: str, actor: Actor, now: datetime
) -> StoredRuleSet:
    """Make a draft of what is in review, or agreed to and not yet active, with a word on why."""
    case = moves.case_of(session, number, RuleSetAction.RETURN, actor, now)
    moves.refuse_unseen(case, content_hash)
    moves.move(case, comment=comment, told="a draft again")
    _not_agreed_to(session, case.row, now)
    return case.row


def turn_back(session: Session, row: StoredRuleSet, why: str, now: datetime) -> None:
    """Make a draft of what was agreed to and cannot take effect; Baton says why."""
    case = moves.case_of(session, row.number, RuleSetAction.RETURN, SYSTEM, now)
    moves.move(case, comment=why, told="a draft again")
    _not_agreed_to(session, case.row, now)


def drop(
    session: Session, number: int, *, content_hash: str, comment: str, actor: Actor, now: datetime
) -> StoredRuleSet:
    """Let a set be no more than a memory. It can be drafted from."""
    case = moves.case_of(session, number, RuleSetAction.DROP, actor, now)
    moves.refuse_unseen(case, content_hash)
    moves.move(case, comment=comment, told="dropped")
    _not_agreed_to(session, case.row, now)
    case.row.shadow = False
    edits.forget(session, number)
    shadowing.forget(session, number)
    return case.row


def put_in_shadow(session: Session, number: int, on: bool, *, actor: Actor, now: datetime) -> StoredRuleSet:
    """Let a set ride along on live proposals without effect, or no longer. That is no hand in what it says."""
    case = moves.case_of(session, number, RuleSetAction.SHADOW, actor, now)
    moves.refuse(case, comment="")
    if case.row.shadow != on:
        case.row.shadow = on
        moves.move(case, told="in shadow" if on else "no longer in shadow")
    return case.row


def _not_agreed_to(session: Session, row: StoredRuleSet, now: datetime) -> None:
    row.effective_at, row.activated_by, row.submitted_by, row.submitted_at = None, None, None, None
    schedule.call_off(session, row.number, now)
    session.add(row)
