"""What a draft would have said of past lines is counted from their recorded facts, batch by batch."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from random import Random

from rules.engine import judge
from rules.facts import Facts
from rules.finding import Severity, Verdict
from rules.replay import HIGHEST_BP, PastLine, Replay, replayed
from rules.ruleset import SEED_RULE_SET, Rule, RuleSet, Scope
from tests.rules import generated

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CLEAN, SOFT, HARD = Verdict.CLEAN, Verdict.SOFT, Verdict.HARD
STRICTER = SEED_RULE_SET.model_copy(
    update={
        "rules": (*SEED_RULE_SET.rules[:1], SEED_RULE_SET.rules[1].model_copy(update={"parameters": {"limit_bp": 500}}))
    }
)
STRICTER = RuleSet(number=2, rules=STRICTER.rules, mandatory=())


def past(number: int, new: int, *, was: Verdict = CLEAN, category: str = "Tea") -> PastLine:
    return PastLine(Facts(f"T{number}", category, "Kettle", "INR", 100_00, new, 70_00), was, f"PC-{number}")


def test_verdicts_that_would_turn_are_counted_by_category_and_kind() -> None:
    lines = [
        past(1, 104_00),
        past(2, 106_00),
        past(3, 107_00, category="Baby"),
        past(4, 75_00),
        past(5, 150_00, was=SOFT),
    ]
    found = replayed([lines[:2], lines[2:]], STRICTER, NOW)
    assert (found.lines, found.turned) == (5, 3)
    assert found.turns == {(CLEAN, CLEAN): 1, (CLEAN, SOFT): 2, (CLEAN, HARD): 1, (SOFT, SOFT): 1}
    assert found.by_category["Baby"] == {(CLEAN, SOFT): 1}
    assert found.by_kind["margin_stays_above_floor"] == {(CLEAN, HARD): 1}
    assert found.by_kind["increase_stays_below_limit"] == {(CLEAN, SOFT): 2, (SOFT, SOFT): 1}
    assert found.unjudged == {}


def test_the_largest_moves_come_first_and_there_are_ten() -> None:
    lines = [past(n, 106_00 + n * 10) for n in range(30)] + [past(99, 190_00, was=SOFT)]
    found = replayed([lines[:7], lines[7:]], STRICTER, NOW)
    assert [move.reference for move in found.largest] == [f"PC-{n}" for n in range(29, 19, -1)]
    first = found.largest[0]
    assert (first.sku, first.category, first.change_bp, first.was, first.now) == ("T29", "Tea", 890, CLEAN, SOFT)


def test_facts_that_were_not_recorded_then_are_counted_as_not_judged() -> None:
    often = Rule(id="often", kind="change_frequency", severity=Severity.SOFT, parameters={"most": 2})
    found = replayed([[past(1, 101_00)]], RuleSet(number=2, rules=(often,), mandatory=()), NOW)
    assert found.unjudged == {"change_frequency": 1}
    (lying,) = found.distributions
    assert (lying.limit, lying.unmeasured, lying.level) == (2, 1, False)


def test_a_limit_that_is_dragged_counts_as_judging_with_it_would() -> None:
    made = Random(3)
    lines = [PastLine(replace(generated.line(made), currency="INR"), CLEAN, str(n)) for n in range(1_500)]
    for kind in ("margin_stays_above_floor", "increase_stays_below_limit", "decrease_stays_above_limit",
                 "price_stays_near_competitor", "price_ladder"):  # fmt: skip
        rule = Rule(id="r", kind=kind, severity=Severity.SOFT, parameters={"limit_bp": 1_000})
        found = replayed([lines[:900], lines[900:]], RuleSet(number=2, rules=(rule,), mandatory=()), NOW)
        (lying,) = found.distributions
        assert lying.unmeasured + sum(lying.counts) == 1_500
        for limit in (0, 1, 250, 999, 1_000, 1_001, 3_000):
            dragged = rule.model_copy(update={"parameters": {"limit_bp": limit}})
            rules = RuleSet(number=2, rules=(dragged,), mandatory=())
            breached = sum(
                found.outcome == "BREACHED" for line in lines for found in judge(line.facts, rules, NOW).findings
            )
            assert lying.beyond(limit) == breached, (kind, limit)


def test_what_is_far_beyond_stands_at_the_end_and_memory_does_not_grow() -> None:
    rule = Rule(id="r", kind="increase_stays_below_limit", severity=Severity.SOFT, parameters={"limit_bp": 10**6})
    replay = Replay(RuleSet(number=2, rules=(rule,), mandatory=()), NOW)
    for n in range(3):
        replay.add([past(n * 100 + each, 100_00 * (each + 1)) for each in range(100)])
    (lying,) = replay.result().distributions
    assert len(lying.counts) == HIGHEST_BP + 5_001
    assert lying.counts[-1] == 3 * 99, "a rise of 100 % and all above it"


def test_each_row_has_its_own_distribution_and_a_line_counts_for_the_row_that_judges_it() -> None:
    rows = [
        Rule(
            id=id, kind="increase_stays_below_limit", severity=Severity.SOFT, scope=scope, parameters={"limit_bp": 500}
        )
        for id, scope in (("all", Scope()), ("tea", Scope(category="Tea")), ("toys", Scope(category="Toys")))
    ]
    lines = [past(1, 106_00), past(2, 107_00), past(3, 108_00, category="Baby")]
    found = replayed([lines], RuleSet(number=2, rules=tuple(rows), mandatory=()), NOW)
    assert {lying.rule: sum(lying.counts) for lying in found.distributions} == {"all": 1, "tea": 2}


def test_a_replay_says_what_judging_says_also_of_lines_that_are_broken() -> None:
    made = Random(8)
    rules = generated.rule_set(made)
    lines = [PastLine(facts, made.choice(list(Verdict)), "x") for facts in generated.lines(made, 600)]
    found = replayed([lines[:250], lines[250:]], rules, NOW)
    expected = Counter((line.was, judge(line.facts, rules, NOW).verdict) for line in lines)
    assert found.turns == expected
    assert found.lines == 600
    assert replayed([], rules, NOW).lines == 0
    assert replace(found, lines=0).turned == found.turned
