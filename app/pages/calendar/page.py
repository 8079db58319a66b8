"""The calendar page."""

import reflex as rx

from app import routes
from app.components import button, choices, icon, link, skeleton_rows, why
from app.components.feedback import said
from app.pages.calendar import agenda
from app.pages.calendar.dialogs import dialogs
from app.pages.calendar.state import CalendarState as State
from app.shell import page, shell

V = State.view
KEYS = (
    ("J", "next"),
    ("K", "previous"),
    ("↵", "open"),
    ("[", "week before"),
    ("]", "week after"),
    ("F", "freeze publishing"),
)


@page(routes.CALENDAR, "Calendar", State.load)
def calendar() -> rx.Component:
    """Show what the clock will do, and what keeps it from doing so."""
    return shell(
        _tools(),
        rx.cond(
            State.loaded,
            rx.el.div(
                agenda.strip(),
                rx.cond(V.stopped & (V.held.length() > 0), agenda.held()),
                rx.cond(V.freezes, agenda.freezes()),
                agenda.days(),
                class_name="ca",
            ),
            skeleton_rows(10),
        ),
        dialogs(),
        title="Calendar",
        here=routes.CALENDAR,
        note=V.note,
        beside=[said(State.said)],
        keys=KEYS,
    )


def _tools() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            link(icon("left"), to=V.before, class_name="btn sq sm", aria_label="The week before", data_hotkey="["),
            link(icon("right"), to=V.after, class_name="btn sq sm", aria_label="The week after", data_hotkey="]"),
            rx.el.span(V.week, class_name="b nw", data_testid="week"),
            rx.cond(V.is_this_week, rx.fragment(), link("This week", to=V.this_week, class_name="lk nw")),
            rx.cond(V.day != "", link("Whole week", to=V.whole_week, class_name="lk nw")),
            class_name="row",
        ),
        rx.el.span(choices(V.filters, label="What to show"), class_name="ca-seg"),
        rx.el.span(class_name="grow"),
        rx.cond(State.loaded & (V.why != ""), why(V.why, id="why-brakes", data_testid="why-brakes")),
        _brake("freeze", "Freeze", "snow", V.may_freeze, key="F"),
        rx.cond(
            V.stopped,
            _brake("resume", "Resume publishing", "send", V.may_stop, kind="pri"),
            _brake("stop", "Stop publishing", "oct", V.may_stop, kind="danger"),
        ),
        class_name="filters ca-tools",
    )


def _brake(name: str, label: str, mark: str, may: rx.Var[bool], **look: str) -> rx.Component:
    return button(
        label,
        icon_name=mark,
        disabled=~may,
        why_id="why-brakes",
        on_click=State.ask(name),
        data_testid=name,
        **look,
    )
