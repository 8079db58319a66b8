"""What must hold for every line and every rule set, tried on generated ones. The oracle is written with fractions."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.words.money import MAX_MINOR
from rules import registry
from rules.columns import framed
from rules.engine import judge, judge_many, passing_price
from rules.facts import Facts, is_amount
from rules.finding import LineVerdict, RuleOutcome, Severity, Verdict
from rules.ruleset import Rule, RuleSet
from tests.rules import generated
from tests.rules.generated import ALL, FALL, FLOOR, LADDER, LOWEST, MINIMUM, NEAR, NOW, PACK, RISE

BATCHES, LINES = 40, 1_250
"""Each line is judged as it comes, and again at or beside a price at which some rule begins or ceases to be broken."""
LOWER_BREAKS, HIGHER_BREAKS = (FLOOR, FALL, MINIMUM), (RISE, NEAR, LOWEST)
LEVELS = (FLOOR, LADDER, LOWEST)

seeds = st.integers(0, 2**32)


def at_the_limits(made: Random, lines: list[Facts], verdicts: list[LineVerdict]) -> list[Facts]:
    """The lines at prices that findings name as passing, or one unit beside; others one unit beside themselves."""
    moved = []
    for line, verdict in zip(lines, verdicts, strict=True):
        named = [found.passing_price for found in verdict.findings if found.passing_price is not None]
        price = made.choice(named) if named else line.new if is_amount(line.new) else 1
        moved.append(replace(line, new=max(1, price + made.choice((-1, 0, 1)))))
    return moved


@pytest.mark.parametrize("batch", range(BATCHES))
def test_both_evaluators_say_the_same_over_all_kinds(batch: int) -> None:
    made = Random(batch)
    rules = generated.rule_set(made)
    lines = generated.lines(made, LINES)
    alone = [judge(line, rules, NOW) for line in lines]
    assert judge_many(lines, rules, NOW) == alone
    moved = at_the_limits(made, lines, alone)
    assert judge_many(moved, rules, NOW) == [judge(line, rules, NOW) for line in moved]


def test_so_many_lines_are_tried() -> None:
    assert BATCHES * LINES * 2 >= 100_000


@pytest.mark.parametrize("seed", range(6))
def test_every_kind_says_what_fractions_say(seed: int) -> None:
    made = Random(1_000 + seed)
    rows = [
        Rule(id=kind, kind=kind, severity=Severity.SOFT, parameters=generated.parameters(made, kind)) for kind in ALL
    ]
    rules = RuleSet(number=2, rules=tuple(rows), mandatory=())
    lines = [generated.line(made) for _ in range(400)]
    verdicts = [judge(line, rules, NOW) for line in lines]
    for line in (*lines, *at_the_limits(made, lines, verdicts)):
        if line.new <= MAX_MINOR:
            found = {finding.rule for finding in judge(line, rules, NOW).findings}
            assert found == generated.by_fractions(line, rules), line


@pytest.mark.parametrize("seed", range(4))
def test_the_passing_price_passes_and_one_unit_worse_does_not(seed: int) -> None:
    made = Random(2_000 + seed)
    rules = generated.rule_set(made)
    for line in (generated.line(made) for _ in range(150)):
        for finding in judge(line, rules, NOW).findings:
            if finding.passing_price is None:
                continue
            assert finding.rule not in broken(line, finding.passing_price, rules)
            worse = finding.passing_price + (1 if line.new > finding.passing_price else -1)
            if finding.rule in LOWER_BREAKS or (finding.rule in (LADDER, PACK) and worse < finding.passing_price):
                worse = finding.passing_price - 1
            if finding.rule in (*LOWER_BREAKS, *HIGHER_BREAKS, LADDER, PACK) and 1 <= worse <= MAX_MINOR:
                assert finding.rule in broken(line, worse, rules)


@pytest.mark.parametrize("seed", range(4))
def test_an_observed_value_is_beyond_its_limit_and_never_it(seed: int) -> None:
    made = Random(3_000 + seed)
    rules = generated.rule_set(made)
    for line in (generated.line(made) for _ in range(300)):
        for finding in judge(line, rules, NOW).findings:
            if finding.outcome is RuleOutcome.BREACHED and finding.observed_bp is not None:
                assert finding.limit_bp is not None
                if finding.rule in LEVELS:
                    not_below = finding.rule == LOWEST and finding.limit_bp == 0
                    assert finding.observed_bp < finding.limit_bp + not_below
                else:
                    assert finding.observed_bp > finding.limit_bp


@pytest.mark.parametrize("seed", range(4))
def test_what_is_measured_in_bulk_is_what_a_finding_observes(seed: int) -> None:
    made = Random(4_000 + seed)
    rules = generated.rule_set(made)
    for kind in {rule.kind for rule in rules.rules}:
        rows = RuleSet(number=2, rules=tuple(rule for rule in rules.rules if rule.kind == kind), mandatory=())
        rule = rows.rules[0].model_copy(update={"scope": rows.rules[0].scope.__class__(), "valid_to": None})
        alone = RuleSet(number=2, rules=(rule,), mandatory=())
        expression = registry.kinds()[kind].measured()
        lines = [generated.line(made) for _ in range(150)]
        if expression is None:
            continue
        frame, odd = framed(lines, expression.meta.root_names())
        assert not odd
        measured = frame.select(expression.alias("measured"))["measured"].to_list()
        for line, value in zip(lines, measured, strict=True):
            for finding in judge(line, alone, NOW).findings:
                if finding.observed_bp is not None:
                    assert value == finding.observed_bp


@settings(max_examples=60, deadline=None)
@given(seeds)
def test_the_offered_price_gets_a_milder_verdict_from_all_rules_together(seed: int) -> None:
    made = Random(seed)
    rules, line = generated.rule_set(made), generated.line(made)
    offered = passing_price(line, rules, NOW)
    if offered is not None:
        better = judge(replace(line, new=offered), rules, NOW).verdict
        assert better.rank < judge(line, rules, NOW).verdict.rank


@settings(max_examples=150, deadline=None)
@given(seeds)
def test_nothing_passes_without_a_usable_price_cost_and_mandatory_rule(seed: int) -> None:
    made = Random(seed)
    rules, (line,) = generated.rule_set(made), generated.lines(made, 1)
    amounts = (line.new, line.old, line.cost, 1 if line.month_ago is None else line.month_ago)
    usable = all(is_amount(amount) for amount in amounts)
    covered = all(any(rule.kind == kind for rule in rules.rules) for kind in (FLOOR, RISE))
    if not (usable and covered):
        assert judge(line, rules, NOW).verdict is Verdict.HARD


@settings(max_examples=60, deadline=None)
@given(seeds)
def test_a_rule_set_survives_json(seed: int) -> None:
    rules = generated.rule_set(Random(seed))
    again = RuleSet.from_json(rules.to_json())
    assert (again, again.content_hash) == (rules, rules.content_hash)


def broken(line: Facts, price: int, rules: RuleSet) -> set[str]:
    return {finding.rule for finding in judge(replace(line, new=price), rules, NOW).findings}
