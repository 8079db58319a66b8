"""The calendar page."""

import reflex as rx

from app import routes
from app.components import button, choice, icon, link, segmented, skeleton_rows, why
from app.components.feedback import said
from app.pages.calendar import agenda
from app.pages.calendar.dialogs import dialogs
from app.pages.calendar.state import CalendarState as State
from app.pages.calendar.view import FilterView
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
        rx.el.span(segmented(rx.foreach(V.filters, _choice), label="What to show"), class_name="ca-seg"),
        rx.el.span(class_name="grow"),
        rx.cond(State.loaded & (V.why != ""), why(V.why, id="why-brakes", data_testid="why-brakes")),
        button(
            "Freeze",
            icon_name="snow",
            key="F",
            disabled=~V.may_freeze,
            why_id="why-brakes",
            on_click=State.ask("freeze"),
            data_testid="freeze",
        ),
        rx.cond(
            V.stopped,
            button(
                "Resume publishing",
                icon_name="send",
                kind="pri",
                disabled=~V.may_stop,
                why_id="why-brakes",
                on_click=State.ask("resume"),
                data_testid="resume",
            ),
            button(
                "Stop publishing",
                icon_name="oct",
                kind="danger",
                disabled=~V.may_stop,
                why_id="why-brakes",
                on_click=State.ask("stop"),
                data_testid="stop",
            ),
        ),
        class_name="filters ca-tools",
    )


def _choice(view: FilterView) -> rx.Component:
    return choice(view.word, to=view.href, on=view.on, key=view.word)
