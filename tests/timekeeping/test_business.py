"""Working time: it runs only while people are there, and a day with a clock change has its real length."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from app.timekeeping.business import BusinessCalendar, Deadlines, NoSuchDeadline, Sla
from app.timekeeping.local_time import instant

HOUR, NONE = timedelta(hours=1), timedelta()
OFFICE = BusinessCalendar(zone="Europe/Berlin", holidays=(date(2026, 12, 25),))
NIGHT = BusinessCalendar(zone="Europe/Berlin", weekdays=(5, 6), opens=time(0), closes=time(4))

hours = st.sampled_from([(time(0), time(4)), (time(2, 30), time(9)), (time(9), time(17)), (time(0), time(0))])
calendars = st.builds(
    lambda zone, weekdays, hours, holidays: BusinessCalendar(
        zone=zone, weekdays=weekdays, opens=hours[0], closes=hours[1], holidays=holidays
    ),
    zone=st.sampled_from(["Europe/Berlin", "Asia/Kolkata", "America/St_Johns", "America/Havana", "Pacific/Apia"]),
    weekdays=st.lists(st.integers(0, 6), min_size=1).map(tuple),
    hours=hours,
    holidays=st.lists(st.dates(date(2011, 1, 1), date(2011, 12, 31)), max_size=40).map(tuple),
)
moments = st.datetimes(datetime(2010, 10, 1), datetime(2012, 3, 1)).map(lambda naive: naive.replace(tzinfo=UTC))
spans = st.timedeltas(NONE, timedelta(days=5)) | st.integers(0, 400).map(lambda quarters: quarters * HOUR / 4)


def always(zone: str) -> BusinessCalendar:
    """A place that never closes."""
    return BusinessCalendar(zone=zone, weekdays=tuple(range(7)), opens=time(0), closes=time(0))


def worked(calendar: BusinessCalendar, start: datetime, end: datetime) -> timedelta:
    """How long people work from one instant to a later one, added up shift by shift."""
    first, last = start.astimezone(UTC), end.astimezone(UTC)
    shifts = calendar._shifts(first, days=(last - first).days + 3)
    return sum((max(min(closes, last) - max(opens, first), NONE) for opens, closes in shifts), NONE)


def berlin(day: int, hour: int, minute: int = 0, *, month: int = 11, fold: int = 0) -> datetime:
    return instant(date(2026, month, day), time(hour, minute), "Europe/Berlin", fold)


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        (berlin(23, 10), 4, berlin(23, 14)),
        (berlin(23, 10), 7, berlin(23, 17)),
        (berlin(23, 10), 8, berlin(24, 10)),
        (berlin(23, 6), 1, berlin(23, 10)),
        (berlin(27, 16), 2, berlin(30, 10)),
        (berlin(28, 12), 1, berlin(30, 10)),
        (berlin(24, 16, month=12), 2, berlin(28, 10, month=12)),
        (berlin(28, 12), 0, berlin(28, 12)),
    ],
)
def test_a_deadline_runs_only_while_people_work(start: datetime, hours: int, due: datetime) -> None:
    assert OFFICE.after(start, hours * HOUR) == due


def test_a_shift_over_a_clock_change_has_its_real_length() -> None:
    spring, autumn = berlin(29, 0, month=3), berlin(25, 0, month=10)
    assert worked(NIGHT, spring, spring + 12 * HOUR) == 3 * HOUR
    assert worked(NIGHT, autumn, autumn + 12 * HOUR) == 5 * HOUR
    assert NIGHT.after(spring, 3 * HOUR) == berlin(29, 4, month=3)
    assert NIGHT.after(autumn, 3 * HOUR) == berlin(25, 2, month=10, fold=1)


def test_a_day_that_never_was_has_no_working_time() -> None:
    apia = always("Pacific/Apia")
    before = instant(date(2011, 12, 29), time(12), "Pacific/Apia")
    after = instant(date(2011, 12, 31), time(12), "Pacific/Apia")
    assert worked(apia, before, after) == 24 * HOUR
    fridays = BusinessCalendar(zone="Pacific/Apia", weekdays=(4,))
    assert worked(fridays, before, after) == NONE


def test_a_place_that_never_closes_counts_every_second() -> None:
    start = berlin(1, 0, month=1)
    for calendar in (always("America/Havana"), always("UTC")):
        assert worked(calendar, start, start + 365 * 24 * HOUR) == 365 * 24 * HOUR
        assert calendar.after(start, 400 * 24 * HOUR) == start + 400 * 24 * HOUR


def test_a_start_given_in_any_zone_is_the_same_instant() -> None:
    start = berlin(25, 2, 30, month=10, fold=1)
    there = start.astimezone(ZoneInfo("Europe/Berlin"))
    assert NIGHT.after(there, HOUR) == NIGHT.after(start, HOUR) == start + HOUR


def test_the_moment_of_closing_is_closed() -> None:
    instant_later = timedelta(microseconds=1)
    assert OFFICE.after(berlin(23, 17), instant_later) == berlin(24, 9) + instant_later
    assert OFFICE.after(berlin(23, 9), instant_later) == berlin(23, 9) + instant_later


def test_reminder_escalation_and_expiry_are_half_whole_and_twice() -> None:
    due = Deadlines(Sla(working=8 * HOUR, calendar=OFFICE)).of(berlin(27, 12))
    assert due == (berlin(27, 16), berlin(30, 12), berlin(1, 12, month=12))
    assert due.remind_at < due.escalate_at < due.expires_at


@settings(max_examples=150, deadline=None)
@given(calendars, moments, spans)
def test_the_working_time_up_to_a_deadline_is_what_was_given(
    calendar: BusinessCalendar, start: datetime, working: timedelta
) -> None:
    due = calendar.after(start, working)
    assert worked(calendar, start, due) == working
    if working:
        assert worked(calendar, start, due - timedelta(microseconds=1)) < working


@settings(max_examples=150, deadline=None)
@given(calendars, moments, moments)
def test_a_deadline_after_the_working_time_between_two_instants_is_not_beyond_the_second(
    calendar: BusinessCalendar, one: datetime, other: datetime
) -> None:
    start, end = sorted((one, other))
    working = worked(calendar, start, end)
    due = calendar.after(start, working)
    assert due <= end
    assert worked(calendar, due, end) == NONE


@settings(max_examples=100, deadline=None)
@given(calendars, moments, moments, spans, spans)
def test_later_starts_and_longer_spans_never_end_earlier(
    calendar: BusinessCalendar, one: datetime, other: datetime, short: timedelta, long: timedelta
) -> None:
    early, late = sorted((one, other))
    less, more = sorted((short, long))
    assert calendar.after(early, less) <= calendar.after(late, less)
    assert calendar.after(early, less) <= calendar.after(early, more)
    assert worked(calendar, early, late) <= late - early


@settings(max_examples=40, deadline=None)
@given(calendars, moments, st.integers(1, 60))
def test_without_clock_changes_working_time_is_what_a_clock_on_the_wall_counts(
    calendar: BusinessCalendar, start: datetime, hours: int
) -> None:
    calendar, start, minute = calendar.model_copy(update={"zone": "Asia/Kolkata"}), start.replace(second=0), HOUR / 60
    start = start.replace(microsecond=0)
    counted = sum((minute for n in range(hours * 60) if _works(calendar, start + n * minute)), NONE)
    assert worked(calendar, start, start + hours * HOUR) == counted


def _works(calendar: BusinessCalendar, moment: datetime) -> bool:
    there = moment.astimezone(ZoneInfo(calendar.zone))
    inside = calendar.opens <= there.time() and (calendar.closes == time(0) or there.time() < calendar.closes)
    return inside and there.weekday() in calendar.weekdays and there.date() not in calendar.holidays


def test_a_calendar_survives_its_json_and_forgets_repetitions() -> None:
    calendar = BusinessCalendar(zone="Asia/Kolkata", weekdays=(4, 0, 0), holidays=(date(2026, 1, 26), date(2026, 1, 1)))
    assert BusinessCalendar.model_validate_json(calendar.model_dump_json()) == calendar
    assert (calendar.weekdays, calendar.holidays[0]) == ((0, 4), date(2026, 1, 1))


@pytest.mark.parametrize(
    "broken",
    [
        '{"zone": "Berlin"}',
        '{"zone": "UTC", "weekdays": []}',
        '{"zone": "UTC", "weekdays": [7]}',
        '{"zone": "UTC", "opens": "17:00", "closes": "09:00"}',
        '{"zone": "UTC", "opens": "09:00", "closes": "09:00"}',
        '{"zone": "UTC", "opens": "09:00Z"}',
    ],
)
def test_a_calendar_that_makes_no_sense_is_refused(broken: str) -> None:
    with pytest.raises(ValidationError):
        BusinessCalendar.model_validate_json(broken)


def test_a_deadline_that_never_comes_is_refused() -> None:
    start = berlin(23, 10)
    every_monday = tuple(start.date() + timedelta(days=7 * week) for week in range(-2, 1_100))
    closed = BusinessCalendar(zone="UTC", weekdays=(0,), holidays=every_monday)
    with pytest.raises(NoSuchDeadline):
        closed.after(start, HOUR)
    with pytest.raises(ValueError, match="negative"):
        OFFICE.after(start, -HOUR)
    with pytest.raises(ValueError, match="not an instant"):
        OFFICE.after(datetime(2026, 11, 23, 10), HOUR)
