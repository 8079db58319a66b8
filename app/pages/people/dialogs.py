"""The dialogs of the people page: each says what would happen before it does."""

import reflex as rx

from app.components import field, refused
from app.components.dialogs import asking, given_back
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
        rx.el.p("They get a password for one use, shown to you once, and choose their own when they sign in with it."),
        field("name", label="Name, as others see it", id="add-name", auto_complete="off", max_length=80),
        field("email", label="E-mail address", id="add-email", type="email", auto_complete="off", required=True),
        rx.el.div(role_boxes(State.wanted, State.want, "add"), class_name="pe-in-dialog"),
        on_submit=State.add,
        confirm="Add",
        mark="plus",
    )


def _shut_out() -> rx.Component:
    return _dialog(
        "shut-out",
        "Shut this person out?",
        rx.el.p(rx.el.b(P.name, class_name="b"), " can do nothing from this moment. What ends for good: "),
        rx.el.p(rx.el.b(P.holds, class_name="b"), ". Proposals and decisions of theirs stay as they are."),
        on_submit=State.shut_out,
        confirm="Shut out",
        mark="out",
        tone="stop",
    )


def _reset() -> rx.Component:
    return _dialog(
        "reset",
        "Give a new password?",
        rx.el.p(
            rx.el.b(P.name, class_name="b"),
            " is signed out everywhere and gets a password for one use. Tokens go on: end those beside the roles.",
        ),
        on_submit=State.make_password,
        confirm="Make the password",
        mark="lock",
    )


def _dialog(name: str, title: str, *asks: rx.Component, **sends) -> rx.Component:
    return asking(name, title, given_back(key=State.key, person=P.id), *asks, refused(State.refusal), **sends)
