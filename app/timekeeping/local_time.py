"""From a date, a time and a zone, as people say them, to the one instant that is meant; and back into words.

Where a clock change makes a local time impossible or double, nothing is guessed: a typed refusal says what exists.
"""

from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib import resources
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, AwareDatetime

from app.words.instants import told_in

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NOT_PLACES = {"localtime", "posixrules", "Factory"}
"""Names that mean something else on every machine, or nothing."""


class NotAnInstant(ValueError):
    """A local date and time that does not name exactly one instant."""

    code = "not_an_instant"


class UnknownZone(NotAnInstant):
    """A zone that the time zone database does not list."""

    code = "unknown_zone"

    def __init__(self, name: str) -> None:
        super().__init__(f"“{name[:40]}” is not a time zone. Use a name like Europe/Berlin.")
        self.zone = name


class GapTime(NotAnInstant):
    """A local time that the clocks skip. `next` is the first local time after the gap, aware."""

    code = "gap_time"

    def __init__(self, wanted: datetime, zone: str, following: datetime) -> None:
        super().__init__(
            f"{_plain(wanted)} does not exist in {zone}: the clocks skip it."
            f" The next time that does is {_told(following)}."
        )
        self.wanted, self.zone, self.next = wanted, zone, following


class DoubledTime(NotAnInstant):
    """A local time that happens twice. `first` and `second` are its instants, chosen by fold 0 and 1."""

    code = "doubled_time"

    def __init__(self, wanted: datetime, zone: str, first: datetime, second: datetime) -> None:
        local = ZoneInfo(zone)
        both = f"{_told(first.astimezone(local))} and {_told(second.astimezone(local))}"
        super().__init__(f"{_plain(wanted)} happens twice in {zone}: {both}. Say which one is meant.")
        self.wanted, self.zone, self.first, self.second = wanted, zone, first, second


def utc(moment: datetime) -> datetime:
    """Return an aware datetime in UTC, where comparing and subtracting mean what they say. Refuses a naive one."""
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise ValueError("A moment without a zone is not an instant.")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("This instant is beyond the calendar.") from None


Instant = Annotated[AwareDatetime, AfterValidator(utc)]
"""A model field that holds an instant, always in UTC."""


def zone_named(name: str) -> ZoneInfo:
    """Return a zone by its name in the time zone database. Raises `UnknownZone`; never touches another file."""
    if name not in _known():
        raise UnknownZone(name)
    return ZoneInfo(name)


def instant(day: date, at: time, zone: str, fold: int | None = None) -> datetime:
    """Return the instant, in UTC, of a local date and time.

    Raises `GapTime` if the clocks skip it, `DoubledTime` if it happens twice and `fold` (0 the first, 1 the second)
    does not say which, `UnknownZone`, and `NotAnInstant` at the ends of the calendar or for a time with an offset.
    """
    if fold not in (None, 0, 1):
        raise ValueError("fold is 0, 1 or not given")
    if at.tzinfo is not None:
        raise NotAnInstant(f"The time {at.isoformat()} has an offset of its own beside the zone {zone[:40]}. Say one.")
    wanted = datetime.combine(day, at.replace(fold=0))
    first, second = both_readings(wanted, zone_named(zone))
    if first > second:
        raise GapTime(wanted, zone, _end_of_gap(wanted, zone))
    if first < second and fold is None:
        raise DoubledTime(wanted, zone, first, second)
    return second if fold == 1 else first


