"""A second person lets a rule set judge: now, or from an instant on. The one before it retires in the same moment."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from app.database import pulse
from app.identity.actor import SYSTEM, Actor
from app.lifecycle.errors import Refused
from app.lifecycle.proposing import policy
from app.lifecycle.proposing.moments import why_no_moment
from app.lifecycle.rule_records import StoredRuleSet
from app.lifecycle.rulebook import edits, moves, review, schedule
from app.lifecycle.rulebook.case import RuleSetCase
from app.lifecycle.rulebook.checking import Check
from app.lifecycle.rulebook.refusals import NotThen
from app.lifecycle.rulebook.status import RuleSetStatus
from app.lifecycle.rulebook.transitions import RuleSetAction
from app.words.instants import written


def activate(
    session: Session,
    number: int,
    *,
    content_hash: str,
    actor: Actor,
    now: datetime,
    at: datetime | None = None,
    comment: str = "",
    looked: Check | None = None,
) -> StoredRuleSet:
    """Let a set judge from now on, or from an instant on. Raises a `Refused`; then nothing changed."""
    action = RuleSetAction.ACTIVATE if at is None else RuleSetAction.SCHEDULE
    case = moves.case_of(session, number, action, actor, now, looked=looked, at=at)
    moves.refuse_unseen(case, content_hash)
    case.row.activated_by = actor.name
    if at is None:
        _take_over(case, comment)
    else:
        _wait_until(case, at, comment)
    return case.row


def take_effect(session: Session, number: int, *, now: datetime, looked: Check | None = None) -> None:
    """Let a set judge whose instant has come; if it cannot by now, it is a draft again and Baton says why."""
    case = moves.case_of(session, number, RuleSetAction.TAKE_EFFECT, SYSTEM, now, looked=looked)
    if case.row.status != RuleSetStatus.SCHEDULED:
        return
    try:
        with session.begin_nested():
            _take_over(case, "")
    except Refused as refused:
        review.turn_back(session, case.row, refused.detail, now)


def keep_edge(session: Session, now: datetime) -> None:
    """Have proposals looked at again, because a row of the active set begins or ends; and again at the next edge."""
    schedule.next_edge(session, policy.active_rule_set(session), now)
    pulse(session, "rules", "proposals")


def _take_over(case: RuleSetCase, comment: str) -> None:
    session, row = case.session, case.row
    agreed = f"agreed to by {row.activated_by}, " if case.action is RuleSetAction.TAKE_EFFECT else ""
    transition = moves.refuse(case, comment=comment)
    former = _retire(case)
    row.activated_at, row.shadow, row.effective_at = case.now, False, case.now
    moves.carry_out(case, transition, comment=comment, told=f"{agreed}active in place of {former}")
    schedule.call_off(session, row.number, case.now)
    schedule.next_edge(session, policy.rule_set(session, row.number), case.now)
    edits.forget(session, row.number)
    _turn_back_others(case)
    pulse(session, "proposals")


def _retire(case: RuleSetCase) -> str:
    """Retire whatever is active, first: one rule set alone is the active one."""
    retired: list[str] = []
    for former in _in_status(case.session, RuleSetStatus.ACTIVE):
        former.retired_at = case.now
        moves.move(
            RuleSetCase(case.session, former, RuleSetAction.RETIRE, SYSTEM, case.now),
            told=f"retired, in favour of rule set {case.row.number}",
        )
        retired.append(f"rule set {former.number}")
    case.session.flush()
    return " and ".join(retired) or "nothing"


def _turn_back_others(case: RuleSetCase) -> None:
    for other in _in_status(case.session, RuleSetStatus.SCHEDULED):
        why = f"Rule set {case.row.number} was activated first; bring this one up to date and submit it again."
        review.turn_back(case.session, other, why, case.now)


def _wait_until(case: RuleSetCase, at: datetime, comment: str) -> None:
    why = why_no_moment(at, case.now)
    if why:
        raise NotThen(f"{why} Nothing was changed.")
    moves.move(case, comment=comment, told=f"takes effect at {written(at)}")
    case.row.effective_at = at
    schedule.take_effect(case.session, case.row.number, at)


def _in_status(session: Session, status: RuleSetStatus) -> Sequence[StoredRuleSet]:
    return session.scalars(select(StoredRuleSet).where(col(StoredRuleSet.status) == status)).all()
