"""A form with two moments: what a person began is theirs, whatever the browser tells later."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from app.components.span import SpanForm, at_home, span, typed
from app.pages.calendar.read import _midnight
from app.pages.prices.state import _end_of_day
from app.timekeeping.local_time import watch_from

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _nowhere_afterwards() -> Iterator[None]:
    yield
    watch_from("")


def test_an_untouched_form_begins_in_the_zone_that_the_person_is_in():
    assert at_home(SpanForm()).zone == "UTC"
    watch_from("Asia/Calcutta")
    assert at_home(SpanForm()).zone == "Asia/Kolkata"


def test_a_form_that_was_begun_keeps_its_zone_wherever_the_person_is():
    watch_from("Asia/Kolkata")
    begun = typed(at_home(SpanForm()), "zone", "UTC")

    assert at_home(begun) == begun


@pytest.mark.parametrize("name", ["Europe/Berlin", "europe/berlin", " Europe/Berlin "])
def test_a_zone_is_taken_as_it_is_typed(name: str):
    assert typed(SpanForm(), "zone", name).zone == "Europe/Berlin"


def test_a_zone_that_there_is_not_stays_in_its_field_and_is_refused_in_words():
    form = SpanForm()
    for name, value in (("zone", "Mars/Base"), ("ends_day", "2026-11-25"), ("ends_time", "10:00")):
        form = typed(form, name, value)

    assert form.zone == "Mars/Base"
    assert "not a time zone" in span(form, NOW)[0].ends.bad


@pytest.mark.parametrize(("zone", "ends", "begins"), [
    ("Asia/Kolkata", datetime(2099, 12, 26, 18, 29, 59, tzinfo=UTC), datetime(2099, 12, 25, 18, 30, tzinfo=UTC)),
    ("America/New_York", datetime(2099, 12, 27, 4, 59, 59, tzinfo=UTC), datetime(2099, 12, 26, 5, 0, tzinfo=UTC)),
])  # fmt: skip
def test_a_day_is_the_persons_own(zone: str, ends: datetime, begins: datetime):
    """A lock until the end of a day in Kolkata held 5 h 30 longer, and the calendar's days began there at 05:30."""
    watch_from(zone)
    assert _end_of_day("2099-12-26", begins - timedelta(days=1)) == (ends, "")
    assert _midnight(datetime(2099, 12, 26)) == begins


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2026-13-01", ""])
def test_a_day_beyond_all_days_is_refused(day: str):
    watch_from("America/New_York")
    assert _end_of_day(day, NOW)[0] is None
