"""What the calendar shows, ready to print."""

from app.components.views import ChoiceView, StatusView, Told, View


class StripMark(View):
    """Part of a day in the strip: appointments, in a tone, or what falls into it of a freeze window, with a width."""

    left: str
    title: str
    tone: str = ""
    width: str = ""


class StripDay(View):
    """One day of the week's strip."""

    key: str
    word: str
    count: str
    href: str
    on: bool
    today: bool
    past: bool
    out: list[StripMark]
    back: list[StripMark]
    people: list[StripMark]
    bands: list[StripMark]
    now: str
    label: str


class AgendaEntry(View):
    """One row of the agenda: an appointment, or the edge of a freeze window."""

    key: str
    at: str
    status: StatusView
    reference: str = ""
    title: str = ""
    href: str = ""
    note: str = ""
    doubt: str = ""
    left: str = ""
    frozen: bool = False
    edge: bool = False


class DayView(View):
    """One day of the agenda."""

    key: str
    word: str
    note: str
    frozen: str
    rows: list[AgendaEntry]
    more: str
    href: str


class FreezeRow(View):
    """One freeze window that is in force or to come."""

    id: str
    status: StatusView
    span: str
    lasts: str
    reason: str
    by: str


class HeldRow(View):
    """One proposal that was due and waits until publishing is resumed."""

    reference: str
    title: str
    href: str
    lines: str
    due: str


class CalendarView(View):
    """The whole page at one instant."""

    week: str = ""
    note: str = ""
    before: str = ""
    after: str = ""
    this_week: str = ""
    is_this_week: bool = True
    day: str = ""
    whole_week: str = ""
    filters: list[ChoiceView] = []
    strip: list[StripDay] = []
    days: list[DayView] = []
    freezes: list[FreezeRow] = []
    held: list[HeldRow] = []
    held_note: str = ""
    stopped: bool = False
    stopped_words: str = ""
    stop_note: Told = ""
    resume_note: str = ""
    may_freeze: bool = False
    may_stop: bool = False
    why: str = ""
    cut: str = ""
