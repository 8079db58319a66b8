"""Rule sets in the making: owners, and short ways to what most tests begin with."""

from collections.abc import Mapping
from datetime import datetime
from uuid import uuid4

from pydantic import JsonValue

from app.database import reading
from app.identity.actor import Actor
from app.identity.roles import Role
from app.lifecycle import commands
from app.lifecycle.proposing import policy
from app.lifecycle.rule_records import StoredRuleSet
from app.lifecycle.rulebook import reading as rule_sets
from app.lifecycle.rulebook.values import RuleSetSummary
from rules.ruleset import RuleSet
from tests.builders import MONDAY, person

LEELA, MAYA, OLGA = (person(name, Role.OWNER) for name in ("Leela", "Maya", "Olga"))
RISES = "increase_stays_below_limit"
TEA: Mapping[str, JsonValue] = {
    "id": "tea-rises", "kind": RISES, "severity": "SOFT", "parameters": {"limit_bp": 3000},
    "scope": {"category": "Tea"}, "rationale": "Auction prices swing.",
}  # fmt: skip


def key() -> str:
    return uuid4().hex


def drafted(by: Actor = LEELA, now: datetime = MONDAY) -> RuleSetSummary:
    """A draft from the active set."""
    return commands.draft_rules(by, reason="Tea swings", key=key(), now=now)


def with_tea(by: Actor = LEELA, *, now: datetime = MONDAY, **changes: JsonValue) -> RuleSetSummary:
    """A draft with another limit for tea."""
    made = drafted(by, now)
    return commands.add_rule(by, made.number, {**TEA, **changes}, version=made.version, key=key(), now=now)


def in_review(by: Actor = LEELA, *, now: datetime = MONDAY, **changes: JsonValue) -> RuleSetSummary:
    """A set with another limit for tea, before the second person."""
    made = with_tea(by, now=now, **changes)
    return commands.submit_rules(by, made.number, content_hash=made.content_hash, key=key(), now=now)


def activated(by: Actor = MAYA, *, now: datetime = MONDAY, **changes: JsonValue) -> RuleSetSummary:
    """A set with another limit for tea that judges."""
    made = in_review(now=now, **changes)
    return commands.activate_rules(by, made.number, content_hash=made.content_hash, key=key(), now=now)


def statuses() -> dict[int, str]:
    with reading() as session:
        return {one.number: one.status for one in rule_sets.sets(session).items}


def content(number: int) -> RuleSet:
    with reading() as session:
        return policy.rule_set(session, number)


def stored(number: int) -> StoredRuleSet:
    with reading() as session:
        return session.get_one(StoredRuleSet, number)
