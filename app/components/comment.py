"""The field in which somebody says why they decide so; its words stay in the tab until they have arrived."""

import reflex as rx

from app.components.stays import stays

MOST = 2000


def comment(id: str, *, placeholder: str, about: str | rx.Var[str]) -> rx.Component:
    """Ask for a comment that is kept in the audit; `about` names what its words are about."""
    return rx.fragment(
        rx.el.label("Comment, kept in the audit", html_for=id, class_name="f"),
        rx.el.textarea(
            id=id,
            name="comment",
            class_name="area",
            placeholder=placeholder,
            max_length=MOST,
            custom_attrs=stays(about),
            data_testid=id,
        ),
    )
