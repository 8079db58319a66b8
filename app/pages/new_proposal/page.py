"""A new proposal: lines in, a dry run, and only then a submission."""

import reflex as rx

from app import routes
from app.components import link, skeleton_rows
from app.components.marks import icon
from app.pages.new_proposal import as_read, drafting, dry_run, form, lines_in, submit, weight
from app.pages.new_proposal.drafting_state import DraftingState
from app.pages.new_proposal.state import NewProposalState
from app.shell import page, shell

KEYS = (
    ("Ctrl ↵", "check the lines, then submit them"),
    ("J", "next line"),
    ("K", "previous line"),
    ("]", "next rows"),
    ("↵", "in a field: take it, go to the next"),
)


@page(routes.NEW_PROPOSAL, "New proposal", NewProposalState.load)
def new_proposal() -> rx.Component:
    """The New proposal page."""
    return shell(
        rx.cond(
            NewProposalState.loaded,
            rx.cond(NewProposalState.may, _content(), submit.not_for_you()),
            skeleton_rows(8),
        ),
        lines_in.draft_ready(),
        lines_in.draft_unsure(),
        drafting.first_words_kept(),
        rx.script(src="/drafting.js"),
        rx.script(src="/upload.js"),
        title="New proposal",
        here=routes.PROPOSALS,
        parent=("Proposals", routes.PROPOSALS),
        note=rx.cond(NewProposalState.draft.id == "", "", "Dry run: nothing is submitted yet"),
        beside=[drafting.kept()],
        actions=[link(icon("x"), to=routes.PROPOSALS, class_name="btn sq ghost", aria_label="Close", title="Close")],
        keys=KEYS,
        find=False,
    )


def _content() -> rx.Component:
    draft = DraftingState
    return rx.cond(
        (draft.submitted_as != "") | draft.discarded,
        rx.el.div(drafting.ended(), submit.refusal(), drafting.mine(), class_name="np"),
        drafting.around(
            form.form(),
            submit.lost(),
            drafting.clash(),
            rx.cond(
                NewProposalState.draft.id == "",
                rx.fragment(submit.refusal(), lines_in.lines_in(), as_read.unsure(), drafting.mine()),
                rx.fragment(
                    dry_run.dry_run(as_read.reading()),
                    submit.refusal(),
                    submit.submit_bar(),
                    weight.ask(),
                ),
            ),
        ),
    )
