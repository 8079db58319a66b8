"""A step is as large as keeps the store for half of what is promised."""

import pytest

from app.intake import pace


@pytest.mark.parametrize(
    ("size", "took_ms", "following"),
    [
        (1_000, 125, 1_000),
        (1_000, 400, 500),
        (1_000, 62.5, 2_000),
        (2_000, 1, 4_000),
        (4_000, 1, 4_000),
        (1_000, 0, 2_000),
    ],
)
def test_a_step_that_took_long_makes_the_next_one_smaller(size: int, took_ms: float, following: int) -> None:
    assert pace._next(size, took_ms) == following


def test_everything_is_given_once_and_in_order() -> None:
    steps = list(pace.in_steps(range(2_500), list))

    assert [number for step in steps for number in step] == list(range(2_500))
    assert len(steps[0]) == pace.FIRST
