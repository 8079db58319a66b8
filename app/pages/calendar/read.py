"""From the lifecycle's clock to one week of the calendar."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlmodel import Session

from app import routes
from app.components import format as shown
from app.components import vocabulary
from app.components.states import FreezeState
from app.components.views import ChoiceView
from app.database import reading
from app.identity.actor import Actor
from app.identity.roles import Permission
from app.lifecycle.clock import schedule
from app.lifecycle.clock.schedule import Appointment, Due, HeldByFreeze
from app.lifecycle.publishing import brakes
from app.lifecycle.records import Freeze, Proposal, PublishingStop
from app.lifecycle.table.status import Status
from app.lifecycle.views import lists
from app.lifecycle.views.lists import Course
from app.lifecycle.views.queries import reference_of
from app.pages.calendar.view import AgendaEntry, CalendarView, DayView, FreezeRow, HeldRow, StripDay, StripMark
from app.timekeeping.local_time import meant_here
from app.words.counting import count, noun, plural, some_of
from app.words.duration import duration
from app.words.title import title_of

DAY = timedelta(days=1)
SLOTS = 48
"""Into so many parts a day of the strip is cut; what falls into one part is one mark."""
ROWS, ROWS_OF_ONE_DAY = 30, 500
CUT = 2_000
FILTERS: dict[str, tuple[str, frozenset[Due]]] = {
    "": ("All", frozenset()),
    "publishes": ("Publishes", frozenset({Due.PUBLISHES})),
    "waves": ("Waves", frozenset({Due.WAVE})),
    "returns": ("Returns", frozenset({Due.RETURNS})),
    "deadlines": ("Deadlines", frozenset({Due.REMINDS, Due.ESCALATES, Due.EXPIRES})),
}
GOES_OUT, COMES_BACK = frozenset({Due.PUBLISHES, Due.WAVE}), frozenset({Due.RETURNS})


@dataclass(frozen=True, slots=True)
class WeekAsked:
    """What the address bar asks for: a week by its Monday, perhaps one day of it, and which kinds."""

    monday: date
    day: date | None = None
    show: str = ""

    def address(self, now: datetime) -> str:
        """Return the address of this page; this week and everything are the unsaid cases."""
        week = "" if self.monday == monday_of(shown.local(now).date()) else self.monday.isoformat()
        day = self.day.isoformat() if self.day else ""
        return routes.with_query(routes.CALENDAR, week=week, day=day, show=self.show)


def wanted(asked: Mapping[str, str], now: datetime) -> WeekAsked:
    """Read the address; what makes no sense there is this week, all of it, everything."""
    today = shown.local(now).date()
    day = _day(asked.get("day", ""))
    monday = monday_of(_day(asked.get("week", "")) or day or today)
    inside = day is not None and monday <= day < monday + 7 * DAY
    show = asked.get("show", "")
    return WeekAsked(monday, day if inside else None, show if show in FILTERS else "")


def monday_of(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - day.weekday() * DAY


def calendar_page(actor: Actor, asked: WeekAsked, now: datetime) -> CalendarView:
    """Read the week that was asked for."""
    with reading() as session:
        return _calendar(session, actor, asked, now)


def _calendar(session: Session, actor: Actor, asked: WeekAsked, now: datetime) -> CalendarView:
    start, end = _midnight(asked.monday), _midnight(asked.monday + 7 * DAY)
    found = schedule.calendar(session, start, end)
    kinds = FILTERS[asked.show][1]
    chosen = [row for row in found if not kinds or row.kind in kinds]
    courses = lists.courses(session, sorted({row.reference for row in chosen}))
    frozen, stop = brakes.freezes(session, since=min(start, now)), brakes.stopped(session)
    week = _Week(asked, chosen, courses, frozen, stop, now)
    ahead = [window for window in frozen if window.ends > now]
    held = lists.held_back(session, now) if stop else []
    may_freeze, may_stop = actor.may(Permission.FREEZE), actor.may(Permission.STOP_PUBLISHING)
    return CalendarView(
        week=_week_in_words(asked.monday),
        note=_note(chosen, ahead),
        before=replace(asked, monday=asked.monday - 7 * DAY, day=None).address(now),
        after=replace(asked, monday=asked.monday + 7 * DAY, day=None).address(now),
        this_week=WeekAsked(monday_of(shown.local(now).date()), None, asked.show).address(now),
        is_this_week=asked.monday == monday_of(shown.local(now).date()),
        day=asked.day.isoformat() if asked.day else "",
        whole_week=replace(asked, day=None).address(now),
        filters=[_choice(asked, show, found, now) for show in FILTERS],
        strip=[week.strip(asked.monday + n * DAY) for n in range(7)],
        days=list(week.days()),
        freezes=[_freeze(window, now) for window in ahead],
        held=[_held(row, now) for row in held],
        held_note=f"{plural(len(held), 'proposal')} due while publishing is stopped" if held else "",
        stopped=stop is not None,
        stopped_words=f"{stop.stopped_by}, {shown.when(stop.stopped_at, now)}: {stop.reason}" if stop else "",
        stop_note=_stop_note(session, now),
        resume_note=_resume_note(held),
        may_freeze=may_freeze,
        may_stop=may_stop,
        why=_why(actor, may_freeze, may_stop),
        cut=f"Only the first {CUT:,} appointments of the week are listed." if len(found) >= CUT else "",
    )


class _Week:
    """One week's appointments and freeze windows, laid out."""

    def __init__(
        self,
        asked: WeekAsked,
        rows: Sequence[Appointment],
        courses: Mapping[str, Course],
        windows: Sequence[Freeze],
        stop: PublishingStop | None,
        now: datetime,
    ) -> None:
        self._asked, self._courses, self._windows, self._stop, self._now = asked, courses, windows, stop, now
        self._today = shown.local(now).date()
        self._of: dict[date, list[Appointment]] = {}
        for row in rows:
            self._of.setdefault(shown.local(row.at).date(), []).append(row)

    def strip(self, day: date) -> StripDay:
        """Draw one day of the strip."""
        rows, start = self._of.get(day, []), _midnight(day)
        length = _midnight(day + DAY) - start
        frozen = [window for window in self._windows if window.starts < start + length and window.ends > start]
        bands = [_band(window, start, length, self._now) for window in frozen]
        other = self._asked.day == day
        counted = count(len(rows)) if rows else ""
        return StripDay(
            key=day.isoformat(),
            word=f"{day:%a} {day.day}",
            count=counted,
            href=replace(self._asked, day=None if other else day).address(self._now),
            on=other,
            today=day == self._today,
            past=day < self._today,
            out=_marks([row for row in rows if row.kind in GOES_OUT], start, length, "live"),
            back=_marks([row for row in rows if row.kind in COMES_BACK], start, length, "undo"),
            people=_marks([row for row in rows if row.kind not in GOES_OUT | COMES_BACK], start, length, "warn"),
            bands=bands,
            now=_percent(self._now - start, length) if day == self._today else "",
            label=f"{day:%A} {day.day} {day:%B}: {plural(len(rows), 'appointment')}"
            + ("".join(f", {band.title}" for band in bands)),
        )

    def days(self) -> Iterator[DayView]:
        """Yield the days of the agenda, from today on (a week that is over has none)."""
        days = [self._asked.day] if self._asked.day else [self._asked.monday + n * DAY for n in range(7)]
        for day in days:
            if day >= self._today or self._of.get(day):
                yield self._day(day)

    def _day(self, day: date) -> DayView:
        start, end = _midnight(day), _midnight(day + DAY)
        rows, limit = self._of.get(day, []), ROWS_OF_ONE_DAY if self._asked.day else ROWS
        last = rows[limit].at if len(rows) > limit else end
        entries = [edge for window in self._windows for edge in self._edges(window) if start <= edge[0] < last]
        entries += [(row.at, self._entry(row)) for row in rows[:limit]]
        ordered = [entry for _, entry in sorted(entries, key=lambda pair: pair[0])]
        whole = next((window for window in self._windows if window.starts <= start and window.ends >= end), None)
        return DayView(
            key=day.isoformat(),
            word=_day_in_words(day, self._today),
            note=plural(len(rows), "appointment") if rows else "nothing by the clock",
            frozen=f"Frozen all day: {whole.reason}" if whole else "",
            rows=ordered,
            more=f"{count(len(rows) - limit)} more on this day" if len(rows) > limit else "",
            href=replace(self._asked, day=day).address(self._now),
        )

    def _entry(self, row: Appointment) -> AgendaEntry:
        return AgendaEntry(
            key=f"{row.at.isoformat()}/{row.kind}/{row.reference}",
            at=shown.clock(row.at),
            status=vocabulary.appointment(row.kind),
            reference=row.reference,
            title=title_of(row.reason)[0],
            href=routes.proposal(row.reference),
            note=_what(row, self._courses.get(row.reference)),
            doubt=self._doubt(row),
            left=shown.left(row.at, self._now),
            frozen=any(window.starts <= row.at < window.ends for window in self._windows),
        )

    def _doubt(self, row: Appointment) -> str:
        """Say what it waits for: of a judged wave the next one does, after the last one nothing."""
        course = self._courses.get(row.reference)
        if row.kind == Due.WAVE and not (course and row.wave <= course.waves):
            return ""
        wave = f"wave {row.wave} " if row.kind == Due.WAVE else ""
        if self._stop and row.kind in GOES_OUT | COMES_BACK:
            return f"{wave}waits if publishing is still stopped"
        return f"{wave}{_held_by(row.held, row.at, self._now)}" if row.held else ""

    def _edges(self, window: Freeze) -> Iterator[tuple[datetime, AgendaEntry]]:
        until = f"until {shown.when(window.ends, self._now)}, by {window.made_by}"
        yield window.starts, self._edge(window, FreezeState.BEGINS, window.starts, until)
        yield window.ends, self._edge(window, FreezeState.ENDS, window.ends, "what waited for it goes out")

    def _edge(self, window: Freeze, edge: FreezeState, at: datetime, note: str) -> AgendaEntry:
        return AgendaEntry(
            key=f"{window.id}/{edge}",
            at=shown.clock(at),
            status=vocabulary.look(vocabulary.FREEZES, edge),
            title=window.reason,
            note=note,
            left=shown.left(at, self._now),
            frozen=True,
            edge=True,
        )


