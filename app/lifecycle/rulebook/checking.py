"""Whether a rule set could judge: what it leaves uncovered, contradicts, or names although it is not there."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session

from app.lifecycle.proposing import policy
from app.lifecycle.rulebook.stock import Stock, stock
from rules import registry
from rules.coverage import coverage
from rules.ruleset import RuleSet


class FindingKind(StrEnum):
    """What was found of a rule set."""

    FAULT = "fault"
    GAP = "gap"
    CONTRADICTION = "contradiction"
    UNKNOWN = "unknown"
    SHADOWED = "shadowed"
    UNMATCHED = "unmatched"


BLOCKING = (FindingKind.FAULT, FindingKind.GAP, FindingKind.CONTRADICTION, FindingKind.UNKNOWN)
"""With one of these nobody submits or activates a set; the others are remarks."""


@dataclass(frozen=True, slots=True)
class RuleSetFinding:
    """One thing about a set: the rows concerned (none for a gap), how many products if they count, and a sentence."""

    what: FindingKind
    rules: tuple[str, ...]
    products: int | None
    sentence: str

    def as_json(self) -> dict[str, str | int | None]:
        """Return the finding as plain JSON values."""
        rules = ", ".join(self.rules)
        return {"what": self.what, "rules": rules, "products": self.products, "sentence": self.sentence}


@dataclass(frozen=True, slots=True)
class Check:
    """All that was found of what a set says (its content hash), what blocks it first."""

    number: int
    content_hash: str
    findings: tuple[RuleSetFinding, ...]

    @property
    def blocking(self) -> tuple[RuleSetFinding, ...]:
        """Return what keeps the set from being submitted or activated."""
        return tuple(one for one in self.findings if one.what in BLOCKING)


def look(session: Session, number: int, at: datetime) -> Check:
    """Check a stored set against the price list as it stands. `at` is when its rows would count."""
    rules = policy.rule_set(session, number)
    return check(rules, stock(session, {sku for rule in rules.rules for sku in rule.scope.skus or ()}), at)


def check(rules: RuleSet, held: Stock, at: datetime) -> Check:
    """Check what a set says against what is sold."""
    found = sorted(_findings(rules, held, at), key=lambda one: list(FindingKind).index(one.what))
    return Check(rules.number, rules.content_hash, tuple(found))


def _findings(rules: RuleSet, held: Stock, at: datetime) -> Iterator[RuleSetFinding]:
    kinds = registry.kinds()
    for fault in rules.faults(kinds):
        yield RuleSetFinding(FindingKind.FAULT, (fault.split(":")[0].removeprefix("Rule "),), None, fault)
    for rule in rules.rules:
        for wrong in held.unknown(rule):
            yield RuleSetFinding(FindingKind.UNKNOWN, (rule.id,), None, f"Rule {rule.id}: {wrong}")
    covered = coverage(rules, held.shelves, at, kinds=kinds, skus_known=held.skus)
    for gap in covered.gaps:
        yield RuleSetFinding(FindingKind.GAP, (), gap.products, gap.sentence)
    for one in covered.contradictions:
        yield RuleSetFinding(FindingKind.CONTRADICTION, one.rules, one.products, one.sentence)
    for row in covered.shadowed:
        yield RuleSetFinding(FindingKind.SHADOWED, (row.rule,), None, row.sentence)
    for vain in covered.unmatched if not held.empty else ():
        yield RuleSetFinding(FindingKind.UNMATCHED, (vain.rule,), None, vain.sentence)
