"""The one writer of a rule set's status, with everything that must be told of it."""

from datetime import datetime

from sqlmodel import Session

from app.database import pulse
from app.identity.actor import Actor
from app.lifecycle.audit import audit_trail
from app.lifecycle.errors import CommentMissing, NotAllowed, NotFound, Refused
from app.lifecycle.proposing import policy
from app.lifecycle.rule_records import RuleSetHand, StoredRuleSet
from app.lifecycle.rulebook import guards, seen
from app.lifecycle.rulebook.case import RuleSetCase
from app.lifecycle.rulebook.checking import Check
from app.lifecycle.rulebook.refusals import NotInThisStatus
from app.lifecycle.rulebook.sentences import STANDS, TO_DO
from app.lifecycle.rulebook.status import RuleSetStatus
from app.lifecycle.rulebook.transitions import BY_RULE_SET_MOVE, RuleSetAction, RuleSetTransition
from app.words.typed import plain


def loaded(session: Session, number: int) -> StoredRuleSet:
    """Load a rule set for moving; whoever does holds all of them until the transaction ends. Raises `NotFound`."""
    audit_trail.hold(session, policy.CHAIN)
    row = session.get(StoredRuleSet, number, populate_existing=True)
    if row is None:
        raise NotFound(f"There is no rule set {number}.")
    return row


def refuse_unless_owner(actor: Actor) -> None:
    """Raise `NotAllowed` for whoever does not own rules."""
    transition = BY_RULE_SET_MOVE[None, RuleSetAction.DRAFT]
    if not _permitted(transition, actor):
        raise _not_an_owner(actor)


def why_not(case: RuleSetCase) -> Refused | None:
    """Return why this case may not go on (status, permission, guards, in that order), or None."""
    refused = out_of_reach(case)
    if refused:
        return refused
    transition = BY_RULE_SET_MOVE[RuleSetStatus(case.row.status), case.action]
    return next((refused for guard in transition.guards if (refused := guards.refusal(guard, case))), None)


def out_of_reach(case: RuleSetCase) -> Refused | None:
    """Return why this case is none by its status or for want of a right, or None; no guard is asked."""
    status = RuleSetStatus(case.row.status)
    transition = BY_RULE_SET_MOVE.get((status, case.action))
    if not _permitted(transition or BY_RULE_SET_MOVE[None, RuleSetAction.DRAFT], case.actor):
        return _not_an_owner(case.actor)
    if transition is None:
        return NotInThisStatus(
            f"Rule set {case.row.number} is {STANDS[status]}, so it cannot be {TO_DO[case.action]}."
            f" Nothing was changed. {_next_step(status)}"
        )
    return None


def refuse_unseen(case: RuleSetCase, content_hash: str) -> None:
    """Raise what the status or the want of a right forbids, then what was not seen; guards come with the move."""
    refused = out_of_reach(case)
    if refused:
        raise refused
    seen.refuse_unseen(case.session, case.row, content_hash)


def move(case: RuleSetCase, *, comment: str = "", told: str = "") -> None:
    """Move a rule set, or raise `Refused` with nothing changed. Writes the status, audit entry and pulse.

    `comment` is what whoever acts says of it, `told` what Baton adds.
    """
    carry_out(case, refuse(case, comment=comment), comment=comment, told=told)


def refuse(case: RuleSetCase, *, comment: str) -> RuleSetTransition:
    """Return the transition that a case would take. Raises the `Refused` that it would meet."""
    refused = why_not(case)
    if refused:
        raise refused
    transition = BY_RULE_SET_MOVE[RuleSetStatus(case.row.status), case.action]
    if transition.needs_comment and not plain(comment):
        raise CommentMissing(f"Say why rule set {case.row.number} is {TO_DO[case.action]}. Nothing was changed.")
    return transition


def carry_out(case: RuleSetCase, transition: RuleSetTransition, *, comment: str, told: str) -> None:
    """Take a transition that nothing forbids."""
    case.row.status = transition.target
    case.session.add(case.row)
    tell(case, transition, comment=plain(comment), told=told)


def tell(case: RuleSetCase, transition: RuleSetTransition, *, comment: str, told: str) -> None:
    """Write the audit entry and the pulse of a move that just happened."""
    row = case.row
    audit_trail.record(
        case.session,
        chain=policy.CHAIN,
        actor=case.actor,
        action=transition.recorded,
        now=case.now,
        detail={
            "rule_set": row.number,
            "was": transition.source,
            "status": row.status,
            "comment": comment,
            "told": f"Rule set {row.number}: {told}" if told else f"Rule set {row.number}",
            "content_hash": row.content_hash,
            "version": row.version,
        },
    )
    pulse(case.session, "rules")


def lay_hand(session: Session, number: int, actor: Actor, how: str) -> None:
    """Note that somebody had a hand in a set, so that they do not activate it."""
    if session.get(RuleSetHand, (number, actor.id)) is None:
        session.add(RuleSetHand(rule_set=number, user_id=actor.id, how=how))


def case_of(
    session: Session,
    number: int,
    action: RuleSetAction,
    actor: Actor,
    now: datetime,
    *,
    looked: Check | None = None,
    at: datetime | None = None,
) -> RuleSetCase:
    """Load a rule set and return the case of doing something to it."""
    return RuleSetCase(session, loaded(session, number), action, actor, now, looked, at)


def _next_step(status: RuleSetStatus) -> str:
    """Say what leads from a status towards what somebody wanted."""
    if status is RuleSetStatus.DRAFT:
        return "Submit it for review first."
    if status in (RuleSetStatus.IN_REVIEW, RuleSetStatus.SCHEDULED):
        return "Have it returned first."
    return "Draft a new one from it."


def _permitted(transition: RuleSetTransition, actor: Actor) -> bool:
    if transition.by is None:
        return actor.kind == "system"
    return actor.kind == "system" or any(actor.may(permission) for permission in transition.by)


def _not_an_owner(actor: Actor) -> NotAllowed:
    return NotAllowed(f"Only an owner changes the rules, and {actor.name} is not one.")
