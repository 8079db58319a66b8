"""Freeze windows: what is frozen, by which reason, and when it opens again."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from app.timekeeping.freeze import FreezeWindow, frozen_at, next_opening

START = datetime(2026, 12, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)


def window(first: int, last: int, reason: str = "Stocktaking") -> FreezeWindow:
    return FreezeWindow(starts=START + first * HOUR, ends=START + last * HOUR, reason=reason)


windows = st.lists(
    st.tuples(st.integers(0, 40), st.integers(1, 12)).map(lambda pair: window(pair[0], pair[0] + pair[1])), max_size=8
)


def test_a_freeze_begins_at_its_start_and_is_over_at_its_end() -> None:
    christmas = window(2, 4, "Christmas")
    frozen = [frozen_at([christmas], START + hours * HOUR) for hours in (1, 2, 3, 4)]
    assert frozen == [None, christmas, christmas, None]


def test_of_several_freezes_the_one_that_lasts_longest_is_named() -> None:
    short, long = window(0, 4), window(2, 9, "Christmas")
    assert frozen_at([long, short], START + 3 * HOUR) == long
    assert frozen_at([long, short], START + HOUR) == short


def test_freezes_that_overlap_or_adjoin_open_together() -> None:
    chained = [window(8, 10), window(0, 4), window(2, 3), window(3, 8), window(11, 12)]
    assert next_opening(chained, START + HOUR) == START + 10 * HOUR
    assert next_opening(chained, START + 10 * HOUR) == START + 10 * HOUR
    assert next_opening([], START) == START


@settings(max_examples=300, deadline=None)
@given(windows, st.integers(-2, 60))
def test_the_next_opening_is_the_first_open_instant(freezes: list[FreezeWindow], hours: int) -> None:
    at = START + hours * HOUR
    opening = next_opening(freezes, at)
    assert frozen_at(freezes, opening) is None
    waited = int((opening - at) / HOUR)
    assert all(frozen_at(freezes, at + hour * HOUR) for hour in range(waited))
    assert (opening == at) is (frozen_at(freezes, at) is None)


def test_a_freeze_over_a_doubled_hour_covers_instants_not_clock_times() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    first, second = (datetime(2026, 10, 25, 2, 30, tzinfo=berlin, fold=fold) for fold in (0, 1))
    doubled = FreezeWindow(starts=first, ends=second, reason="Clock change")
    assert doubled.ends - doubled.starts == HOUR
    assert (frozen_at([doubled], first), frozen_at([doubled], second)) == (doubled, None)


@pytest.mark.parametrize(("ends", "reason"), [(START, "Why"), (START - HOUR, "Why"), (START + HOUR, " ")])
def test_a_freeze_without_length_or_reason_is_refused(ends: datetime, reason: str) -> None:
    with pytest.raises(ValidationError):
        FreezeWindow(starts=START, ends=ends, reason=reason)


def test_a_freeze_survives_its_json() -> None:
    assert FreezeWindow.model_validate_json(window(1, 2).model_dump_json()) == window(1, 2)
