"""The views of the form: the reason, the moments, and how the lines come."""

import reflex as rx

from app import routes
from app.components import choice, segmented
from app.pages.new_proposal import timing_views
from app.pages.new_proposal.state import NewProposalState as State


def here(query: str) -> rx.Var:
    """Return the address of this page with a query."""
    return rx.Var.create(f"{routes.NEW_PROPOSAL}?{query}")


def form() -> rx.Component:
    """Ask for the reason, the moment, and how the lines come."""
    return rx.fragment(
        rx.el.div(_reason(), timing_views.choices(), _mode(), class_name="np-form"), timing_views.moments()
    )


def _reason() -> rx.Component:
    return rx.el.div(
        rx.el.label("Reason", html_for="reason", class_name="f"),
        rx.el.div(
            rx.el.input(
                id="reason",
                name="reason",
                default_value=State.reason,
                placeholder="Why these prices change, in a sentence",
                max_length=500,
                auto_complete="off",
                on_blur=State.note_reason,
                aria_describedby="reason-bad",
                data_testid="reason",
            ),
            class_name="field",
            data_bad=rx.cond(State.reason_bad, "true", "false"),
        ),
        rx.el.span(
            rx.cond(State.reason_bad, "Say in a sentence why these prices change.", ""),
            id="reason-bad",
            class_name="np-bad",
            role="alert",
        ),
    )


def _mode() -> rx.Component:
    return rx.el.div(
        rx.el.span("Lines", class_name="f np-lab"),
        segmented(
            choice(
                "Type or paste",
                to=here("mode=type"),
                on=(State.mode == "type") & ((State.draft.id == "") | State.draft.pasted),
            ),
            choice(
                "CSV or XLSX",
                to=here("mode=file"),
                on=rx.cond(State.draft.id == "", State.mode == "file", ~State.draft.pasted),
                data_testid="mode-file",
            ),
            label="How the lines come",
        ),
    )
