"""Drafts of rule sets: begun from the active set or another, and changed row by row, by one owner after the other.

Every edit says which version it was made on; whoever read an earlier one learns the difference and loses nothing.
"""

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from app.identity.actor import Actor
from app.lifecycle.audit import audit_trail
from app.lifecycle.errors import NotFound
from app.lifecycle.proposing import policy
from app.lifecycle.rule_records import StoredRuleSet
from app.lifecycle.rulebook import comparing, edits, moves, rows, seen
from app.lifecycle.rulebook.case import RuleSetCase
from app.lifecycle.rulebook.refusals import BadRule, RulesOverlap, RulesRefused, TooManyRules
from app.lifecycle.rulebook.rows import Fields
from app.lifecycle.rulebook.status import RuleSetStatus
from app.lifecycle.rulebook.stock import Stock
from app.lifecycle.rulebook.transitions import BY_RULE_SET_MOVE, RuleSetAction
from app.words.typed import plain
from rules import registry
from rules.ruleset import Rule, RuleSet

TOLD = 10
"""How many changed rows an entry of the audit trail names; the count is always whole."""


def draft(
    session: Session, *, start_from: int | None = None, reason: str = "", actor: Actor, now: datetime
) -> StoredRuleSet:
    """Begin a draft with the rows of the active set, or of another one. Raises `NotAllowed` or `NotFound`."""
    moves.refuse_unless_owner(actor)
    audit_trail.hold(session, policy.CHAIN)
    active = policy.active_rule_set(session)
    if start_from is not None and session.get(StoredRuleSet, start_from) is None:
        raise NotFound(f"There is no rule set {start_from} to begin with.")
    source = active if start_from is None else policy.rule_set(session, start_from)
    told = f"drafted from rule set {source.number}"
    return begun(session, source, based_on=active.number, reason=reason, told=told, actor=actor, now=now)


def begun(
    session: Session, content: RuleSet, *, based_on: int, reason: str, told: str, actor: Actor, now: datetime
) -> StoredRuleSet:
    """Write a new draft, under the next number. Whoever calls holds the rule sets."""
    number = (session.scalar(select(func.max(col(StoredRuleSet.number)))) or 0) + 1
    made = content.model_copy(update={"number": number})
    row = StoredRuleSet(
        number=number,
        rules=made.to_json(),
        content_hash=made.content_hash,
        status=RuleSetStatus.DRAFT,
        drafted_by=actor.id,
        drafted_at=now,
        based_on=based_on,
        reason=plain(reason)[: rows.MOST_REASON],
    )
    session.add(row)
    moves.lay_hand(session, number, actor, "drafted")
    session.flush()
    case = RuleSetCase(session, row, RuleSetAction.DRAFT, actor, now)
    moves.tell(case, BY_RULE_SET_MOVE[None, RuleSetAction.DRAFT], comment=row.reason, told=told)
    return row


def add(
    session: Session, number: int, fields: Fields, *, version: int, held: Stock, actor: Actor, now: datetime
) -> StoredRuleSet:
    """Add a row; without an id it gets one, without an owner the person who adds it."""
    case, before = _read(session, number, version, actor, now)
    named = _named({"owner": actor.name, **fields}, {one.id for one in before.rules})
    rule = rows.rule_of(named, held)
    return _edited(case, rows.together(number, (*before.rules, rule), before.mandatory))


def change(
    session: Session,
    number: int,
    rule_id: str,
    fields: Fields,
    *,
    version: int,
    held: Stock,
    actor: Actor,
    now: datetime,
) -> StoredRuleSet:
    """Give some fields of a row other values; it keeps its id and its place."""
    case, before = _read(session, number, version, actor, now)
    old = _row(before, rule_id)
    rule = rows.rules_of([{**stands(before.rules, rule_id), **fields, "id": rule_id}], held, (old,))[0]
    changed = tuple(rule if one.id == rule_id else one for one in before.rules)
    return _edited(case, rows.together(number, changed, before.mandatory))


def rehearse(session: Session, number: int, rule_id: str, fields: Fields, held: Stock) -> Sequence[BadRule]:
    """Say what would be wrong with a row, changed (or, under an unknown id, added) like this; write nothing."""
    before = policy.rule_set(session, number)
    old = edits.by_id(before).get(rule_id)
    written = {**stands(before.rules, rule_id), **fields, "id": rule_id}
    try:
        taken = rows.rules_of([written], held, (old,) if old else ())
        rows.together(number, [*(one for one in before.rules if one.id != rule_id), *taken], before.mandatory)
    except RulesRefused as refused:
        return refused.bad
    except (RulesOverlap, TooManyRules) as refused:
        return (BadRule(1, rule_id, "scope", refused.code, refused.detail),)
    return ()


def remove(session: Session, number: int, rule_id: str, *, version: int, actor: Actor, now: datetime) -> StoredRuleSet:
    """Take a row out."""
    case, before = _read(session, number, version, actor, now)
    _row(before, rule_id)
    left = tuple(one for one in before.rules if one.id != rule_id)
    return _edited(case, rows.together(number, left, before.mandatory))


def replace(
    session: Session,
    number: int,
    written: Sequence[Fields],
    mandatory: Sequence[str] | None = None,
    *,
    version: int,
    held: Stock,
    actor: Actor,
    now: datetime,
) -> StoredRuleSet:
    """Put other rows in place of all; required kinds stay as they are unless they are given too."""
    case, before = _read(session, number, version, actor, now)
    rows.refuse_too_many(len(written))
    named: list[Fields] = []
    taken = {str(fields.get("id") or "") for fields in written}
    for fields in written:
        named.append(_named(fields, taken))
        taken.add(str(named[-1]["id"]))
    rules = rows.rules_of(named, held, before.rules)
    return _edited(case, rows.together(number, rules, before.mandatory if mandatory is None else _kinds(mandatory)))