def _what(row: Appointment, course: Course | None) -> str:
    lines = plural(row.lines, "line")
    waves = course.waves if course else 0
    if row.kind == Due.PUBLISHES:
        return f"{lines}, wave 1 of {waves}" if waves > 1 else lines
    if row.kind == Due.WAVE:
        judged = f"wave {row.wave - 1} of {waves} is judged"
        return f"{judged}; wave {row.wave} follows if it passes" if row.wave <= waves else f"{judged}, the last"
    undecided = course is not None and course.status is Status.PENDING_APPROVAL
    return {
        Due.RETURNS: f"{lines} back to the earlier price" + (", also if nobody decides" if undecided else ""),
        Due.REMINDS: "half of the time to decide is over",
        Due.ESCALATES: "the rule owners may decide too",
        Due.EXPIRES: "nothing changes, it can be proposed again",
    }.get(row.kind, lines)


def _held_by(held: HeldByFreeze, at: datetime, now: datetime) -> str:
    """Say which freeze it waits for; where it stands at the end of that, when it was planned instead."""
    planned = f"planned for {shown.when(held.planned, now)}, " if held.planned and held.until == at else ""
    until = f", {shown.when(held.until, now)}" if held.until > at else ""
    return f"{planned}waits for the freeze to end{until}: {held.reason}"