def both_readings(wanted: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the instants a naive local time means by the offset before and after a clock change, if one is near.

    Equal: an ordinary time. Ascending: it happens twice. Descending: it is skipped.
    """
    before = wanted.replace(tzinfo=zone, fold=0)
    after = wanted.replace(tzinfo=zone, fold=1)
    try:
        return before.astimezone(UTC), after.astimezone(UTC)
    except OverflowError:
        raise NotAnInstant(f"{_plain(wanted)} lies beyond the calendar.") from None


def at_or_after(wanted: datetime, zone: ZoneInfo) -> datetime:
    """Return the first instant, in UTC, at which a clock in the zone shows this naive local time or a later one."""
    first, second = both_readings(wanted, zone)
    return utc(_end_of_gap(wanted, zone.key)) if first > second else first


@cache
def zones() -> tuple[str, ...]:
    """Return the zones to choose from: UTC, then one name per place, without abbreviations and former spellings."""
    table = resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8")
    places = {line.split("\t")[2] for line in table.splitlines() if line and not line.startswith("#")}
    return ("UTC", *sorted(places & _known()))


def in_words(moment: datetime, zone: str) -> str:
    """Say an instant in a zone: `Sun 25 Oct 2026, 02:30 in Europe/Berlin (UTC+2)`."""
    there = utc(moment).astimezone(zone_named(zone))
    place = f" in {zone} ({_offset(there)})" if zone != "UTC" else " UTC"
    return f"{_DAYS[there.weekday()]} {there.day} {_MONTHS[there.month - 1]} {there.year}, {_clock(there)}{place}"


def one_name(zone: str) -> str:
    """Return the name under which `zones` lists a place: `Asia/Kolkata` for `Asia/Calcutta`. Raises `UnknownZone`."""
    name = zone_named(zone).key
    return name if name in zones() else _renamed().get(name, name)


def watch_from(zone: str) -> None:
    """Let whatever is shown from here on, in this task and its threads, be shown in a zone; `""`: in this machine's."""
    _watched_from.set(ZoneInfo(one_name(zone)) if zone else None)


def zone_here() -> str:
    """Return the name of the zone that is watched from; `UTC` where nobody was named."""
    place = _watched_from.get()
    return place.key if place else "UTC"


def place_meant(text: str) -> str:
    """Return the listed name of a zone as somebody typed it: `america/new york`, or its place alone, `new york`.

    What names no zone, or places in two, is returned as it is, for `zone_named` to refuse in words.
    """
    typed = " ".join(text.split()).replace(" ", "_").casefold()
    known = _by_typing().get(typed)
    return one_name(known) if known else text


@cache
def _by_typing() -> dict[str, str]:
    places = [name.rpartition("/")[2].casefold() for name in zones()]
    alone = {place: name for place, name in zip(places, zones(), strict=True) if places.count(place) == 1}
    return alone | {name.casefold(): name for name in _known()}


def seen_from_here(moment: datetime) -> datetime:
    """Return an instant in the zone of the person who is shown it; this machine's where nobody was named."""
    return moment.astimezone(_watched_from.get())


def told_here(text: str) -> str:
    """Tell the instants written in a text in the zone of the person who is shown it, named; UTC where nobody was."""
    return told_in(text, _watched_from.get() or ZoneInfo("UTC"))


def meant_here(moment: datetime) -> datetime:
    """Return the instant that a date and time without a zone are, for the person who is shown them; in UTC.

    Raises `OverflowError` where that lies beyond what can be told.
    """
    return moment.replace(tzinfo=_watched_from.get()).astimezone(UTC)


_watched_from: ContextVar[ZoneInfo | None] = ContextVar("watched_from", default=None)


@cache
def _renamed() -> dict[str, str]:
    """Former and other spellings, each with the listed name that it is linked to."""
    table = resources.files("tzdata").joinpath("zoneinfo", "tzdata.zi").read_text("utf-8")
    links = {words[2]: words[1] for line in table.splitlines() if (words := line.split())[:1] == ["L"]}
    return {name: place for name, place in links.items() if place in zones()}


@cache
def _known() -> frozenset[str]:
    return frozenset(available_timezones() - _NOT_PLACES)


def _end_of_gap(wanted: datetime, zone: str) -> datetime:
    """Find the clock change that skips a local time, and return the first local time after it."""
    place = ZoneInfo(zone)
    late, early = (reading.replace(microsecond=0) for reading in both_readings(wanted, place))
    late += timedelta(seconds=1)
    changed = late.astimezone(place).utcoffset()
    while late - early > timedelta(seconds=1):
        middle = early + timedelta(seconds=(late - early) // timedelta(seconds=2))
        if middle.astimezone(place).utcoffset() == changed:
            late = middle
        else:
            early = middle
    return late.astimezone(place)


def _plain(wanted: datetime) -> str:
    return f"{wanted.date().isoformat()} {_clock(wanted)}"


def _told(there: datetime) -> str:
    return f"{_plain(there)} ({_offset(there)})"


def _clock(there: datetime) -> str:
    return f"{there:%H:%M:%S}" if there.second else f"{there:%H:%M}"


def _offset(there: datetime) -> str:
    minutes = (there.utcoffset() or timedelta()) // timedelta(minutes=1)
    hours, part = divmod(abs(minutes), 60)
    return f"UTC{'−' if minutes < 0 else '+'}{hours}" + (f":{part:02d}" if part else "")
