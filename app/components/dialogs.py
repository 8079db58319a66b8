"""The shape of every dialog that asks before something is done."""

import reflex as rx

from app.components.controls import button
from app.components.stays import stays

SHUT = "document.querySelectorAll('dialog[open]').forEach((dialog) => dialog.close())"


def opens(name: str) -> rx.event.EventSpec:
    """Open a dialog of the page."""
    return rx.call_script(f"document.getElementById('{name}').showModal()")


def shuts(name: str) -> rx.event.EventSpec:
    """Close a dialog of the page."""
    return rx.call_script(f"document.getElementById('{name}').close()")


def given_back(**shown: rx.Var) -> rx.Component:
    """Have a form give back what the browser shows as it is sent: the key of the deed, and what the deed is about."""
    return rx.fragment(*(rx.el.input(type="hidden", name=name, value=value) for name, value in shown.items()))


def asking(
    name: str,
    title: str,
    *asks: rx.Component,
    on_submit: rx.event.EventType,
    confirm: str,
    mark: str = "",
    tone: str = "pri",
    head: rx.Component | None = None,
    stay: str = "Cancel",
    class_name: str = "ask",
) -> rx.Component:
    """Ask, with a form; `stay` closes the dialog and changes nothing. `head` says more than the title."""
    return rx.el.dialog(
        rx.el.form(
            rx.el.h2(title) if head is None else head,
            *asks,
            rx.el.div(
                rx.el.button(stay, type="button", class_name="btn", on_click=rx.call_script(SHUT)),
                button(confirm, icon_name=mark, kind=tone, type="submit", data_testid=f"confirm-{name}"),
                class_name="row",
            ),
            on_submit=on_submit,
            reset_on_submit=False,
        ),
        id=name,
        aria_label=title,
        class_name=class_name,
    )


def reason(
    name: str, label: str, *, about: str | rx.Var, label_class: str = "f", required: bool = True, **props
) -> rx.Component:
    """Ask in a dialog for the reason; its words stay in the tab as those `about` something, until they have arrived."""
    return rx.fragment(
        rx.el.label(label, html_for=f"{name}-reason", class_name=label_class),
        rx.el.textarea(
            name="reason",
            id=f"{name}-reason",
            class_name="area",
            required=required,
            custom_attrs=stays(about),
            **props,
        ),
    )


def closing_head(title: str, name: str) -> rx.Component:
    """Head a dialog that asks nothing: its title, and the way to close it."""
    return rx.el.h2(title, button("", icon_name="x", kind="ghost sq sm x", aria_label="Close", data_close=name))
