import random
from datetime import timedelta

import pytest

from tests.builders import MONDAY
from workers.streams.retries import Retries

RETRIES = Retries(first=timedelta(seconds=1), longest=timedelta(seconds=10), attempts=5)


def test_delays_double_up_to_the_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random, "uniform", lambda least, most: most)
    assert [RETRIES.delay(n).total_seconds() for n in (1, 2, 3, 4, 5, 60)] == [1, 2, 4, 8, 10, 10]


def test_half_of_a_delay_is_drawn() -> None:
    assert all(timedelta(seconds=2) <= RETRIES.delay(3) <= timedelta(seconds=4) for _ in range(100))


def test_it_ends() -> None:
    assert RETRIES.next_at(4, MONDAY) is not None
    assert RETRIES.next_at(5, MONDAY) is None
