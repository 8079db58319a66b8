"""A kind that came with a newer version is adopted by a set in review, which another owner activates."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from app.identity.actor import Actor
from app.lifecycle.audit import audit_trail
from app.lifecycle.proposing import policy
from app.lifecycle.rule_records import StoredRuleSet
from app.lifecycle.rulebook import checking, drafts, moves, review
from app.lifecycle.rulebook.refusals import NothingToAdopt
from app.lifecycle.rulebook.status import RuleSetStatus
from rules.ruleset import SEED_RULE_SET, Rule, RuleSet

ON_THEIR_WAY = (RuleSetStatus.DRAFT, RuleSetStatus.IN_REVIEW, RuleSetStatus.SCHEDULED)


def missing(session: Session) -> tuple[Rule, ...]:
    """Return the rules of kinds that a new installation starts with and the active set has none of."""
    active = {rule.kind for rule in policy.active_rule_set(session).rules}
    return tuple(rule for rule in SEED_RULE_SET.rules if rule.kind not in active)


def advice(session: Session) -> str:
    """Say which kinds the active set lacks and how to adopt them; empty if it lacks none."""
    lacking = missing(session)
    if not lacking:
        return ""
    active = policy.active_rule_set(session).number
    lead = f"Rule set {active} has no rule of the kind {_kinds(lacking)}, which new installations start with."
    draft = _draft_with(session, lacking)
    if draft is None:
        return f"{lead} Adopt it with `baton rules adopt --as OWNER`; another owner then activates the new set."
    return f"{lead} {_next_step(draft)}"


def adopt(session: Session, *, actor: Actor, now: datetime) -> StoredRuleSet:
    """Draft the active set with the missing kinds added, and submit it. Raises `NotAllowed` or `NothingToAdopt`.

    A draft that has them already is taken as it is: nobody needs it twice. One that cannot judge as it stands stays a
    draft, to be mended.
    """
    moves.refuse_unless_owner(actor)
    audit_trail.hold(session, policy.CHAIN)
    active, lacking = policy.active_rule_set(session), missing(session)
    if not lacking:
        raise NothingToAdopt(f"Rule set {active.number} has every kind that new installations start with.")
    row = _draft_with(session, lacking) or _drafted(session, active, lacking, actor, now)
    if row.status == RuleSetStatus.DRAFT and not checking.look(session, row.number, now).blocking:
        why = row.reason or _reason(lacking)
        review.submit(session, row.number, content_hash=row.content_hash, reason=why, actor=actor, now=now)
    return row


def _drafted(session: Session, active: RuleSet, lacking: Sequence[Rule], actor: Actor, now: datetime) -> StoredRuleSet:
    mandatory = set(active.mandatory) | ({rule.kind for rule in lacking} & set(SEED_RULE_SET.mandatory))
    rules = (*active.rules, *(_renamed(rule, active) for rule in lacking))
    content = RuleSet(number=active.number, rules=rules, mandatory=tuple(sorted(mandatory)))
    told = f"rule set {active.number} with {_kinds(lacking)}"
    reason = _reason(lacking)
    return drafts.begun(session, content, based_on=active.number, reason=reason, told=told, actor=actor, now=now)


def _draft_with(session: Session, rules: Sequence[Rule]) -> StoredRuleSet | None:
    wanted, active = {rule.kind for rule in rules}, policy.active_rule_set(session).number
    newer = select(StoredRuleSet).where(
        col(StoredRuleSet.status).in_(ON_THEIR_WAY), col(StoredRuleSet.based_on) == active
    )
    for draft in session.scalars(newer.order_by(col(StoredRuleSet.number).desc())):
        if wanted <= {rule.kind for rule in RuleSet.from_json(draft.rules).rules}:
            return draft
    return None


def _renamed(rule: Rule, active: RuleSet) -> Rule:
    taken = rule.id in {other.id for other in active.rules}
    return rule.model_copy(update={"id": f"{rule.id}-adopted"}) if taken else rule


def _kinds(rules: Sequence[Rule]) -> str:
    return ", ".join(rule.kind for rule in rules)


def _reason(rules: Sequence[Rule]) -> str:
    return f"Adopts {_kinds(rules)}, which new installations start with."


def _next_step(row: StoredRuleSet) -> str:
    number = row.number
    match RuleSetStatus(row.status):
        case RuleSetStatus.DRAFT:
            return f"Rule set {number} with it is a draft: submit it with `baton rules submit {number} --as OWNER`."
        case RuleSetStatus.SCHEDULED:
            return f"Rule set {number} with it waits for its moment."
    return (
        f"Rule set {number} with it is in review; an owner who did not draft it activates it with"
        f" `baton rules activate {number} --as OWNER`."
    )
