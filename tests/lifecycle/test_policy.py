"""What the lifecycle makes of findings: the price that passes them all, and a sentence for each rule."""

import pytest

from app.lifecycle.proposing.policy import breaches, price_past
from app.lifecycle.views.values import FindingView
from rules.engine import judge
from rules.facts import Facts
from rules.ruleset import SEED_RULE_SET
from tests.builders import MONDAY

FLOOR, FALL = "margin_stays_above_floor", "decrease_stays_above_limit"
RISE, NEAR = "increase_stays_below_limit", "price_stays_near_competitor"


@pytest.mark.parametrize(
    ("named", "passes"),
    [
        ([(FLOOR, 111_12), (FALL, 140_00)], 140_00),
        ([(RISE, 115_00), (NEAR, 104_50)], 104_50),
        ([(FLOOR, 120_00), (RISE, 115_00)], None),
        ([(FLOOR, 90_00), (RISE, 115_00)], 90_00),
        ([(FLOOR, None)], None),
        ([("price_ending", 99_90)], 99_90),
        ([("price_ending", 99_90), (FLOOR, 90_00), (RISE, 115_00)], 99_90),
        ([("price_ending", 99_90), (FLOOR, 111_12)], None),
        ([("price_ending", 99_90), ("price_ladder", 80_00)], None),
        ([("price_ladder", 80_00), (RISE, 70_00)], None),
    ],
)
def test_the_price_that_passes_is_past_every_limit_or_there_is_none(
    named: list[tuple[str, int | None]], passes: int | None
) -> None:
    findings = [FindingView(rule, "SOFT", "BREACHED", 1, 1, price, "") for rule, price in named]
    assert price_past(findings) == passes


def test_a_hundred_prices_that_lost_their_digits_are_summed_up_in_a_sentence() -> None:
    lines = [Facts(f"S{n}", "Tea", "Kettle", "INR", 100_00, 16_00, 5_00) for n in range(100)]
    found = [finding for line in lines for finding in judge(line, SEED_RULE_SET, MONDAY).findings]

    (fall,) = breaches(found, 100)

    assert (fall.rule, fall.lines, fall.worst_bp) == (FALL, 100, 8400)
    assert fall.sentence == "100 of 100 lines fall more than 30.0 %"
