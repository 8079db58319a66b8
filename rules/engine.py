"""Two evaluators, one meaning: `judge` explains one line, `judge_many` finds in bulk which lines need that.

Nothing fails open. A mandatory kind without a row, a missing input, a row that its kind does not understand, a kind
that raises, hangs or babbles: each is a finding `NOT_EVALUATED`, which is hard whatever the severity of the row.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from app.words.money import MAX_MINOR
from rules.facts import Facts, is_amount
from rules.finding import CLEAN_LINE, Finding, LineVerdict, RuleOutcome, Severity, verdict_of
from rules.kinds.kind import Answer, Breach, CannotBeJudged, DidNotAnswer, RuleKind
from rules.prepared import Applicable, Group, Selected, prepared, rows_of
from rules.registry import Kinds
from rules.ruleset import RuleSet
from rules.suspicion import suspects

FEW = 200
"""Up to this many lines one by one; above, all at once. The two are proven equal, so only speed differs."""

Told = Mapping[str, Answer]
"""What kinds in another process have said of a line already."""


def judge(facts: Facts, rule_set: RuleSet, at: datetime, *, kinds: Kinds | None = None) -> LineVerdict:
    """Judge one line by the rules in force at an instant, with an explanation of every finding."""
    return _judged(facts, rule_set, prepared(rule_set, kinds).selected(facts, at), {})


def judge_many(
    lines: Sequence[Facts], rule_set: RuleSet, at: datetime, *, kinds: Kinds | None = None
) -> list[LineVerdict]:
    """Judge many lines at once; the same answer as `judge` for each, in the same order."""
    ready = prepared(rule_set, kinds)
    return judged(lines, rule_set, ready.groups(lines, at))


def judged(lines: Sequence[Facts], rule_set: RuleSet, groups: Sequence[Group]) -> list[LineVerdict]:
    """Judge lines that are grouped already by the rows that count for them."""
    told = _asked(lines, groups)
    doubtful = suspects(lines, groups, rule_set.mandatory) if len(lines) > FEW else None
    verdicts = [CLEAN_LINE] * len(lines)
    for group in groups:
        for place in group.places:
            answers, rows = told.get(place, {}), group.selected
            if doubtful is not None:
                if place not in doubtful and not answers:
                    continue
                kinds = doubtful.get(place, set()) | answers.keys()
                rows = {kind: row for kind, row in rows.items() if kind in kinds}
            verdicts[place] = _judged(lines[place], rule_set, rows, answers)
    return verdicts


def passing_price(facts: Facts, rule_set: RuleSet, at: datetime, *, kinds: Kinds | None = None) -> int | None:
    """Return the price a line should take instead: the mildest verdict, then the nearest to the proposed one.

    It is one of the prices that the findings name, judged by all rules together; none if none is milder.
    """
    now = judge(facts, rule_set, at, kinds=kinds)
    offers = sorted({found.passing_price for found in now.findings if found.passing_price is not None})
    judged = judge_many([replace(facts, new=price) for price in offers], rule_set, at, kinds=kinds)
    ranked = ((verdict.verdict.rank, price) for verdict, price in zip(judged, offers, strict=True))
    best = min(ranked, key=lambda offer: (offer[0], abs(offer[1] - facts.new)), default=None)
    return best[1] if best is not None and best[0] < now.verdict.rank else None


def _asked(lines: Sequence[Facts], groups: Sequence[Group]) -> dict[int, dict[str, Answer]]:
    """Ask the kinds of other processes, each row once for all its lines."""
    told: dict[int, dict[str, Answer]] = defaultdict(dict)
    for row, places in rows_of(groups):
        if row.kind is not None and row.kind.apart:
            usable = [place for place in places if is_amount(lines[place].new)]
            for place, answer in zip(usable, row.kind.check_all([lines[place] for place in usable]), strict=True):
                told[place][row.rule.kind] = answer
    return told


def _judged(facts: Facts, rule_set: RuleSet, selected: Selected, told: Told) -> LineVerdict:
    if not is_amount(facts.new):
        return verdict_of([_no_price(rule_set)])
    found = (_finding(facts, rule_set, kind, row, told) for kind, row in selected.items())
    return verdict_of([finding for finding in found if finding is not None])


def _finding(facts: Facts, rule_set: RuleSet, name: str, row: Applicable | None, told: Told) -> Finding | None:
    if row is None:
        return _uncovered(rule_set, name) if name in rule_set.mandatory else None
    if row.kind is None:
        return _failed(rule_set, row, f"cannot be applied, because {row.fault}")
    answer = told[name] if name in told else _answer(row.kind, facts)
    if answer is None:
        return None
    if isinstance(answer, CannotBeJudged):
        return _not_evaluated(rule_set, row, str(answer))
    if isinstance(answer, DidNotAnswer):
        return _failed(rule_set, row, str(answer))
    return _breached(rule_set, row, answer)


def _answer(kind: RuleKind, facts: Facts) -> Answer:
    try:
        return kind.check(facts)
    except (CannotBeJudged, DidNotAnswer) as reason:
        return reason
    except Exception as error:  # a kind may raise anything, and nothing of it may pass a line
        return DidNotAnswer(f"failed with {type(error).__name__}")


def _breached(rule_set: RuleSet, row: Applicable, breach: Breach) -> Finding:
    if type(breach) is not Breach:
        return _failed(rule_set, row, "gave no usable answer")
    return Finding(
        row.rule.kind,
        row.rule.id,
        rule_set.number,
        row.rule.severity,
        RuleOutcome.BREACHED,
        breach.observed_bp,
        breach.limit_bp,
        breach.passing_price,
        breach.message,
        row.kind.origin if row.kind else None,
    )


def _not_evaluated(rule_set: RuleSet, row: Applicable, message: str) -> Finding:
    found = _unjudged(rule_set, row.rule.kind, message)
    origin = row.kind.origin if row.kind else None
    return replace(found, rule_id=row.rule.id, limit_bp=row.rule.limit_bp, origin=origin)


def _failed(rule_set: RuleSet, row: Applicable, how: str) -> Finding:
    return _not_evaluated(rule_set, row, f"Rule {row.rule.id} {how}; tell the rule owner.")


def _uncovered(rule_set: RuleSet, kind: str) -> Finding:
    message = f"No rule of the kind {kind} covers this product; ask the rule owner for one."
    return _unjudged(rule_set, kind, message)


def _no_price(rule_set: RuleSet) -> Finding:
    message = f"The proposed price is not between 1 and {MAX_MINOR:,} minor units, so no rule can judge it."
    return _unjudged(rule_set, "price", message)


def _unjudged(rule_set: RuleSet, kind: str, message: str) -> Finding:
    return Finding(kind, None, rule_set.number, Severity.HARD, RuleOutcome.NOT_EVALUATED, None, None, None, message)
