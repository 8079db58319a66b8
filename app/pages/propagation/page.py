"""Propagation: every repricing in every context, live."""

import reflex as rx

from app import routes
from app.components import skeleton_rows
from app.pages.propagation import around
from app.pages.propagation.board import board
from app.pages.propagation.failures import failures
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
        rx.cond(PropagationState.loaded, _content(), skeleton_rows(10)),
        title="Propagation",
        here=routes.PROPAGATION,
        beside=[around.live_mark(), rx.el.span(around.filters(), class_name="offm")],
        keys=KEYS,
    )


def _content() -> rx.Component:
    return rx.el.div(
        rx.el.div(around.filters(), class_name="onm pg-filters"),
        around.stale(),
        board(),
        rx.cond(PropagationState.board.rows.length() == 0, around.nothing()),
        failures(),
        around.foot(),
        class_name="pg-page",
    )
