"""Reading rule sets: lists, one with all it says, its history, what may be done with it, how two differ."""

import json
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlmodel import Session, col

from app.identity.actor import Actor
from app.identity.records import User
from app.lifecycle.audit import own_words
from app.lifecycle.errors import NotFound
from app.lifecycle.proposing import policy
from app.lifecycle.records import AuditEntry
from app.lifecycle.rule_records import StoredRuleSet
from app.lifecycle.rulebook import checking, comparing, guards, moves
from app.lifecycle.rulebook.case import RuleSetCase
from app.lifecycle.rulebook.checking import Check
from app.lifecycle.rulebook.comparing import RuleDifference
from app.lifecycle.rulebook.status import RuleSetStatus
from app.lifecycle.rulebook.transitions import BY_RULE_SET_MOVE, OFFERED, RuleSetAction
from app.lifecycle.rulebook.values import Happening, OpenRuleSetAction, RuleSetDetail, RuleSetSummary
from app.lifecycle.views.values import Page

_MOMENT = timedelta(minutes=1)
"""A moment ahead, to ask whether a set could be agreed to for later."""


def sets(
    session: Session, *, status: RuleSetStatus | None = None, cursor: str | None = None, limit: int = 100
) -> Page[RuleSetSummary]:
    """Return rule sets, newest first."""
    query = select(StoredRuleSet).order_by(col(StoredRuleSet.number).desc()).limit(limit + 1)
    if status is not None:
        query = query.where(col(StoredRuleSet.status) == status)
    if cursor and cursor.isascii() and cursor.isdecimal() and len(cursor) < 10:
        query = query.where(col(StoredRuleSet.number) < int(cursor))
    rows = session.scalars(query).all()
    names = _names(session, {who for row in rows for who in (row.drafted_by, row.submitted_by) if who})
    items = [_summary(row, names) for row in rows[:limit]]
    return Page(items, str(items[-1].number) if len(rows) > limit else None)


def active(session: Session) -> RuleSetSummary:
    """Return the active set. Raises `policy.NoRuleSet`."""
    return summary(session, policy.active_number(session))


def summary(session: Session, number: int) -> RuleSetSummary:
    """Return a set at a glance. Raises `NotFound`."""
    row = _found(session, number)
    return _summary(row, _names(session, {who for who in (row.drafted_by, row.submitted_by) if who}))


def detail(session: Session, number: int) -> RuleSetDetail:
    """Return a set with all it says. Raises `NotFound`."""
    row = _found(session, number)
    hands = guards.hands_in(session, row)
    names = _names(session, hands.keys())
    shown = sorted((names.get(who, who), how) for who, how in hands.items())
    return RuleSetDetail(summary(session, number), policy.rule_set(session, number), tuple(shown))


def history(session: Session, number: int | None = None, *, limit: int = 200) -> list[Happening]:
    """Return what was done to a set, or to all of them, newest first."""
    query = select(AuditEntry).where(col(AuditEntry.chain) == policy.CHAIN).order_by(col(AuditEntry.seq).desc())
    found: list[Happening] = []
    for entry in session.scalars(query.execution_options(yield_per=200)):
        detail: dict[str, str | int | None] = json.loads(entry.detail)
        if number is None or detail.get("rule_set") == number:
            words = own_words.words_of(entry.actor, entry.action, detail)
            found.append(Happening(entry.at, entry.actor_name, entry.action, words.said, words.told))
        if len(found) == limit:
            break
    return found


def open_actions(
    session: Session, number: int, actor: Actor, now: datetime, *, looked: Check | None = None
) -> list[OpenRuleSetAction]:
    """Return what owners do with a set in its status, each open or shut with the reason in words.

    `looked` is what was found of it just now, where somebody has looked already.
    """
    row = _found(session, number)
    offered = [action for action in OFFERED if (RuleSetStatus(row.status), action) in BY_RULE_SET_MOVE]
    looked = (looked or checking.look(session, number, now)) if offered else None
    return [_open(RuleSetCase(session, row, action, actor, now, looked, _at(action, now))) for action in offered]


def check(session: Session, number: int, now: datetime) -> Check:
    """Return all that can be found of a set: faults, gaps, contradictions, shadowed rows. Raises `NotFound`."""
    row = _found(session, number)
    return checking.look(session, number, row.effective_at or now)


def difference(session: Session, before: int, after: int) -> tuple[RuleDifference, ...]:
    """Return what differs from one set to another. Raises `NotFound`."""
    for number in (before, after):
        _found(session, number)
    return comparing.compared(policy.rule_set(session, before), policy.rule_set(session, after))


def _found(session: Session, number: int) -> StoredRuleSet:
    row = session.get(StoredRuleSet, number)
    if row is None:
        raise NotFound(f"There is no rule set {number}.")
    return row


def _open(case: RuleSetCase) -> OpenRuleSetAction:
    refused = moves.why_not(case)
    return OpenRuleSetAction(case.action, refused is None, refused.detail if refused else "")


def _at(action: RuleSetAction, now: datetime) -> datetime | None:
    return now + _MOMENT if action is RuleSetAction.SCHEDULE else None


def _names(session: Session, ids: Collection[str]) -> dict[str, str]:
    rows: Sequence[User] = session.scalars(select(User).where(col(User.id).in_(ids))).all() if ids else ()
    return {user.id: user.name for user in rows}


def _summary(row: StoredRuleSet, names: dict[str, str]) -> RuleSetSummary:
    content = policy.rule_set_of(row)
    return RuleSetSummary(
        number=row.number,
        status=RuleSetStatus(row.status),
        version=row.version,
        content_hash=row.content_hash,
        rules=len(content.rules),
        mandatory=content.mandatory,
        based_on=row.based_on,
        reason=row.reason,
        shadow=row.shadow,
        drafted_by=names.get(row.drafted_by or "", row.drafted_by),
        drafted_at=row.drafted_at,
        submitted_by=names.get(row.submitted_by or "", row.submitted_by),
        submitted_at=row.submitted_at,
        activated_by=row.activated_by,
        effective_at=row.effective_at,
        activated_at=row.activated_at,
        retired_at=row.retired_at,
    )
