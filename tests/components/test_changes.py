"""One change is one number wherever it stands in a row, and a figure of a proposal is the one of its worst line."""

from dataclasses import dataclass

from app.components.changes import furthest, largest_change, line_change
from app.words.percent import change_bp, percent

RISES, FALLS = "increase_stays_below_limit", "decrease_stays_above_limit"


@dataclass(frozen=True)
class Found:
    rule: str
    observed_bp: int | None
    limit_bp: int | None


@dataclass(frozen=True)
class Proposal:
    largest_change_bp: int | None
    worst_rule: str | None
    worst_bp: int | None


def test_a_rise_has_the_number_of_its_finding():
    rise = change_bp(30_000, 38_500)

    assert percent(rise, signed=True) == "+28.3 %"  # what stood beside the finding's 28.4 %
    assert line_change(rise, [Found(RISES, 2_834, 2_000)]) == "+28.4 %"


def test_a_fall_has_the_number_of_its_finding():
    assert line_change(change_bp(30_000, 21_499), [Found(FALLS, 2_834, 2_000)]) == "−28.4 %"


def test_a_finding_on_the_price_of_a_month_ago_leaves_the_change_alone():
    assert line_change(833, [Found(RISES, 2_834, 2_000)]) == "+8.3 %"
    assert line_change(833, [Found("margin_stays_above_floor", 834, 1_000)]) == "+8.3 %"
    assert line_change(833, []) == "+8.3 %"


def test_the_largest_change_reads_as_the_worst_finding_where_it_is_that():
    assert largest_change(Proposal(2_833, RISES, 2_834)) == furthest(RISES, 2_834) == "+28.4 %"
    assert largest_change(Proposal(-2_833, FALLS, 2_834)) == furthest(FALLS, 2_834) == "−28.4 %"
    assert largest_change(Proposal(3_001, RISES, 2_834)) == "+30.0 %"
    assert largest_change(Proposal(None, None, None)) == "not measured"


def test_a_thin_margin_is_rounded_down_and_has_no_sign():
    assert furthest("margin_stays_above_floor", 896) == "8.9 %"
