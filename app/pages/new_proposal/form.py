"""The views of the form: the reason, the moments, and how the lines come."""

import reflex as rx

from app.components.pressed import group, press
from app.pages.new_proposal import timing
from app.pages.new_proposal.state import NewProposalState as State


def form() -> rx.Component:
    """Ask for the reason, the moment, and how the lines come."""
    return rx.fragment(rx.el.div(_reason(), timing.choices(), _mode(), class_name="np-form"), timing.moments())


def _reason() -> rx.Component:
    return rx.el.div(
        rx.el.label("Reason", html_for="reason", class_name="f"),
        rx.el.div(
            rx.el.input(
                id="reason",
                name="reason",
                placeholder="Why these prices change, in a sentence",
                max_length=500,
                auto_complete="off",
                aria_describedby="reason-bad",
                custom_attrs={"data-field": "reason"},
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
    typed = (State.mode == "type") & ((State.draft.id == "") | State.draft.pasted)
    from_file = rx.cond(State.draft.id == "", State.mode == "file", ~State.draft.pasted)
    return rx.el.div(
        rx.el.span("Lines", class_name="f np-lab"),
        group(
            "How the lines come",
            press("mode", State.choose_mode, "type", "Type or paste", typed),
            press("mode", State.choose_mode, "file", "CSV or XLSX", from_file),
        ),
    )
