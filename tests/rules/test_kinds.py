"""What each kind of rule protects, and how it says so."""

from datetime import UTC, datetime

import pytest

from rules.engine import judge, judge_many
from rules.facts import Facts
from rules.finding import Finding, RuleOutcome, Verdict
from rules.ruleset import SEED_RULE_SET

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
RISE, FALL = "increase_stays_below_limit", "decrease_stays_above_limit"


def facts(
    *,
    old: int = 100_00,
    new: int = 100_00,
    cost: int | None = 70_00,
    competitor: int | None = None,
    currency: str = "INR",
    month_ago: int | None = None,
) -> Facts:
    return Facts("T1", "Tea", "Kettle", currency, old, new, cost, competitor, month_ago=month_ago)


def finding(line: Facts) -> Finding:
    verdict = judge(line, SEED_RULE_SET, NOW)
    (only,) = verdict.findings
    return only


def test_a_small_change_inside_every_limit_is_clean() -> None:
    assert judge(facts(new=104_00, competitor=100_00), SEED_RULE_SET, NOW).verdict is Verdict.CLEAN


def test_a_margin_under_the_floor_is_hard_and_names_the_price_that_would_pass() -> None:
    found = finding(facts(old=185_00, new=183_00, cost=168_36))
    assert (found.severity, found.observed_bp, found.limit_bp, found.passing_price) == ("HARD", 800, 1000, 187_07)
    assert found.message == "Margin 8.0 % is under the 10.0 % floor; ₹187.07 or more would pass."


def test_a_breach_never_reads_as_the_limit_itself() -> None:
    assert finding(facts(new=100_00, cost=90_01)).message.startswith("Margin 9.9 % is under the 10.0 % floor")
    assert finding(facts(new=115_01)).message.startswith("The price rises by 15.1 % over the current ₹")
    assert finding(facts(new=69_99, cost=50_00)).message.startswith("The price falls by 30.1 % from the current ₹")


def test_a_price_below_cost_is_said_to_be() -> None:
    assert finding(facts(old=60_00, new=60_00)).message == (
        "Margin −16.7 % is under the 10.0 % floor, with the price below cost; ₹77.78 or more would pass."
    )


def test_a_rise_above_the_limit_is_soft() -> None:
    found = finding(facts(new=120_00))
    assert (found.rule, found.severity, found.passing_price) == ("increase_stays_below_limit", "SOFT", 115_00)
    assert found.message == (
        "The price rises by 20.0 % over the current ₹100.00, more than the 15.0 % limit; ₹115.00 or less would pass."
    )


def test_two_clean_steps_of_14_percent_are_judged_as_the_30_percent_that_they_add_up_to() -> None:
    found = finding(facts(old=114_00, new=129_96, month_ago=100_00))
    assert (found.rule, found.severity, found.observed_bp, found.passing_price) == (RISE, "SOFT", 2996, 115_00)
    assert found.message == (
        "The price rises by 30.0 % over ₹100.00, the price 30 days ago or when it was listed,"
        " more than the 15.0 % limit; ₹115.00 or less would pass."
    )


def test_a_step_back_from_a_height_that_was_temporary_is_still_a_rise_over_what_shoppers_knew() -> None:
    assert finding(facts(old=130_00, new=125_00, month_ago=100_00)).passing_price == 115_00


def test_a_fall_by_a_slip_of_the_hand_is_soft_and_names_the_price_that_would_pass() -> None:
    found = finding(facts(old=149_90, new=9_00, cost=5_00))
    assert (found.rule, found.severity, found.observed_bp, found.passing_price) == (FALL, "SOFT", 9400, 104_93)
    assert found.message == (
        "The price falls by 94.0 % from the current ₹149.90, more than the 30.0 % limit; ₹104.93 or more would pass."
    )


def test_small_falls_add_up_over_a_month() -> None:
    found = finding(facts(old=80_00, new=64_00, cost=50_00, month_ago=100_00))
    assert (found.rule, found.observed_bp, found.passing_price) == (FALL, 3600, 70_00)
    assert "from ₹100.00, the price 30 days ago or when it was listed" in found.message


def test_where_the_price_of_a_month_ago_is_not_known_the_current_one_alone_counts() -> None:
    assert judge(facts(old=114_00, new=129_96), SEED_RULE_SET, NOW).verdict is Verdict.CLEAN


@pytest.mark.parametrize("broken", [0, -1, 10**13, 100.0, True])
def test_a_broken_price_of_a_month_ago_cannot_be_judged_which_is_hard(broken: int) -> None:
    line = facts(new=101_00, month_ago=broken)
    found = judge(line, SEED_RULE_SET, NOW).findings
    assert {(f.rule, f.outcome, f.severity) for f in found} == {
        (RISE, "NOT_EVALUATED", "HARD"),
        (FALL, "NOT_EVALUATED", "HARD"),
    }
    assert judge_many([line], SEED_RULE_SET, NOW)[0].findings == found


def test_a_price_far_above_the_competitor_is_soft() -> None:
    found = finding(facts(new=112_00, competitor=100_00))
    assert (found.rule, found.severity, found.observed_bp) == ("price_stays_near_competitor", "SOFT", 1200)
    assert found.message == (
        "The price is 12.0 % above the competitor's ₹100.00, more than the 10.0 % limit; ₹110.00 or less would pass."
    )


def test_exactly_the_limit_passes() -> None:
    assert judge(facts(new=115_00, competitor=104_55), SEED_RULE_SET, NOW).verdict is Verdict.CLEAN
    assert judge(facts(new=100_00, cost=90_00), SEED_RULE_SET, NOW).verdict is Verdict.CLEAN


def test_a_decrease_is_never_an_increase() -> None:
    assert judge(facts(new=80_00), SEED_RULE_SET, NOW).verdict is Verdict.CLEAN


def test_a_missing_competitor_is_no_finding_but_a_missing_cost_is_hard() -> None:
    found = finding(facts(cost=None))
    assert (found.outcome, found.severity, found.passing_price) == (RuleOutcome.NOT_EVALUATED, "HARD", None)
    assert found.message == "The cost is missing, so the margin cannot be judged; add the cost first."


def test_the_worst_finding_comes_first_and_decides() -> None:
    verdict = judge(facts(new=120_00, cost=115_00, competitor=100_00), SEED_RULE_SET, NOW)
    assert verdict.verdict is Verdict.HARD
    assert [found.severity for found in verdict.findings] == ["HARD", "SOFT", "SOFT"]


@pytest.mark.parametrize(("currency", "shown"), [("JPY", "¥18,707"), ("KWD", "KWD 18.707"), ("EUR", "€187.07")])
def test_money_in_a_sentence_has_the_decimals_of_its_currency(currency: str, shown: str) -> None:
    assert shown in finding(facts(old=185_00, new=183_00, cost=168_36, currency=currency)).message


def test_a_finding_survives_json() -> None:
    found = finding(facts(new=120_00))
    assert Finding.from_json(found.as_json()) == found


def test_a_finding_of_ours_is_stored_as_it_always_was_and_an_old_one_has_no_origin() -> None:
    stored = finding(facts(cost=None)).as_json()
    assert list(stored) == [
        "rule", "rule_id", "rule_set", "severity", "outcome", "observed_bp", "limit_bp", "passing_price", "message",
    ]  # fmt: skip
    assert Finding.from_json(stored).origin is None
