"""What a page says while the server does not answer."""

import reflex as rx
from reflex_components_core.core.banner import has_connection_errors

from app.components.marks import icon


def off_air() -> rx.Component:
    """Say that the page shows the past and reconnects by itself; floats, so that nothing moves."""
    return rx.fragment(
        rx.cond(
            has_connection_errors,
            rx.el.div(
                icon("dash", "s"),
                rx.el.span(
                    rx.el.b("Not connected.", class_name="b"),
                    " What you see is as it was; it reconnects by itself. What you typed stays in this window",
                    rx.el.span(", and is saved when it does: leave it open", class_name="unsaved"),
                    ".",
                ),
                class_name="off-air",
                role="alert",
                data_testid="off-air",
            ),
            _stalled(),
        )
    )


def _stalled() -> rx.Component:
    """Say that the connection stands and nothing comes back on it; `stalled.js` shows it within a second."""
    return rx.el.div(
        icon("hour", "s"),
        rx.el.span(
            rx.el.b("The server does not answer.", class_name="b"),
            " What you see is as it was; what you press is carried out, or refused, when it does.",
        ),
        class_name="off-air stalled",
        role="alert",
        data_testid="stalled",
    )
