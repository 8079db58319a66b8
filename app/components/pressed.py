"""A choice of one that stands pressed: for what is not in the address (`controls.choice` is for what is)."""

from collections.abc import Callable

import reflex as rx


def press(
    name: str, pick: Callable[[str], rx.event.EventType], value: str, word: str, on: rx.Var[bool]
) -> rx.Component:
    """Show one of the choices; it picks its value."""
    return rx.el.button(
        word,
        type="button",
        aria_pressed=rx.cond(on, "true", "false"),
        on_click=pick(value),
        data_testid=f"{name}-{value}",
    )


def group(label: str, *choices: rx.Component) -> rx.Component:
    """Hold the choices of which one stands pressed."""
    return rx.el.div(*choices, class_name="seg", role="group", aria_label=label)
