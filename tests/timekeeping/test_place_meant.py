"""A time zone is found by what people type."""

import pytest

from app.timekeeping.local_time import UnknownZone, place_meant, zone_named


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Kolkata", "Asia/Kolkata"),
        (" new  york ", "America/New_York"),
        ("chatham", "Pacific/Chatham"),
        ("america/new york", "America/New_York"),
        ("Asia/Calcutta", "Asia/Kolkata"),
        ("utc", "UTC"),
    ],
)
def test_a_place_alone_names_its_zone(typed, meant):
    assert place_meant(typed) == meant


def test_what_names_no_place_is_left_as_it_was_typed_and_refused_in_words():
    assert place_meant("Atlantis") == "Atlantis"
    with pytest.raises(UnknownZone, match="“Atlantis” is not a time zone"):
        zone_named(place_meant("Atlantis"))