def require(
    session: Session, number: int, mandatory: Sequence[str], *, version: int, actor: Actor, now: datetime
) -> StoredRuleSet:
    """Say of which kinds every product needs a rule: without one its price is refused."""
    case, before = _read(session, number, version, actor, now)
    return _edited(case, rows.together(number, before.rules, _kinds(mandatory)))


def explain(session: Session, number: int, reason: str, *, version: int, actor: Actor, now: datetime) -> StoredRuleSet:
    """Say why there is to be this set."""
    case, says = _read(session, number, version, actor, now)
    row = case.row
    row.version += 1
    edits.note(session, row, says, says, actor=actor, now=now)
    row.reason = plain(reason)[: rows.MOST_REASON]
    moves.lay_hand(session, number, actor, "edited")
    moves.move(case, comment=row.reason, told="its reason is another one")
    return row


def rebase(session: Session, number: int, *, version: int, actor: Actor, now: datetime) -> StoredRuleSet:
    """Bring a draft up to the active set: what others changed there since comes in, what the draft changes stays.

    A row that both changed stays as the draft has it, and the audit trail says so.
    """
    case = moves.case_of(session, number, RuleSetAction.REBASE, actor, now)
    active = policy.active_rule_set(session)
    moves.refuse(case, comment="")
    seen.refuse_moved(session, case.row, version)
    ours = policy.rule_set(session, number)
    base = policy.rule_set(session, case.row.based_on) if case.row.based_on else ours
    merged, both = _merged(base, ours, active)
    after = rows.together(number, merged, _merged_kinds(base, ours, active))
    stay = f"; changed on both sides, and as the draft has it: {', '.join(both)}" if both else ""
    told = f"brought from rule set {case.row.based_on or 'unknown'} up to rule set {active.number}{stay}"
    case.row.based_on = active.number
    return _edited(case, after, told=told)


def _read(session: Session, number: int, version: int, actor: Actor, now: datetime) -> tuple[RuleSetCase, RuleSet]:
    """Load a draft for an edit; refuse who may not, and who read another version."""
    case = moves.case_of(session, number, RuleSetAction.CHANGE, actor, now)
    moves.refuse(case, comment="")
    seen.refuse_moved(session, case.row, version)
    return case, policy.rule_set(session, number)


def _edited(case: RuleSetCase, after: RuleSet, *, told: str = "") -> StoredRuleSet:
    """Write what a draft says from now on, who changed it, and what it said before."""
    session, row = case.session, case.row
    before = policy.rule_set(session, row.number)
    changes = comparing.compared(before, after)
    if after == before and not told:
        return row
    if after != before:
        row.version += 1
        edits.note(session, row, before, after, actor=case.actor, now=case.now)
        row.rules, row.content_hash = after.to_json(), after.content_hash
        moves.lay_hand(session, row.number, case.actor, "edited")
    said = comparing.in_words(changes, most=TOLD) or "the order of its rows"
    transition = BY_RULE_SET_MOVE[RuleSetStatus.DRAFT, case.action]  # nothing forbade it as it was loaded
    moves.carry_out(case, transition, comment="", told=f"{told}. {said}" if told else said)
    return row


def stands(rules: Sequence[Rule], rule_id: str) -> Fields:
    """Return a row as it is written; nothing if there is none of that id."""
    found = next((rule for rule in rules if rule.id == rule_id), None)
    return {} if found is None else json.loads(found.model_dump_json())


def _named(fields: Fields, taken: set[str]) -> Fields:
    """Give a written row an id where it has none."""
    return {**fields, "id": fields.get("id") or rows.new_id(str(fields.get("kind") or "rule"), taken)}


def _row(rules: RuleSet, rule_id: str) -> Rule:
    found = edits.by_id(rules).get(rule_id)
    if found is None:
        raise NotFound(f"Rule set {rules.number} has no rule {rule_id[:64]}. Nothing was changed.")
    return found


def _kinds(mandatory: Sequence[str]) -> Sequence[str]:
    unknown = [kind for kind in mandatory if kind not in registry.kinds()]
    if unknown:
        bad = [BadRule(0, "", "mandatory", "unknown_kind", f"No kind {kind[:64]} is installed.") for kind in unknown]
        raise rows.refused(bad, 1)
    return mandatory


def _merged(base: RuleSet, ours: RuleSet, theirs: RuleSet) -> tuple[list[Rule], list[str]]:
    """Return the rows of a draft with what has changed elsewhere since, and the ids of rows that both changed."""
    was, mine, now = edits.by_id(base), edits.by_id(ours), edits.by_id(theirs)
    merged: list[Rule] = []
    both: list[str] = []
    for rule_id in {**mine, **now}:
        changed_here, changed_there = mine.get(rule_id) != was.get(rule_id), now.get(rule_id) != was.get(rule_id)
        rule = mine.get(rule_id) if changed_here else now.get(rule_id)
        if changed_here and changed_there and mine.get(rule_id) != now.get(rule_id):
            both.append(rule_id)
        if rule is not None:
            merged.append(rule)
    return merged, both


def _merged_kinds(base: RuleSet, ours: RuleSet, theirs: RuleSet) -> Sequence[str]:
    was, mine, now = set(base.mandatory), set(ours.mandatory), set(theirs.mandatory)
    return sorted((now - (was - mine)) | (mine - was))
