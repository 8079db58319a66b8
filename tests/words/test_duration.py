"""Durations are as exact as they matter."""

import pytest

from app.words.duration import at_most, duration, measured


@pytest.mark.parametrize(
    ("seconds", "rough", "to_the_second"),
    [
        (0.045, "0.0 s", "45 ms"),
        (0.84, "0.8 s", "0.8 s"),
        (250, "4 min", "4 min 10 s"),
        (9_360, "2 h 36 min", "2 h 36 min"),
        (7_200, "2 h", "2 h"),
        (273_600, "3 d 4 h", "3 d 4 h"),
    ],
)
def test_a_duration_is_told_roughly_or_as_it_was_measured(seconds: float, rough: str, to_the_second: str) -> None:
    assert (duration(seconds), measured(seconds)) == (rough, to_the_second)


def test_an_unknown_duration_is_a_word() -> None:
    assert duration(None) == "not measured"


@pytest.mark.parametrize(
    ("milliseconds", "told"),
    [(840, "840 ms"), (12_301, "12.4 s"), (60_000, "60.0 s"), (60_001, "1 min 1 s"), (3_600_001, "1 h 1 min"),
     (7_199_000, "2 h")],
)  # fmt: skip
def test_what_is_held_against_a_limit_is_rounded_up(milliseconds: int, told: str) -> None:
    assert at_most(milliseconds) == told
