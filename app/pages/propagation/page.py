"""Propagation: every repricing in every context, live."""

import reflex as rx

from app import routes
from app.pages.propagation import views
from app.pages.propagation.state import PropagationState
from app.shell import page, shell

KEYS = (
    ("J", "next repricing"),
    ("K", "previous repricing"),
    ("↵", "its lanes"),
    ("O", "passport"),
    ("]", "earlier ones"),
)


@page(routes.PROPAGATION, "Propagation", PropagationState.load)
def propagation() -> rx.Component:
    """The Propagation page."""
    return shell(
        rx.cond(PropagationState.loaded, _content(), views.loading()),
        title="Propagation",
        here=routes.PROPAGATION,
        beside=[views.live_mark(), rx.el.span(views.filters(), class_name="offm")],
        keys=KEYS,
    )


def _content() -> rx.Component:
    return rx.el.div(
        rx.el.div(views.filters(), class_name="onm pg-filters"),
        views.stale(),
        views.board(),
        rx.cond(PropagationState.board.rows.length() == 0, views.nothing()),
        views.failures(),
        views.foot(),
        class_name="pg-page",
    )