def _marks(rows: Sequence[Appointment], start: datetime, length: timedelta, tone: str) -> list[StripMark]:
    slots: dict[int, list[Appointment]] = {}
    for row in rows:
        slots.setdefault(int(SLOTS * ((row.at - start) / length)), []).append(row)
    return [
        StripMark(
            left=f"{100 * slot / SLOTS:.2f}%",
            tone="idle" if all(row.kind == Due.REMINDS for row in found) else tone,
            title=some_of([f"{shown.clock(row.at)} {row.reference} {row.kind}" for row in found], most=4),
        )
        for slot, found in sorted(slots.items())
    ]


def _band(window: Freeze, start: datetime, length: timedelta, now: datetime) -> StripMark:
    begins, ends = max(window.starts, start), min(window.ends, start + length)
    title = f"frozen {_span(window)}: {window.reason}"
    return StripMark(left=_percent(begins - start, length), width=_percent(ends - begins, length), title=title)


def _percent(part: timedelta, whole: timedelta) -> str:
    return f"{100 * (part / whole):.2f}%"


def _freeze(window: Freeze, now: datetime) -> FreezeRow:
    going = window.starts <= now
    return FreezeRow(
        id=window.id,
        status=vocabulary.look(vocabulary.FREEZES, FreezeState.IN_FORCE if going else FreezeState.ANNOUNCED),
        span=_span(window),
        lasts=duration((window.ends - window.starts).total_seconds()),
        reason=window.reason,
        by=window.made_by,
    )


