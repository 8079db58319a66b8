"""The rows of a rule set in words: kind by kind as sentences, and one by one for the grid."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from pydantic import ValidationError

from app.components import format as shown
from app.components import vocabulary
from app.lifecycle.rulebook.checking import BLOCKING, RuleSetFinding
from app.lifecycle.rulebook.comparing import Differs, RuleDifference
from app.pages.rules.asked import RulesAsked
from app.pages.rules.view import OUTCOMES, RuleRow, RuleSentence
from app.words.counting import plural
from app.words.percent import exact_percent
from rules import registry
from rules.kinds.kind import RuleKind
from rules.ruleset import Rule

NAMED = 6
"""So many exceptions a sentence names; the others it counts."""


@dataclass(frozen=True)
class BesideRows:
    """What stands beside rows: what the active set has otherwise, and what was found, by row."""

    changes: Mapping[str, RuleDifference] = field(default_factory=dict)
    findings: Mapping[str, RuleSetFinding] = field(default_factory=dict)


def ordered(rules: Iterable[Rule]) -> list[Rule]:
    """Return rows kind by kind as they first appear, the general ones of each first."""
    rows = list(rules)
    kinds = {kind: place for place, kind in enumerate(dict.fromkeys(rule.kind for rule in rows))}
    return sorted(rows, key=lambda rule: (kinds[rule.kind], rule.scope.specificity))


def said(rules: Sequence[Rule]) -> list[RuleSentence]:
    """Say ordered rows, a sentence for each kind."""
    return [_sentence(list(rows)) for _, rows in groupby(rules, key=lambda rule: rule.kind)]


def rows(rules: Sequence[Rule], beside: BesideRows, asked: RulesAsked, now: datetime) -> list[RuleRow]:
    """Show rows one by one."""
    return [_row(rule, beside, asked, now) for rule in rules]


def limit(rule: Rule) -> str:
    """Say a row's limit as its kind does, or its parameters as they stand."""
    kind = registry.kinds().get(rule.kind)
    words = "" if kind is None or kind.apart else _as_said(kind, rule)
    return words or ", ".join(_parameter(name, value) for name, value in rule.parameters.items())


def scope(rule: Rule) -> str:
    """Say what a row is about."""
    return rule.scope.sentence().removeprefix("category ") if rule.scope.specificity else "All products"


def sentence(rule: Rule) -> str:
    """Say one row as a whole: what it asks, of what, and what follows."""
    start, end = registry.kind_words(rule.kind).says
    return f"{start}{limit(rule)}{end} for {rule.scope.sentence()}. {OUTCOMES[rule.severity.value]}"


def _as_said(kind: type[RuleKind], rule: Rule) -> str:
    try:
        return kind.model_validate(rule.parameters).limit_words(rule.scope.currency)
    except ValidationError:
        return ""


def _parameter(name: str, value: object) -> str:
    plain = name.removesuffix("_bp").replace("_", " ")
    if name.endswith("_bp") and type(value) is int:
        return exact_percent(value) if plain == "limit" else f"{plain} {exact_percent(value)}"
    return f"{plain} {', '.join(map(str, value)) if isinstance(value, tuple) else value}"


def _sentence(rules: Sequence[Rule]) -> RuleSentence:
    """Say all rules of one kind: the general limit, then the exceptions."""
    general, *others = rules
    start, end = registry.kind_words(general.kind).says
    exceptions = ", ".join(f"{limit(rule)} for {scope(rule)}" for rule in others[:NAMED])
    more = f" and {plural(len(others) - NAMED, 'more exception')}" if len(others) > NAMED else ""
    return RuleSentence(
        kind=general.kind,
        severity=vocabulary.verdict(general.severity.value),
        start=start,
        limit=limit(general),
        end=end if not general.scope.specificity else f"{end} for {scope(general)}",
        exceptions=f"; {exceptions}{more}" if exceptions else "",
        outcome=OUTCOMES[general.severity.value],
    )


def _row(rule: Rule, beside: BesideRows, asked: RulesAsked, now: datetime) -> RuleRow:
    change, finding = beside.changes.get(rule.id), beside.findings.get(rule.id)
    return RuleRow(
        id=rule.id,
        kind=rule.kind,
        severity=vocabulary.verdict(rule.severity.value),
        scope=scope(rule),
        condition=registry.kind_words(rule.kind).condition,
        limit=limit(rule),
        why=rule.rationale,
        owner=rule.owner,
        since=_validity(rule, now),
        href=asked.address(row=rule.id),
        on=asked.row == rule.id,
        mark={Differs.ADDED: "new", Differs.CHANGED: "changed"}.get(change.change, "") if change else "",
        told=change.sentence if change else "",
        remark=finding.sentence if finding else "",
        tone=("bad" if finding.what in BLOCKING else "warn") if finding else "",
    )


def _validity(rule: Rule, now: datetime) -> str:
    begins = f"from {shown.when(rule.valid_from, now)}" if rule.valid_from else ""
    ends = f"until {shown.when(rule.valid_to, now)}" if rule.valid_to else ""
    return " ".join(filter(None, (begins, ends))) or "always"
