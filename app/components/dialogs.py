"""The shape of every dialog that asks before something is done."""

import reflex as rx

SHUT = "document.querySelectorAll('dialog[open]').forEach((dialog) => dialog.close())"


def opens(name: str) -> rx.event.EventSpec:
    """Open a dialog of the page."""
    return rx.call_script(f"document.getElementById('{name}').showModal()")


def shuts(name: str) -> rx.event.EventSpec:
    """Close a dialog of the page."""
    return rx.call_script(f"document.getElementById('{name}').close()")


def asking(
    name: str,
    title: str,
    *asks: rx.Component,
    on_submit: rx.event.EventType,
    confirm: rx.Component,
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
                confirm,
                class_name="row",
            ),
            on_submit=on_submit,
            reset_on_submit=False,
        ),
        id=name,
        aria_label=title,
        class_name=class_name,
    )
