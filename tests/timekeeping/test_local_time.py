"""One instant for each date, time and zone that people name; a typed refusal where there is none or there are two."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.timekeeping.local_time import (
    DoubledTime,
    GapTime,
    NotAnInstant,
    UnknownZone,
    at_or_after,
    in_words,
    instant,
    utc,
    zones,
)

BERLIN, KOLKATA, ST_JOHNS, APIA = "Europe/Berlin", "Asia/Kolkata", "America/St_Johns", "Pacific/Apia"
RESTLESS = (
    BERLIN,
    KOLKATA,
    ST_JOHNS,
    APIA,
    "America/Havana",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "Africa/Cairo",
)


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "hour", "zone", "meant"),
    [
        (date(2026, 7, 1), time(9), BERLIN, at(2026, 7, 1, 7)),
        (date(2026, 12, 1), time(9), BERLIN, at(2026, 12, 1, 8)),
        (date(2026, 7, 1), time(0), KOLKATA, at(2026, 6, 30, 18, 30)),
        (date(2026, 7, 1), time(9), ST_JOHNS, at(2026, 7, 1, 11, 30)),
        (date(2026, 12, 1), time(9), ST_JOHNS, at(2026, 12, 1, 12, 30)),
        (date(2028, 2, 29), time(23, 59), KOLKATA, at(2028, 2, 29, 18, 29)),
        (date(2011, 12, 29), time(23, 59), APIA, at(2011, 12, 30, 9, 59)),
        (date(2011, 12, 31), time(0), APIA, at(2011, 12, 30, 10)),
        (date(2026, 7, 1), time(9), "UTC", at(2026, 7, 1, 9)),
    ],
)
def test_a_local_time_is_one_instant(day: date, hour: time, zone: str, meant: datetime) -> None:
    assert instant(day, hour, zone) == meant


@pytest.mark.parametrize(
    ("day", "hour", "zone", "following"),
    [
        (date(2026, 3, 29), time(2), BERLIN, datetime(2026, 3, 29, 3)),
        (date(2026, 3, 29), time(2, 59, 59, 999_999), BERLIN, datetime(2026, 3, 29, 3)),
        (date(2011, 3, 13), time(0, 30), ST_JOHNS, datetime(2011, 3, 13, 1, 1)),
        (date(2011, 12, 30), time(0), APIA, datetime(2011, 12, 31)),
        (date(2011, 12, 30), time(12), APIA, datetime(2011, 12, 31)),
        (date(2011, 12, 30), time(23, 59, 59), APIA, datetime(2011, 12, 31)),
        (date(2026, 10, 4), time(2, 15), "Australia/Lord_Howe", datetime(2026, 10, 4, 2, 30)),
    ],
)
def test_a_time_that_the_clocks_skip_is_refused_with_the_next_that_exists(
    day: date, hour: time, zone: str, following: datetime
) -> None:
    for fold in (None, 0, 1):
        with pytest.raises(GapTime) as refused:
            instant(day, hour, zone, fold)
        assert refused.value.next.replace(tzinfo=None) == following
        assert utc(refused.value.next) == instant(following.date(), following.time(), zone)


def test_a_skipped_time_is_explained() -> None:
    with pytest.raises(GapTime) as refused:
        instant(date(2026, 3, 29), time(2, 30), BERLIN)
    assert str(refused.value) == (
        "2026-03-29 02:30 does not exist in Europe/Berlin: the clocks skip it."
        " The next time that does is 2026-03-29 03:00 (UTC+2)."
    )


@pytest.mark.parametrize(
    ("day", "hour", "zone", "first", "second"),
    [
        (date(2026, 10, 25), time(2, 30), BERLIN, at(2026, 10, 25, 0, 30), at(2026, 10, 25, 1, 30)),
        (date(2010, 11, 6), time(23, 30), ST_JOHNS, at(2010, 11, 7, 2), at(2010, 11, 7, 3)),
        (date(2026, 4, 5), time(1, 45), "Australia/Lord_Howe", at(2026, 4, 4, 14, 45), at(2026, 4, 4, 15, 15)),
    ],
)
def test_a_time_that_happens_twice_is_asked_about_and_settled_by_fold(
    day: date, hour: time, zone: str, first: datetime, second: datetime
) -> None:
    with pytest.raises(DoubledTime) as asked:
        instant(day, hour, zone)
    assert (asked.value.first, asked.value.second) == (first, second)
    assert (instant(day, hour, zone, 0), instant(day, hour, zone, 1)) == (first, second)


def test_a_doubled_time_is_explained() -> None:
    with pytest.raises(DoubledTime) as asked:
        instant(date(2026, 10, 25), time(2, 30), BERLIN)
    assert str(asked.value) == (
        "2026-10-25 02:30 happens twice in Europe/Berlin:"
        " 2026-10-25 02:30 (UTC+2) and 2026-10-25 02:30 (UTC+1). Say which one is meant."
    )


def test_a_fold_changes_nothing_where_there_is_nothing_to_choose() -> None:
    plain = date(2026, 7, 1), time(9), BERLIN
    assert instant(*plain) == instant(*plain, 0) == instant(*plain, 1)


@pytest.mark.parametrize(
    "name", ["", "Berlin", "Europe", "europe/berlin", "../etc/passwd", "/etc/localtime", "localtime"]
)
def test_a_zone_that_nobody_lists_is_refused(name: str) -> None:
    with pytest.raises(UnknownZone, match="is not a time zone"):
        instant(date(2026, 7, 1), time(9), name)


def test_the_ends_of_the_calendar_are_refused() -> None:
    for day, hour, zone in ((date.max, time(23, 59), "America/New_York"), (date.min, time(0), BERLIN)):
        with pytest.raises(NotAnInstant, match="beyond the calendar"):
            instant(day, hour, zone)


def test_a_time_that_already_has_a_zone_is_refused() -> None:
    with pytest.raises(NotAnInstant, match="an offset of its own beside the zone"):
        instant(date(2026, 7, 1), time(9, tzinfo=UTC), BERLIN)


@settings(max_examples=400, deadline=None)
@given(st.datetimes(datetime(1990, 1, 1), datetime(2037, 1, 1)), st.sampled_from(RESTLESS))
def test_every_instant_is_found_again_from_its_local_time(naive: datetime, zone: str) -> None:
    moment = naive.replace(tzinfo=UTC)
    there = moment.astimezone(ZoneInfo(zone))
    assert instant(there.date(), there.time(), zone, there.fold) == moment


@pytest.mark.parametrize("zone", RESTLESS)
def test_near_every_clock_change_a_time_is_single_skipped_or_doubled_as_the_clock_says(zone: str) -> None:
    for wanted in _near_every_change(zone):
        assert _meant(wanted, zone) == _instants_showing(wanted, zone)


@pytest.mark.parametrize("zone", RESTLESS)
def test_the_next_time_after_a_gap_is_the_instant_at_which_the_clocks_change(zone: str) -> None:
    place = ZoneInfo(zone)
    for wanted in _near_every_change(zone):
        if not _meant(wanted, zone):
            changed = at_or_after(wanted, place)
            before = (changed - timedelta(microseconds=1)).astimezone(place).replace(tzinfo=None)
            assert before < wanted < changed.astimezone(place).replace(tzinfo=None)


def test_the_picker_offers_places_once_and_utc_first() -> None:
    offered = zones()
    assert offered[0] == "UTC"
    assert {BERLIN, KOLKATA, ST_JOHNS, APIA} <= set(offered)
    assert not {"Asia/Calcutta", "US/Pacific", "EST", "Etc/GMT+5", "localtime", "Factory"} & set(offered)
    assert 300 < len(offered) < 450
    assert len(set(offered)) == len(offered)
    assert all(instant(date(2026, 7, 1), time(12), zone) for zone in offered)


def test_an_instant_is_said_in_words() -> None:
    assert in_words(at(2026, 10, 25, 0, 30), BERLIN) == "Sun 25 Oct 2026, 02:30 in Europe/Berlin (UTC+2)"
    assert in_words(at(2026, 10, 25, 1, 30), BERLIN) == "Sun 25 Oct 2026, 02:30 in Europe/Berlin (UTC+1)"
    assert in_words(at(2028, 2, 29, 0, 0), KOLKATA) == "Tue 29 Feb 2028, 05:30 in Asia/Kolkata (UTC+5:30)"
    assert in_words(at(2026, 7, 1, 9), ST_JOHNS) == "Wed 1 Jul 2026, 06:30 in America/St_Johns (UTC−2:30)"
    assert in_words(at(2026, 7, 1, 9), "UTC") == "Wed 1 Jul 2026, 09:00 UTC"


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="not an instant"):
        in_words(datetime(2026, 7, 1), BERLIN)


def _meant(wanted: datetime, zone: str) -> list[datetime]:
    try:
        return [instant(wanted.date(), wanted.time(), zone)]
    except GapTime:
        return []
    except DoubledTime as asked:
        return [asked.first, asked.second]


def _near_every_change(zone: str) -> list[datetime]:
    """Return naive local times before, at and after every clock change from 2007 to 2027."""
    place, minute = ZoneInfo(zone), timedelta(minutes=1)
    around = [n * minute for n in (*range(-180, 181, 20), -1, 1, 29, 31)]
    changes = [change.astimezone(place) for change in _changes(place)]
    return [(change + away).replace(tzinfo=None, fold=0) for change in changes for away in around]


def _changes(place: ZoneInfo) -> list[datetime]:
    def offset(moment: datetime) -> timedelta | None:
        return moment.astimezone(place).utcoffset()

    step, half_hour = timedelta(hours=12), timedelta(minutes=30)
    eves = [eve for n in range(2 * 365 * 20) if offset(eve := at(2007, 1, 1) + n * step) != offset(eve + step)]
    within = (eve + n * half_hour for eve in eves for n in range(24))
    return [m + half_hour for m in within if offset(m) != offset(m + half_hour)]


def _instants_showing(wanted: datetime, zone: str) -> list[datetime]:
    """Find, by trying every offset there could be, the instants at which a clock shows this."""
    place = ZoneInfo(zone)
    tried = (wanted.replace(tzinfo=UTC) - timedelta(minutes=15 * n) for n in range(-4 * 15, 4 * 15 + 1))
    return sorted(moment for moment in tried if moment.astimezone(place).replace(tzinfo=None, fold=0) == wanted)
