"""What the forms with a password share; `assets/session.js` sends them, so no word of theirs reaches a state."""

import reflex as rx

from app.components.controls import field
from app.components.marks import icon


def password(name: str, label: str, *, id: str = "", new: bool = False) -> rx.Component:
    """Ask for a password: the one that is, or a new one."""
    kept_as = "new-password" if new else "current-password"
    return field(name, label=label, id=id, type="password", auto_complete=kept_as)


def answer(id: str) -> rx.Component:
    """Hold the place where the answer to the form is told; it takes its room before there is one."""
    return rx.el.div(
        icon("info"),
        rx.el.p("", class_name="grow"),
        class_name="call bad",
        id=id,
        role="alert",
        style={"visibility": "hidden"},
        data_testid=id,
    )
