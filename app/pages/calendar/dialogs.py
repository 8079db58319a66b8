"""The calendar's dialogs: freeze, lift, stop, resume. Each asks for the reason that the audit keeps."""

import reflex as rx

from app.components import refused
from app.components.dialogs import asking, given_back, reason
from app.components.span import span_fields
from app.pages.calendar.state import CalendarState as State

V = State.view


def dialogs() -> rx.Component:
    """Hold all four."""
    return rx.fragment(_freeze(), _lift(), _stop(), _resume())


def _freeze() -> rx.Component:
    return _dialog(
        "freeze",
        "Freeze publishing",
        rx.el.p(
            "Nothing begins to go out in this time, and no wave. Approvals go on, and what falls due goes out when it"
            " ends. Price windows end on time all the same: their earlier prices return. What is going out as it begins"
            " is finished; stop publishing to hold that too."
        ),
        span_fields(State.form, State.fill, State.offer, prefix="freeze"),
        on_submit=State.freeze,
        confirm="Announce the freeze",
        mark="snow",
        such_as="Stocktake in all stores",
    )


def _lift() -> rx.Component:
    return _dialog(
        "lift",
        "Lift this freeze?",
        given_back(freeze=State.lifting),
        rx.el.p(rx.el.b(State.lifting_words, class_name="b"), ". What waits for its end goes out now."),
        on_submit=State.lift,
        confirm="Lift the freeze",
        such_as="The stocktake was finished early",
    )


def _stop() -> rx.Component:
    return _dialog(
        "stop",
        "Stop all publishing?",
        rx.el.p(
            "From this moment no price goes out, in no wave and by no date, until somebody resumes. Approvals and"
            " rollbacks go on. ",
            rx.el.b(V.stop_note, class_name="b"),
            ".",
        ),
        on_submit=State.stop,
        confirm="Stop all publishing",
        mark="oct",
        tone="stop",
        such_as="Wrong currency rate in the morning's file",
    )


def _resume() -> rx.Component:
    return _dialog(
        "resume",
        "Resume publishing?",
        rx.el.p("Stopped by ", V.stopped_words, ". ", rx.el.b(V.resume_note, class_name="b")),
        on_submit=State.resume,
        confirm="Resume publishing",
        mark="send",
        such_as="The file was corrected",
    )


def _dialog(name: str, title: str, *asks: rx.Component, such_as: str, **sends) -> rx.Component:
    label = "Reason, kept in the audit and shown to everybody"
    why = reason(name, label, about=f"calendar/{name}", max_length=500, placeholder=such_as)
    return asking(name, title, given_back(key=State.key), *asks, why, refused(State.refusal), **sends)
