"""New rule sets: a set never changes, so a kind that came later is adopted by a draft that another owner activates."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from app.database import pulse
from app.identity.actor import Actor
from app.identity.roles import Permission
from app.lifecycle.audit import audit_trail
from app.lifecycle.audit.verbs import Verb
from app.lifecycle.errors import FourEyes, NotAllowed, NotFound, Refused
from app.lifecycle.proposing import policy
from app.lifecycle.records import StoredRuleSet
from rules import registry
from rules.ruleset import SEED_RULE_SET, Rule, RuleSet

CHAIN = policy.CHAIN


class NothingToAdopt(Refused):
    """The active rule set has every kind of rule that a new installation starts with."""

    code, title = "nothing_to_adopt", "Nothing to adopt"


class NotActivated(Refused):
    """A rule set cannot become the active one."""

    code, title = "rule_set_not_activated", "The rule set was not activated"


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
    return f"{lead} {_next_step(draft.number)}"


def adopt(session: Session, *, actor: Actor, now: datetime) -> StoredRuleSet:
    """Draft the active set with the missing kinds added. Raises `NotAllowed` or `NothingToAdopt`.

    A draft that has them already is returned as it is: nobody needs it twice.
    """
    _refuse_unless_owner(actor)
    audit_trail.hold(session, CHAIN)
    active, lacking = policy.active_rule_set(session), missing(session)
    if not lacking:
        raise NothingToAdopt(f"Rule set {active.number} has every kind that new installations start with.")
    drafted = _draft_with(session, lacking)
    if drafted is not None:
        return drafted
    number = (session.scalar(select(func.max(col(StoredRuleSet.number)))) or 0) + 1
    mandatory = set(active.mandatory) | ({rule.kind for rule in lacking} & set(SEED_RULE_SET.mandatory))
    rules = (*active.rules, *(_renamed(rule, active) for rule in lacking))
    made = RuleSet(number=number, rules=rules, mandatory=tuple(sorted(mandatory)))
    draft = StoredRuleSet(
        number=number,
        rules=made.to_json(),
        content_hash=made.content_hash,
        status=StoredRuleSet.DRAFT,
        drafted_by=actor.id,
        drafted_at=now,
    )
    session.add(draft)
    told = f"Rule set {number}: rule set {active.number} with {_kinds(lacking)}"
    audit_trail.record(session, chain=CHAIN, actor=actor, action=Verb.DRAFT_RULES, now=now, detail={"comment": told})
    pulse(session, "rules")
    return draft


def activate(session: Session, number: int, *, actor: Actor, now: datetime) -> StoredRuleSet:
    """Let a draft be what is judged by from now on. Raises `NotAllowed`, `FourEyes`, `NotFound` or `NotActivated`."""
    _refuse_unless_owner(actor)
    audit_trail.hold(session, CHAIN)
    active = col(StoredRuleSet.status) == StoredRuleSet.ACTIVE
    draft = session.get(StoredRuleSet, number, populate_existing=True)
    if draft is None:
        raise NotFound(f"There is no rule set {number}.")
    _refuse_unfit(session, draft)
    if draft.drafted_by == actor.id:
        raise FourEyes(f"You drafted rule set {number}, and nobody activates their own. Ask another owner.")
    for former in session.scalars(select(StoredRuleSet).where(active)):
        former.status = StoredRuleSet.RETIRED
        session.add(former)
    session.flush()  # first: one rule set alone is the active one
    draft.status, draft.activated_by, draft.activated_at = StoredRuleSet.ACTIVE, actor.name, now
    session.add(draft)
    told = f"Rule set {number}"
    audit_trail.record(session, chain=CHAIN, actor=actor, action=Verb.ACTIVATE_RULES, now=now, detail={"comment": told})
    pulse(session, "rules", "proposals")
    return draft


def _refuse_unless_owner(actor: Actor) -> None:
    if not actor.may(Permission.EDIT_RULES):
        raise NotAllowed(f"Only an owner changes the rules, and {actor.name} is not one.")


def _refuse_unfit(session: Session, draft: StoredRuleSet) -> None:
    number, active = draft.number, policy.active_rule_set(session).number
    if draft.status != StoredRuleSet.DRAFT:
        raise NotActivated(f"Rule set {number} is {draft.status.lower()}; only a draft can be activated.")
    if number < active:
        raise NotActivated(f"Rule set {number} was drafted before rule set {active} was activated; draft it anew.")
    faults = policy.rule_set(session, number).faults(registry.kinds())
    if faults:
        raise NotActivated(f"Rule set {number} could not be applied: {' '.join(faults)}")


def _draft_with(session: Session, rules: Sequence[Rule]) -> StoredRuleSet | None:
    wanted, active = {rule.kind for rule in rules}, policy.active_rule_set(session).number
    newer = select(StoredRuleSet).where(
        col(StoredRuleSet.status) == StoredRuleSet.DRAFT, col(StoredRuleSet.number) > active
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


def _next_step(number: int) -> str:
    return (
        f"Rule set {number} with it is drafted; an owner who did not draft it activates it with"
        f" `baton rules activate {number} --as OWNER`."
    )
