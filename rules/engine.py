"""Two evaluators, one meaning: `judge` explains one line, `judge_many` finds in bulk which lines need that.

Nothing fails open. A mandatory kind without a row, a missing input, a row that its kind does not understand,
a plugin that raises: each is a finding `NOT_EVALUATED`, which is hard whatever the severity of the row.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

import polars as pl
from pydantic import ValidationError

from app.words.money import MAX_MINOR
from rules import registry
from rules.facts import Facts, is_amount
from rules.finding import CLEAN_LINE, Finding, LineVerdict, RuleOutcome, Severity, verdict_of
from rules.kinds.kind import Breach, CannotBeJudged, RuleKind
from rules.registry import Kinds
from rules.ruleset import Rule, RuleSet
from rules.scope import dimensions_of

COLUMNS = ("old", "new", "cost", "competitor", "month_ago")


@dataclass(frozen=True, slots=True)
class Applicable:
    """A row together with its kind, or with the reason why it cannot be applied."""

    rule: Rule
    kind: RuleKind | None
    fault: str = ""


Prepared = dict[str, list[Applicable]]


def judge(facts: Facts, rule_set: RuleSet, at: datetime, *, kinds: Kinds | None = None) -> LineVerdict:
    """Judge one line by the rules in force at an instant, with an explanation of every finding."""
    if not is_amount(facts.new):
        return verdict_of([_no_price(rule_set)])
    selected = _selected(_prepared(rule_set, kinds), dimensions_of(facts), at)
    found = (_finding(facts, rule_set, kind, row) for kind, row in selected.items())
    return verdict_of([finding for finding in found if finding is not None])


def judge_many(
    lines: Sequence[Facts], rule_set: RuleSet, at: datetime, *, kinds: Kinds | None = None
) -> list[LineVerdict]:
    """Judge many lines at once; the same answer as `judge` for each, in the same order."""
    verdicts = [CLEAN_LINE] * len(lines)
    for index in _suspects(lines, rule_set, at, kinds):
        verdicts[index] = judge(lines[index], rule_set, at, kinds=kinds)
    return verdicts


def passing_price(facts: Facts, rule_set: RuleSet, at: datetime, *, kinds: Kinds | None = None) -> int | None:
    """Return the price a line should take instead: the mildest verdict, then the nearest to the proposed one.

    It is one of the prices that the findings name, judged by all rules together; none if none is milder.
    """
    now = judge(facts, rule_set, at, kinds=kinds)

    def rank_at(price: int) -> int:
        return judge(replace(facts, new=price), rule_set, at, kinds=kinds).verdict.rank

    offers = {found.passing_price for found in now.findings if found.passing_price is not None}
    judged = [(rank_at(price), price) for price in offers]
    best = min(judged, key=lambda offer: (offer[0], abs(offer[1] - facts.new)), default=None)
    return best[1] if best is not None and best[0] < now.verdict.rank else None


def _prepared(rule_set: RuleSet, kinds: Kinds | None) -> Prepared:
    return _prepare(rule_set, kinds) if kinds is not None else _prepared_once(rule_set)


@lru_cache(maxsize=32)
def _prepared_once(rule_set: RuleSet) -> Prepared:
    return _prepare(rule_set, registry.kinds())


def _prepare(rule_set: RuleSet, kinds: Kinds) -> Prepared:
    """Sort the rows by kind, the most specific first: the first that covers a line is the one that counts."""
    prepared: Prepared = {kind: [] for kind in rule_set.mandatory}
    for rule in sorted(rule_set.rules, key=lambda rule: -rule.scope.specificity):
        prepared.setdefault(rule.kind, []).append(_applicable(rule, kinds))
    return prepared


def _applicable(rule: Rule, kinds: Kinds) -> Applicable:
    if rule.kind not in kinds:
        return Applicable(rule, None, "its kind of rule is not installed")
    try:
        return Applicable(rule, kinds[rule.kind].model_validate(rule.parameters))
    except ValidationError:
        return Applicable(rule, None, "its parameters do not fit its kind")


def _selected(prepared: Prepared, line: dict[str, str | None], at: datetime) -> dict[str, Applicable | None]:
    """Return for every kind the row that counts for a line; nothing if a mandatory kind has none."""
    selected: dict[str, Applicable | None] = {}
    for kind, rows in prepared.items():
        covering = (row for row in rows if row.rule.valid_at(at) and row.rule.scope.covers(line))
        selected[kind] = next(covering, None)
    return selected


def _finding(facts: Facts, rule_set: RuleSet, kind: str, row: Applicable | None) -> Finding | None:
    if row is None:
        return _uncovered(rule_set, kind) if kind in rule_set.mandatory else None
    if row.kind is None:
        return _failed(rule_set, row.rule, f"cannot be applied, because {row.fault}")
    try:
        breach = row.kind.check(facts)
    except CannotBeJudged as reason:
        return _not_evaluated(rule_set, row.rule, str(reason))
    except Exception as error:  # a plugin may raise anything, and nothing of it may pass a line
        return _failed(rule_set, row.rule, f"failed with {type(error).__name__}")
    return None if breach is None else _breached(rule_set, row.rule, breach)


def _breached(rule_set: RuleSet, rule: Rule, breach: Breach) -> Finding:
    if type(breach) is not Breach:
        return _failed(rule_set, rule, "gave no usable answer")
    return Finding(
        rule.kind,
        rule.id,
        rule_set.number,
        rule.severity,
        RuleOutcome.BREACHED,
        breach.observed_bp,
        breach.limit_bp,
        breach.passing_price,
        breach.message,
    )


def _not_evaluated(rule_set: RuleSet, rule: Rule, message: str) -> Finding:
    found = _unjudged(rule_set, rule.kind, message)
    return replace(found, rule_id=rule.id, limit_bp=rule.limit_bp)


def _failed(rule_set: RuleSet, rule: Rule, how: str) -> Finding:
    return _not_evaluated(rule_set, rule, f"Rule {rule.id} {how}; tell the rule owner.")


def _uncovered(rule_set: RuleSet, kind: str) -> Finding:
    message = f"No rule of the kind {kind} covers this product; ask the rule owner for one."
    return _unjudged(rule_set, kind, message)


def _no_price(rule_set: RuleSet) -> Finding:
    message = f"The proposed price is not between 1 and {MAX_MINOR:,} minor units, so no rule can judge it."
    return _unjudged(rule_set, "price", message)


def _unjudged(rule_set: RuleSet, kind: str, message: str) -> Finding:
    return Finding(kind, None, rule_set.number, Severity.HARD, RuleOutcome.NOT_EVALUATED, None, None, None, message)


def _suspects(lines: Sequence[Facts], rule_set: RuleSet, at: datetime, kinds: Kinds | None) -> list[int]:
    """Return the lines that may have a finding: those a rule suspects, and those polars cannot hold."""
    exact = [index for index, facts in enumerate(lines) if _fits(facts)]
    suspects = set(range(len(lines))).difference(exact)
    frame = _frame(lines, exact)
    for selected, members in _groups(lines, exact, _prepared(rule_set, kinds), at):
        part = frame if len(members) == len(exact) else frame[members]
        suspects.update(index for row in selected.values() for index in _suspected(part, row))
        if any(row is None and kind in rule_set.mandatory for kind, row in selected.items()):
            suspects.update(part["line"].to_list())
    return sorted(suspects)


def _fits(facts: Facts) -> bool:
    optional = (facts.cost, facts.competitor, facts.month_ago)
    return is_amount(facts.old) and is_amount(facts.new) and all(x is None or is_amount(x) for x in optional)


def _frame(lines: Sequence[Facts], exact: list[int]) -> pl.DataFrame:
    columns: dict[str, list[int | None]] = {
        "old": [lines[index].old for index in exact],
        "new": [lines[index].new for index in exact],
        "cost": [lines[index].cost for index in exact],
        "competitor": [lines[index].competitor for index in exact],
        "month_ago": [lines[index].month_ago for index in exact],
    }
    return pl.DataFrame({"line": exact, **columns}, schema=dict.fromkeys(("line", *COLUMNS), pl.Int64))


def _groups(
    lines: Sequence[Facts], exact: list[int], prepared: Prepared, at: datetime
) -> Iterator[tuple[dict[str, Applicable | None], list[int]]]:
    """Group the frame's rows by the rules that count for them; only what some scope names can matter."""
    read = _scope_reader(prepared)
    members: dict[tuple[str | None, ...], list[int]] = {}
    for position, index in enumerate(exact):
        members.setdefault(read(lines[index]), []).append(position)
    for positions in members.values():
        yield _selected(prepared, dimensions_of(lines[exact[positions[0]]]), at), positions


def _scope_reader(prepared: Prepared) -> Callable[[Facts], tuple[str | None, ...]]:
    scopes = [row.rule.scope for rows in prepared.values() for row in rows]
    named = sorted({dimension for scope in scopes for dimension in scope.named})
    return lambda facts: tuple(getattr(facts, dimension) for dimension in named)


def _suspected(part: pl.DataFrame, row: Applicable | None) -> list[int]:
    if row is None:
        return []
    every: list[int] = part["line"].to_list()
    if row.kind is None:
        return every
    try:
        suspects = row.kind.suspects()
        return every if suspects is None else part.filter(suspects.fill_null(True))["line"].to_list()
    except Exception:  # a broken expression hides nothing: `check` then looks at every line
        return every
