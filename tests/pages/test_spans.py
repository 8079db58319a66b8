"""A form with two moments: what a person began is theirs, whatever the browser tells later."""

from datetime import UTC, datetime

import pytest

from app.pages.spans import SpanForm, at_home, filled

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def test_an_untouched_form_begins_in_the_zone_of_the_browser():
    assert at_home(SpanForm(), "Asia/Kolkata").zone == "Asia/Kolkata"
    assert at_home(SpanForm(), "Nowhere/Land").zone == "UTC"


@pytest.mark.parametrize(("name", "value"), [("zone", "UTC"), ("starts_day", "2026-11-24"), ("ends_time", "18:00")])
def test_a_form_that_was_begun_keeps_its_zone_when_the_browser_tells_its_own(name: str, value: str):
    begun = filled(SpanForm(), name, value, NOW)

    assert at_home(begun, "Asia/Kolkata") == begun
