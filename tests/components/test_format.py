"""What is shown is typeset once, here, and never lies about a limit."""

from datetime import UTC, datetime, timedelta

import pytest

from app.components import format as shown
from app.words.duration import duration
from app.words.money import amount
from app.words.percent import change, percent

NOW = datetime(2026, 11, 23, 6, 18, tzinfo=UTC)


@pytest.mark.parametrize(
    ("minor", "currency", "expected"),
    [
        (118_550, "INR", ("₹", "1,185", ".50")),
        (5, "INR", ("₹", "0", ".05")),
        (-1_000, "EUR", ("€", "−10", ".00")),
        (1_250, "JPY", ("¥", "1,250", "")),
        (1_250, "KWD", ("KWD\u202f", "1", ".250")),
    ],
)
def test_money_is_symbol_units_and_minor_units(minor: int, currency: str, expected: tuple[str, str, str]):
    view = shown.money(minor, currency)

    assert (view.symbol, view.units, view.minor) == expected


def test_an_unknown_amount_is_a_word_in_a_sentence():
    assert amount(None, "INR") == "not measured"


@pytest.mark.parametrize(
    ("basis_points", "limit", "expected"),
    [
        (996, 1000, "9.9 %"),
        (1004, 1000, "10.1 %"),
        (1000, 1000, "10.0 %"),
        (2522, 1500, "25.3 %"),
        (-250, 1000, "−2.5 %"),
    ],
)
def test_a_breach_never_reads_as_its_limit(basis_points: int, limit: int, expected: str):
    assert percent(basis_points, limit=limit) == expected


def test_a_change_has_its_sign_and_a_space_before_the_percent():
    assert change(21_500, 23_900) == "+11.2 %"
    assert change(22_000, 17_160) == "−22.0 %"
    assert change(100, 100) == "no change"


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0.84, "0.8 s"),
        (59.9, "59.9 s"),
        (2160, "36 min"),
        (9360, "2 h 36 min"),
        (7200, "2 h"),
        (273_600, "3 d 4 h"),
        (None, "not measured"),
    ],
)
def test_durations_are_as_exact_as_they_matter(seconds: float | None, expected: str):
    assert duration(seconds) == expected


def test_a_deadline_grows_more_urgent():
    tones = [shown.due(NOW + timedelta(minutes=left), NOW).tone for left in (300, 40, 10, -1)]

    assert tones == ["", "soon", "now", "now"]
    assert shown.due(NOW + timedelta(minutes=42), NOW).text == "42 min"
    assert shown.due(NOW - timedelta(minutes=1), NOW).text == "overdue"


def test_the_parts_of_a_bar_are_exact_and_zero_is_not_drawn():
    parts = shown.segments([("ok", 3, "applied"), ("bad", 0, "parked"), ("idle", 1, "pending")], 4)

    assert [(part.tone, part.width, part.title) for part in parts] == [
        ("ok", "75.000%", "3 applied"),
        ("idle", "25.000%", "1 pending"),
    ]


def test_nothing_at_all_is_still_a_line():
    assert shown.spark([]).line == "M0.0 21.0 L100.0 21.0"
