"""The calendar's dialogs: freeze, lift, stop, resume. Each asks for the reason that the audit keeps."""

import reflex as rx

from app.components import icon, refused
from app.components.dialogs import asking
from app.components.span import span_fields
from app.components.stays import stays
from app.pages.calendar.state import CalendarState as State

V = State.view


def dialogs() -> rx.Component:
    """Hold all four."""
    return rx.fragment(_freeze(), _lift(), _stop(), _resume())


def _freeze() -> rx.Component:
    return _dialog(
        "freeze",
        "Freeze publishing",
        State.freeze,
        rx.el.p(
            "Nothing begins to go out in this time, and no wave. Approvals go on, and what falls due goes out when it"
            " ends. Price windows end on time all the same: their earlier prices return. What is going out as it begins"
            " is finished; stop publishing to hold that too."
        ),
        span_fields(State.form, State.fill, State.offer, prefix="freeze"),
        confirm=rx.el.button(
            icon("snow"), "Announce the freeze", type="submit", class_name="btn pri", data_testid="confirm-freeze"
        ),
        placeholder="Stocktake in all stores",
    )


def _lift() -> rx.Component:
    return _dialog(
        "lift",
        "Lift this freeze?",
        State.lift,
        rx.el.p(rx.el.b(State.lifting_words, class_name="b"), ". What waits for its end goes out now."),
        confirm=rx.el.button("Lift the freeze", type="submit", class_name="btn pri", data_testid="confirm-lift"),
        placeholder="The stocktake was finished early",
    )


def _stop() -> rx.Component:
    return _dialog(
        "stop",
        "Stop all publishing?",
        State.stop,
        rx.el.p(
            "From this moment no price goes out, in no wave and by no date, until somebody resumes. Approvals and"
            " rollbacks go on. ",
            rx.el.b(V.stop_note, class_name="b"),
            ".",
        ),
        confirm=rx.el.button(
            icon("oct"), "Stop all publishing", type="submit", class_name="btn stop", data_testid="confirm-stop"
        ),
        placeholder="Wrong currency rate in the morning's file",
    )


def _resume() -> rx.Component:
    return _dialog(
        "resume",
        "Resume publishing?",
        State.resume,
        rx.el.p("Stopped by ", V.stopped_words, ". ", rx.el.b(V.resume_note, class_name="b")),
        confirm=rx.el.button(
            icon("send"), "Resume publishing", type="submit", class_name="btn pri", data_testid="confirm-resume"
        ),
        placeholder="The file was corrected",
    )


def _dialog(
    name: str,
    title: str,
    on_submit: rx.event.EventType,
    *children: rx.Component,
    confirm: rx.Component,
    placeholder: str,
) -> rx.Component:
    return asking(
        name,
        title,
        *children,
        rx.el.label("Reason, kept in the audit and shown to everybody", html_for=f"{name}-reason", class_name="f"),
        rx.el.textarea(
            name="reason",
            id=f"{name}-reason",
            class_name="area",
            required=True,
            max_length=500,
            placeholder=placeholder,
            custom_attrs=stays(f"calendar/{name}"),
        ),
        refused(State.refusal),
        on_submit=on_submit,
        confirm=confirm,
    )
