"""How a draft came about, edit by edit: what it said when somebody read it, and what has changed since."""

import json
from collections.abc import Iterator
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import delete, select
from sqlmodel import Session, col

from app.identity.actor import Actor
from app.lifecycle.proposing import policy
from app.lifecycle.rule_records import RuleSetEdit, StoredRuleSet
from rules.ruleset import Rule, RuleSet

_RULE = TypeAdapter(Rule)
MANDATORY = ""
"""Under which no row stands, but the kinds that the set requires."""


def note(session: Session, row: StoredRuleSet, before: RuleSet, after: RuleSet, *, actor: Actor, now: datetime) -> None:
    """Write down what the rows were that this edit changes. The row has its new version already, not its new hash."""
    was, is_now = by_id(before), by_id(after)
    changed = {key: was.get(key) for key in {*was, *is_now} if was.get(key) != is_now.get(key)}
    kept = {key: None if rule is None else _RULE.dump_json(rule).decode() for key, rule in changed.items()}
    if before.mandatory != after.mandatory:
        kept[MANDATORY] = json.dumps(before.mandatory)
    session.add(
        RuleSetEdit(
            rule_set=row.number,
            version=row.version,
            by=actor.id,
            by_name=actor.name,
            at=now,
            content_hash=before.content_hash,
            before=json.dumps(kept),
        )
    )


def at_version(session: Session, row: StoredRuleSet, version: int) -> RuleSet | None:
    """Return what a set said in an earlier version, or None if there was no such."""
    for found, _, past in _backwards(session, row):
        if found == version:
            return past
    return None


def at_hash(session: Session, row: StoredRuleSet, content_hash: str) -> RuleSet | None:
    """Return what a set said when it had another content hash, or None if it never had."""
    for _, found, past in _backwards(session, row):
        if found == content_hash:
            return past
    return None


def editors_since(session: Session, row: StoredRuleSet, version: int) -> list[str]:
    """Return who edited a draft after a version of it, the last first."""
    query = select(col(RuleSetEdit.by_name)).where(
        col(RuleSetEdit.rule_set) == row.number, col(RuleSetEdit.version) > version
    )
    return list(dict.fromkeys(session.scalars(query.order_by(col(RuleSetEdit.version).desc()))))


def forget(session: Session, number: int) -> None:
    """Forget the edits of a set that nobody edits any more."""
    session.connection().execute(delete(RuleSetEdit).where(col(RuleSetEdit.rule_set) == number))


def by_id(rules: RuleSet) -> dict[str, Rule]:
    """Return the rows of a set by their ids."""
    return {rule.id: rule for rule in rules.rules}


def _backwards(session: Session, row: StoredRuleSet) -> Iterator[tuple[int, str, RuleSet]]:
    """Give the versions of a set with their content hashes, from now on backwards."""
    past = policy.rule_set(session, row.number)
    yield row.version, row.content_hash, past
    query = select(RuleSetEdit).where(col(RuleSetEdit.rule_set) == row.number)
    for edit in session.scalars(query.order_by(col(RuleSetEdit.version).desc())):
        past = _undone(past, json.loads(edit.before))
        yield edit.version - 1, edit.content_hash, past


def _undone(after: RuleSet, before: dict[str, str | None]) -> RuleSet:
    rows: dict[str, Rule] = by_id(after)
    mandatory = before.pop(MANDATORY, None)
    for key, rule in before.items():
        if rule is None:
            rows.pop(key, None)
        else:
            rows[key] = _RULE.validate_json(rule)
    kinds = after.mandatory if mandatory is None else tuple(json.loads(mandatory))
    return RuleSet(number=after.number, rules=tuple(rows.values()), mandatory=kinds)
