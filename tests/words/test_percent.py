"""Percent and basis points are exact integers, and never flatter."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.words.money import MAX_MINOR
from app.words.percent import (
    as_found,
    change,
    change_bp,
    decimal_percent,
    exact_percent,
    margin_bp,
    percent,
    rounded,
    short_percent,
)

PRICES = st.integers(1, MAX_MINOR)


@given(PRICES, PRICES)
def test_a_change_is_exact_however_large_the_prices_are(old: int, new: int) -> None:
    exact = Fraction((new - old) * 10_000, old)

    assert abs(exact - change_bp(old, new)) <= Fraction(1, 2)
    assert change_bp(old, 2 * old - new) == -change_bp(old, new)


@pytest.mark.parametrize(
    ("numerator", "denominator", "whole"), [(5, 2, 3), (-5, 2, -3), (5, -2, -3), (1, 3, 0), (-2, 3, -1), (0, 7, 0)]
)
def test_halves_go_away_from_zero(numerator: int, denominator: int, whole: int) -> None:
    assert rounded(numerator, denominator) == whole


def test_a_tie_that_a_float_rounds_to_even_goes_away_from_zero() -> None:
    assert round((20_001 - 20_000) * 10_000 / 20_000) == 0  # what stood here before
    assert change_bp(20_000, 20_001) == 1
    assert rounded(1 + 2, 2) == 2
    assert margin_bp(8, 7) == 1_250
    assert margin_bp(0, 7) is None
    assert change_bp(0, 100) == 0


@pytest.mark.parametrize(
    ("basis_points", "limit", "told"),
    [
        (2_833, None, "28.3 %"),
        (2_834, 2_000, "28.4 %"),
        (996, 1_000, "9.9 %"),
        (1_000, 1_000, "10.0 %"),
        (1_226, 1_225, "12.26 %"),
        (-15, None, "−0.2 %"),
        (123_456, None, "1,234.6 %"),
        (None, None, "not measured"),
    ],
)
def test_a_percentage_is_rounded_away_from_its_limit(basis_points: int | None, limit: int | None, told: str) -> None:
    assert percent(basis_points, limit=limit) == told


def test_a_percentage_may_be_rounded_toward_the_side_that_flatters_nobody() -> None:
    assert percent(9_996, limit=9_900, toward="down") == "99.9 %"
    assert percent(41, limit=50, toward="up") == "0.5 %"


def test_a_limit_is_written_as_it_is() -> None:
    assert exact_percent(1_000) == "10.0 %"
    assert exact_percent(1_225) == "12.25 %"
    assert exact_percent(-500, signed=True) == "−5.0 %"
    assert (short_percent(500), short_percent(250), short_percent(10_000)) == ("5 %", "2.5 %", "100 %")


def test_machines_read_a_percentage_as_an_exact_decimal() -> None:
    assert [decimal_percent(bp) for bp in (1_520, -5, None)] == ["15.20", "-0.05", None]


def test_a_change_has_a_sign_and_words_where_there_is_none() -> None:
    assert change(21_500, 23_900) == "+11.2 %"
    assert (change(100, 100), change(0, 100)) == ("no change", "new price")


@given(st.integers(1, 10**9), st.integers(1, 10**9), st.integers(0, 5_000))
def test_a_change_reads_as_its_finding_does(old: int, new: int, limit: int) -> None:
    rise = -(-(new - old) * 10_000 // old)
    if rise > limit:
        assert as_found(change_bp(old, new), rise, limit, signed=True) == f"+{percent(rise, limit=limit)}"


def test_what_a_finding_measured_on_other_prices_is_another_number() -> None:
    assert as_found(833, 2_834, 2_000, signed=True) == "+8.3 %"
    assert as_found(833, None, None, signed=True) == "+8.3 %"