def _span(window: Freeze) -> str:
    begins, ends = shown.local(window.starts), shown.local(window.ends)
    last = f"{ends:%H:%M}" if ends.date() == begins.date() else _moment(ends)
    return f"{_moment(begins)} to {last}"


def _moment(at: datetime) -> str:
    return f"{at:%a} {at.day} {at:%b}, {at:%H:%M}"


def _held(row: Proposal, now: datetime) -> HeldRow:
    reference = reference_of(row.number)
    return HeldRow(
        reference=reference,
        title=title_of(row.reason)[0],
        href=routes.proposal(reference),
        lines=plural(row.lines, "line"),
        due=f"due {shown.when(row.effective_at, now)}" if row.effective_at else "as soon as possible",
    )


def _stop_note(session: Session, now: datetime) -> str:
    soon = schedule.calendar(session, now, now + DAY)
    waits = sum(1 for row in soon if row.kind in (Due.PUBLISHES, Due.RETURNS))
    courses = lists.courses(session, [row.reference for row in soon if row.kind == Due.WAVE])
    waves = sum(1 for row in soon if row.kind == Due.WAVE and row.wave <= courses[row.reference].waves)
    ends = brakes.ends_held_by_stop(session, now)
    waiting = f"{plural(waits, 'publication')} and {plural(waves, 'wave')} planned for the next 24 h will wait"
    return f"{waiting}. {ends.rstrip('.')}" if ends else waiting


def _resume_note(held: Sequence[Proposal]) -> str:
    lines = sum(row.lines for row in held)
    if not held:
        return "Nothing waits at the moment."
    return (
        f"{plural(len(held), 'proposal')} with {plural(lines, 'line')}"
        f" {noun(len(held), 'goes', 'go')} out at once, late."
    )


def _why(actor: Actor, may_freeze: bool, may_stop: bool) -> str:
    if may_freeze and may_stop:
        return ""
    roles = ", ".join(sorted(role.value for role in actor.roles)) or "none"
    return f"Operators and owners {'freeze' if may_stop else 'may'}; your role: {roles}"


def _choice(asked: WeekAsked, show: str, found: Sequence[Appointment], now: datetime) -> ChoiceView:
    word, kinds = FILTERS[show]
    number = sum(1 for row in found if not kinds or row.kind in kinds)
    href = replace(asked, show=show).address(now)
    return ChoiceView(key=show, word=f"{word} {count(number)}", href=href, on=asked.show == show)


def _note(rows: Sequence[Appointment], ahead: Sequence[Freeze]) -> str:
    freezes = f", {plural(len(ahead), 'freeze window')} ahead" if ahead else ""
    return f"{plural(len(rows), 'appointment')}{freezes}"


def _week_in_words(monday: date) -> str:
    sunday = monday + 6 * DAY
    first = f"{monday.day}" if monday.month == sunday.month else f"{monday.day} {monday:%b}"
    return f"{first} to {sunday.day} {sunday:%b %Y}"


def _day_in_words(day: date, today: date) -> str:
    word = {0: "Today, ", 1: "Tomorrow, "}.get((day - today).days, "")
    return f"{word}{day:%a} {day.day} {day:%b}"


def _midnight(day: date) -> datetime:
    return meant_here(datetime(day.year, day.month, day.day))


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2100 else None
