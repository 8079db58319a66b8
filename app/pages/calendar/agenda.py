"""The week as a strip with freeze windows drawn across, and day by day as a list."""

import reflex as rx

from app.components import button, icon, link, section_head, status
from app.components.lines import table
from app.pages.calendar.state import CalendarState as State
from app.pages.calendar.view import AgendaEntry, DayView, FreezeRow, HeldRow, StripDay, StripMark

V = State.view
LANES = ("Goes out", "Comes back", "Deadlines")


def strip() -> rx.Component:
    """Draw the week: three lanes of marks, freeze windows across all of them."""
    return rx.el.div(
        rx.el.div(
            rx.el.span(class_name="ca-h"),
            *[rx.el.span(word) for word in LANES],
            class_name="ca-lab",
            aria_hidden="true",
        ),
        rx.foreach(V.strip, _strip_day),
        class_name="ca-strip",
        data_testid="strip",
    )


def _strip_day(day: StripDay) -> rx.Component:
    return link(
        rx.el.span(rx.el.span(day.word), rx.el.span(day.count, class_name="u"), class_name="ca-h"),
        rx.el.span(rx.foreach(day.out, _mark), class_name="ca-ln"),
        rx.el.span(rx.foreach(day.back, _mark), class_name="ca-ln"),
        rx.el.span(rx.foreach(day.people, _mark), class_name="ca-ln"),
        rx.foreach(day.bands, _band),
        rx.cond(day.now != "", rx.el.i(class_name="ca-now", style={"left": day.now}, title="now")),
        to=day.href,
        class_name=rx.cond(day.past, "ca-day past", rx.cond(day.today, "ca-day today", "ca-day")),
        aria_label=day.label,
        aria_current=rx.cond(day.on, "true", "false"),
        key=day.key,
        data_testid=f"strip-{day.key}",
    )


def _mark(mark: StripMark) -> rx.Component:
    return rx.el.i(class_name=f"ca-mk {mark.tone}", style={"left": mark.left}, title=mark.title, key=mark.left)


def _band(band: StripMark) -> rx.Component:
    return rx.el.i(class_name="ca-fz", style={"left": band.left, "width": band.width}, title=band.title, key=band.left)


def held() -> rx.Component:
    """Show what was due and waits until publishing is resumed."""
    rows = table("Proposals that were due while publishing is stopped", rx.foreach(V.held, _held))
    return _section("held-back", section_head("Waits until publishing is resumed", V.held_note), rows)


def _section(name: str, head: rx.Component, rows: rx.Component) -> rx.Component:
    return rx.el.section(head, rx.el.div(rows, class_name="tw bleed"), class_name="ca-held", data_testid=name)


def _held(row: HeldRow) -> rx.Component:
    return rx.el.tr(
        rx.el.td(row.reference, class_name="sku"),
        rx.el.td(link(row.title, to=row.href, data_row=""), class_name="b w"),
        rx.el.td(row.lines, class_name="r sec"),
        rx.el.td(row.due, class_name="r warn"),
        key=row.reference,
        data_row_box="",
    )


def days() -> rx.Component:
    """Show the days of the week that are not over, each with what the clock will do."""
    return rx.el.div(
        rx.cond(
            V.days,
            rx.foreach(V.days, _day),
            rx.el.p("This week is over; its appointments were kept or cancelled.", class_name="ca-none u"),
        ),
        rx.cond(V.cut != "", rx.el.p(V.cut, class_name="ca-none u")),
        class_name="ca-days",
        data_testid="agenda",
    )


def _day(day: DayView) -> rx.Component:
    return rx.el.section(
        rx.el.h2(
            rx.el.span(day.word),
            rx.el.span(day.note, class_name="k"),
            rx.cond(day.frozen != "", rx.el.span(icon("snow", "s"), day.frozen, class_name="st t12 idle")),
            class_name="ca-dh",
        ),
        rx.cond(
            day.rows,
            rx.el.table(
                rx.el.caption("What the clock will do on ", day.word),
                rx.el.colgroup(*[rx.el.col(class_name=f"ca-c{n}") for n in range(6)]),
                rx.el.tbody(rx.foreach(day.rows, _entry)),
            ),
        ),
        rx.cond(day.more != "", rx.el.p(link(day.more, to=day.href, class_name="lk"), class_name="ca-none")),
        key=day.key,
        data_testid=f"day-{day.key}",
    )


def _entry(row: AgendaEntry) -> rx.Component:
    return rx.el.tr(
        rx.el.td(row.at, class_name="ca-at"),
        rx.el.td(status(row.status, small=True), class_name="ca-kind"),
        rx.el.td(row.reference, class_name="sku offm"),
        rx.el.td(
            rx.cond(
                row.edge,
                rx.el.span(row.title),
                link(row.title, to=row.href, data_row="", class_name="b", title=row.title),
            ),
            class_name="ca-title",
        ),
        rx.el.td(
            row.note,
            rx.cond(
                row.doubt != "",
                rx.el.span(icon("pause", "s"), row.doubt, class_name="st t12 warn ca-doubt"),
            ),
            class_name="sec w offm",
        ),
        rx.el.td(row.left, class_name="r u"),
        class_name=rx.cond(row.edge, "fz edge", rx.cond(row.frozen, "fz", "")),
        key=row.key,
        data_row_box="",
    )


def freezes() -> rx.Component:
    """List the freeze windows that are in force or to come, each with the way to lift it."""
    note = "nothing begins to publish in them; approvals go on, price windows end on time"
    rows = table("Freeze windows in force or announced", rx.foreach(V.freezes, _freeze))
    return _section("freezes", section_head("Freeze windows", note), rows)


def _freeze(row: FreezeRow) -> rx.Component:
    return rx.el.tr(
        rx.el.td(status(row.status, small=True)),
        rx.el.td(row.span, class_name="b"),
        rx.el.td(row.lasts, class_name="u offm"),
        rx.el.td(row.reason, class_name="sec w"),
        rx.el.td(row.by, class_name="sec offm"),
        rx.el.td(
            rx.cond(
                V.may_freeze,
                button("Lift", kind="sm", on_click=State.ask_lift(row.id), data_testid="lift"),
                rx.el.span(icon("lock", "s"), class_name="u", title=V.why),
            ),
            class_name="r",
        ),
        key=row.id,
    )
