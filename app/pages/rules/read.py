"""What the rules page reads. It never writes."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from app.components import format as shown
from app.components import vocabulary
from app.database import reading
from app.lifecycle.proposing import policy
from app.lifecycle.records import StoredRuleSet
from app.lifecycle.rulebook import adoption
from app.lifecycle.views import lists
from app.lifecycle.views.lists import RuleView
from app.pages.rules.view import OUTCOMES, RuleRow, RuleSentence, RulesView, SetRow
from app.words.counting import plural
from app.words.percent import exact_percent
from rules.registry import kind_words


def rules_page(now: datetime) -> RulesView:
    """Read the active set, and the list of sets."""
    with reading() as session:
        sets = [_set(row, now) for row in lists.rule_sets(session)]
        try:
            active = lists.active_rules(session)
        except policy.NoRuleSet as none:
            return RulesView(missing=none.detail, sets=sets)
        advice = adoption.advice(session)
    kinds = [list(rules) for _, rules in groupby(active.rules, key=lambda rule: rule.kind)]
    return RulesView(
        title=f"Rule set {active.number}",
        since=f"since {shown.when(active.since, now)}",
        hash=shown.short_hash(active.content_hash),
        note=f"{plural(len(kinds), 'kind')}, {plural(len(active.rules), 'rule')}",
        sentences=[_sentence(rules) for rules in kinds],
        rows=[_row(rule, active.since, now) for rule in active.rules],
        sets=sets,
        advice=advice,
    )


def _sentence(rules: Sequence[RuleView]) -> RuleSentence:
    """Say all rules of one kind: the general limit, then the exceptions."""
    general, *others = rules
    start, end = kind_words(general.kind).says
    exceptions = ", ".join(f"{_limit(rule)} for {_scope(rule)}" for rule in others)
    return RuleSentence(
        severity=vocabulary.verdict(general.severity),
        start=start,
        limit=_limit(general),
        end=end if not general.specificity else f"{end} for {_scope(general)}",
        exceptions=f"; {exceptions}" if exceptions else "",
        outcome=OUTCOMES.get(general.severity, ""),
    )


def _row(rule: RuleView, since: datetime | None, now: datetime) -> RuleRow:
    return RuleRow(
        id=rule.id,
        kind=rule.kind,
        severity=vocabulary.verdict(rule.severity),
        scope=_scope(rule),
        condition=kind_words(rule.kind).condition,
        limit=_limit(rule),
        why=rule.why,
        owner=rule.owner,
        since=shown.when(rule.valid_from or since, now),
    )


def _limit(rule: RuleView) -> str:
    return rule.parameters if rule.limit_bp is None else exact_percent(rule.limit_bp)


def _scope(rule: RuleView) -> str:
    return rule.scope.removeprefix("category ") if rule.specificity else "All products"


def _set(row: StoredRuleSet, now: datetime) -> SetRow:
    return SetRow(
        number=str(row.number),
        state=vocabulary.look(vocabulary.RULE_SETS, row.status),
        content=shown.short_hash(row.content_hash),
        by=row.activated_by or ("at installation" if row.activated_at else "nobody"),
        at=shown.when(row.activated_at or row.effective_at, now),
    )
