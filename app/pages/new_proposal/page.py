"""A new proposal: lines in, a dry run, and only then a submission."""

import reflex as rx

from app import routes
from app.components import link, skeleton_rows
from app.components.marks import icon
from app.pages.frame import page, shell
from app.pages.new_proposal import as_read_views, dry_run_views, form_views, lines_views, submit_views, weight_views
from app.pages.new_proposal.state import NewProposalState


@page(routes.NEW_PROPOSAL, "New proposal", NewProposalState.load)
def new_proposal() -> rx.Component:
    """The New proposal page."""
    return shell(
        rx.cond(
            NewProposalState.loaded,
            rx.cond(NewProposalState.may, _content(), submit_views.not_for_you()),
            skeleton_rows(8),
        ),
        lines_views.draft_ready(),
        lines_views.draft_unsure(),
        rx.script(src="/upload.js"),
        title="New proposal",
        here=routes.PROPOSALS,
        parent=("Proposals", routes.PROPOSALS),
        note=rx.cond(NewProposalState.draft.id == "", "", "Dry run: nothing is submitted yet"),
        actions=[link(icon("x"), to=routes.PROPOSALS, class_name="btn sq ghost", aria_label="Close", title="Close")],
        keys=(("]", "next rows"), ("J", "next line"), ("K", "previous line")),
        find=False,
    )


def _content() -> rx.Component:
    return rx.el.div(
        form_views.form(),
        submit_views.lost(),
        rx.cond(
            NewProposalState.draft.id == "",
            rx.fragment(lines_views.lines_in(), as_read_views.unsure()),
            rx.fragment(
                submit_views.already(),
                dry_run_views.dry_run(as_read_views.reading()),
                submit_views.refusal(),
                submit_views.submit_bar(),
                weight_views.ask(),
            ),
        ),
        class_name="np",
    )
