"""Working time: deadlines that run only while people are there, and how much of it lies between two instants.

Every working day is turned into instants before anything is counted, so a day with a clock change has its real length.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Annotated, NamedTuple, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from app.timekeeping.local_time import at_or_after, utc, zone_named

MAX_DAYS = 20 * 366
"""How far ahead a deadline is looked for."""

_NONE = timedelta()
_A_DAY = timedelta(days=1)
_MIDNIGHT = time(0)


class NoSuchDeadline(ValueError):
    """A calendar has not that much working time within twenty years."""


def _in_order(values: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(sorted(set(values)))


def _dates_in_order(values: tuple[date, ...]) -> tuple[date, ...]:
    return tuple(sorted(set(values)))


def _is_a_zone(name: str) -> str:
    return zone_named(name).key


Weekday = Annotated[int, Field(strict=True, ge=0, le=6)]
"""As `date.weekday()` counts: 0 is Monday, 6 is Sunday."""


class BusinessCalendar(BaseModel):
    """When people work, in their own zone. `closes` at 00:00 means the end of the day; holidays are local dates."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    zone: Annotated[str, AfterValidator(_is_a_zone)]
    weekdays: Annotated[tuple[Weekday, ...], Field(min_length=1), AfterValidator(_in_order)] = (0, 1, 2, 3, 4)
    opens: time = time(9)
    closes: time = time(17)
    holidays: Annotated[tuple[date, ...], Field(max_length=10_000), AfterValidator(_dates_in_order)] = ()

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> Self:
        if self.opens.tzinfo or self.closes.tzinfo:
            raise ValueError("opening hours are local; the zone is the calendar's own")
        if self.closes != _MIDNIGHT and self.closes <= self.opens:
            raise ValueError("a working day opens before it closes (00:00 closes at the end of the day)")
        return self

    def after(self, start: datetime, working: timedelta) -> datetime:
        """Return the first instant, in UTC, by which that much working time has passed since `start`.

        No working time at all has passed at once. Raises `NoSuchDeadline` if it lies more than twenty years ahead.
        """
        moment, left = utc(start), working
        if left < _NONE:
            raise ValueError("working time cannot be negative")
        if not left:
            return moment
        for opens, closes in self._shifts(moment, days=MAX_DAYS):
            begins = max(opens, moment)
            if begins + left <= closes:
                return begins + left
            left -= max(closes - begins, _NONE)
        raise NoSuchDeadline("The calendar has not that much working time within twenty years.")

    @cached_property
    def _place(self) -> ZoneInfo:
        return zone_named(self.zone)

    @cached_property
    def _closed_on(self) -> frozenset[date]:
        return frozenset(self.holidays)

    def _shifts(self, start: datetime, *, days: int) -> Iterator[tuple[datetime, datetime]]:
        """Yield opening and closing instants in order, from the day before the local day of `start` on."""
        first = start.astimezone(self._place).date() - _A_DAY
        for ahead in range(days + 1):
            day = first + ahead * _A_DAY
            if day.weekday() in self.weekdays and day not in self._closed_on:
                yield self._shift(day)

    def _shift(self, day: date) -> tuple[datetime, datetime]:
        last = day + _A_DAY if self.closes == _MIDNIGHT else day
        opens = at_or_after(datetime.combine(day, self.opens), self._place)
        return opens, at_or_after(datetime.combine(last, self.closes), self._place)


class Sla(BaseModel):
    """How much working time a queue has for one item, by which calendar."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    working: Annotated[timedelta, Field(gt=_NONE, le=timedelta(days=366))]
    calendar: BusinessCalendar


class DueTimes(NamedTuple):
    """The three instants of an item's clock, in UTC and in this order."""

    remind_at: datetime
    escalate_at: datetime
    expires_at: datetime


class Deadlines:
    """When an item is reminded of, escalated and given up: at half, at the whole and at twice its time."""

    def __init__(self, sla: Sla) -> None:
        self._sla = sla

    def of(self, start: datetime) -> DueTimes:
        """Return the deadlines of an item that came in at `start`."""
        working, after = self._sla.working, self._sla.calendar.after
        return DueTimes(after(start, working // 2), after(start, working), after(start, working * 2))
