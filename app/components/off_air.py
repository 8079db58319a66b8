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
                    " What you see is as it was; it reconnects by itself, and what you typed stays.",
                ),
                class_name="off-air",
                role="alert",
                data_testid="off-air",
            ),
            rx.fragment(),
        )
    )
