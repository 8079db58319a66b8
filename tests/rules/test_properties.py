"""What must hold for every line and every rule set, tried on generated ones. The oracle is written with fractions."""

from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from app.words.money import MAX_MINOR
from rules.engine import judge, judge_many, passing_price
from rules.facts import Facts
from rules.finding import RuleOutcome, Severity, Verdict
from rules.kinds.kind import MAX_LIMIT_BP
from rules.ruleset import SEED_RULE_SET, Rule, RuleSet, Scope

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
FLOOR, RISE, NEAR = "margin_stays_above_floor", "increase_stays_below_limit", "price_stays_near_competitor"
FALL = "decrease_stays_above_limit"

amounts = st.one_of(st.integers(1, 300), st.integers(1, 10**6), st.integers(1, MAX_MINOR), st.just(MAX_MINOR))
near = st.integers(95_00, 118_00)
unusable = st.sampled_from([0, -1, MAX_MINOR + 1, 2**63, 10**30])


def lines(price: st.SearchStrategy[int]) -> st.SearchStrategy[Facts]:
    return st.builds(
        Facts,
        sku=st.just("S"),
        category=st.sampled_from(["Tea", "tea ", "Baby"]),
        brand=st.sampled_from(["A", "B"]),
        currency=st.just("INR"),
        old=price,
        new=price,
        cost=st.none() | price,
        competitor=st.none() | price,
        month_ago=st.none() | price,
    )


any_line = st.one_of(lines(amounts), lines(near), lines(st.one_of(amounts, unusable)))
scopes = st.builds(Scope, category=st.sampled_from([None, "Tea", "BABY"]), brand=st.sampled_from([None, "A"]))
limits = st.one_of(st.integers(0, 2500), st.integers(0, 9_999), st.just(0))


@st.composite
def rule_sets(draw: st.DrawFn) -> RuleSet:
    rules: list[Rule] = []
    for kind, most in ((FLOOR, 9_999), (RISE, MAX_LIMIT_BP), (NEAR, MAX_LIMIT_BP), (FALL, 9_999)):
        for scope in draw(st.lists(scopes, max_size=4, unique_by=lambda scope: scope.specificity)):
            limit = draw(limits | st.integers(0, most))
            severity = draw(st.sampled_from(Severity))
            rules.append(
                Rule(
                    id=f"{kind}-{scope.sentence()}",
                    kind=kind,
                    severity=severity,
                    scope=scope,
                    parameters={"limit_bp": min(limit, most)},
                )
            )
    return RuleSet(number=3, rules=tuple(rules))


@settings(max_examples=400, deadline=None)
@given(st.lists(any_line, max_size=25), rule_sets())
def test_both_evaluators_say_the_same(lines: list[Facts], rules: RuleSet) -> None:
    batch = [line for seen in lines for line in (seen, *_at_the_limits(seen, rules))]
    assert judge_many(batch, rules, NOW) == [judge(line, rules, NOW) for line in batch]


@settings(max_examples=500, deadline=None)
@given(st.one_of(lines(amounts), lines(near)))
def test_the_seed_rules_say_what_fractions_say(seen: Facts) -> None:
    for line in (seen, *_at_the_limits(seen, SEED_RULE_SET)):
        if 1 <= line.new <= MAX_MINOR:
            found = judge(line, SEED_RULE_SET, NOW)
            assert {finding.rule for finding in found.findings} == _by_fractions(line)


@settings(max_examples=500, deadline=None)
@given(st.one_of(lines(amounts), lines(near)), rule_sets())
def test_the_passing_price_passes_and_one_unit_worse_does_not(line: Facts, rules: RuleSet) -> None:
    for finding in judge(line, rules, NOW).findings:
        if finding.passing_price is None:
            continue
        worse = finding.passing_price + (-1 if finding.rule in (FLOOR, FALL) else 1)
        assert finding.rule not in _broken(line, finding.passing_price, rules)
        assert worse == 0 or worse > MAX_MINOR or finding.rule in _broken(line, worse, rules)


@settings(max_examples=500, deadline=None)
@given(st.one_of(lines(amounts), lines(near)), rule_sets())
def test_an_observed_value_never_equals_its_limit(line: Facts, rules: RuleSet) -> None:
    for finding in judge(line, rules, NOW).findings:
        if finding.outcome is RuleOutcome.BREACHED:
            assert finding.observed_bp is not None
            assert finding.limit_bp is not None
            below = finding.rule == FLOOR
            assert finding.observed_bp < finding.limit_bp if below else finding.observed_bp > finding.limit_bp


@settings(max_examples=300, deadline=None)
@given(st.one_of(lines(amounts), lines(near)), rule_sets())
def test_the_offered_price_gets_a_milder_verdict_from_all_rules_together(line: Facts, rules: RuleSet) -> None:
    offered = passing_price(line, rules, NOW)
    if offered is not None:
        better = judge(_at(line, offered), rules, NOW).verdict
        assert better.rank < judge(line, rules, NOW).verdict.rank


@settings(max_examples=400, deadline=None)
@given(any_line, rule_sets())
def test_nothing_passes_without_a_usable_price_cost_and_mandatory_rule(line: Facts, rules: RuleSet) -> None:
    amounts = (line.new, line.old, line.cost or 0, 1 if line.month_ago is None else line.month_ago)
    usable = all(1 <= amount <= MAX_MINOR for amount in amounts)
    covered = all(any(rule.kind == kind for rule in rules.rules) for kind in (FLOOR, RISE))
    if not (usable and covered):
        assert judge(line, rules, NOW).verdict is Verdict.HARD


@settings(max_examples=300, deadline=None)
@given(rule_sets())
def test_a_rule_set_survives_json(rules: RuleSet) -> None:
    again = RuleSet.from_json(rules.to_json())
    assert (again, again.content_hash) == (rules, rules.content_hash)


def _by_fractions(line: Facts) -> set[str]:
    before = [price for price in (line.old, line.month_ago) if price is not None]
    breached = {
        RISE: any(Fraction(line.new - price, price) > Fraction(15, 100) for price in before),
        FALL: any(Fraction(price - line.new, price) > Fraction(30, 100) for price in before),
        NEAR: line.competitor is not None and Fraction(line.new - line.competitor, line.competitor) > Fraction(1, 10),
        FLOOR: line.cost is None or Fraction(line.new - line.cost, line.new) < Fraction(1, 10),
    }
    return {rule for rule, broken in breached.items() if broken}


def _at_the_limits(line: Facts, rules: RuleSet) -> list[Facts]:
    """The line at every price at which a rule begins or ceases to be broken, and next to it."""
    edges: set[int] = set()
    for rule in rules.rules:
        limit = rule.limit_bp or 0
        if rule.kind == FLOOR:
            edges.add((line.cost or 1) * 10_000 // (10_000 - limit))
        elif rule.kind == NEAR:
            edges.add((line.competitor or 1) * (10_000 + limit) // 10_000)
        else:
            sign = 1 if rule.kind == RISE else -1
            edges |= {price * (10_000 + sign * limit) // 10_000 for price in (line.old, line.month_ago or 1)}
    return [_at(line, edge + step) for edge in sorted(edges) for step in (-1, 0, 1, 2)]


def _broken(line: Facts, price: int, rules: RuleSet) -> set[str]:
    return {finding.rule for finding in judge(_at(line, price), rules, NOW).findings}


def _at(line: Facts, price: int) -> Facts:
    return replace(line, new=price)
