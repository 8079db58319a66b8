"""The dialogs of the people page: each says what would happen before it does."""

import reflex as rx

from app.components import field, icon, refused
from app.components.dialogs import asking
from app.pages.people.person import role_boxes
from app.pages.people.state import PeopleState as State

P = State.view.chosen


def dialogs() -> rx.Component:
    """Hold all three."""
    return rx.fragment(_add(), _shut_out(), _reset())


def _add() -> rx.Component:
    return _dialog(
        "add",
        "Add a person",
        State.add,
        rx.el.p("They get a password for one use, shown to you once, and choose their own when they sign in with it."),
        field("name", label="Name, as others see it", id="add-name", auto_complete="off", max_length=80),
        field("email", label="E-mail address", id="add-email", type="email", auto_complete="off", required=True),
        rx.el.div(role_boxes(State.wanted, State.want, "add"), class_name="pe-in-dialog"),
        confirm=rx.el.button(icon("plus"), "Add", type="submit", class_name="btn pri", data_testid="confirm-add"),
    )


def _shut_out() -> rx.Component:
    return _dialog(
        "shut-out",
        "Shut this person out?",
        State.shut_out,
        rx.el.p(rx.el.b(P.name, class_name="b"), " can do nothing from this moment. What ends for good: "),
        rx.el.p(rx.el.b(P.holds, class_name="b"), ". Proposals and decisions of theirs stay as they are."),
        confirm=rx.el.button(
            icon("out"), "Shut out", type="submit", class_name="btn stop", data_testid="confirm-shut-out"
        ),
    )


def _reset() -> rx.Component:
    return _dialog(
        "reset",
        "Give a new password?",
        State.make_password,
        rx.el.p(
            rx.el.b(P.name, class_name="b"),
            " is signed out everywhere and gets a password for one use. Tokens go on: end those beside the roles.",
        ),
        confirm=rx.el.button(
            icon("lock"), "Make the password", type="submit", class_name="btn pri", data_testid="confirm-reset"
        ),
    )


def _dialog(
    name: str, title: str, on_submit: rx.event.EventType, *children: rx.Component, confirm: rx.Component
) -> rx.Component:
    return asking(name, title, *children, refused(State.refusal), on_submit=on_submit, confirm=confirm)
