"""The passport of one proposal, from its submission to each context's last acknowledgement."""

import reflex as rx

from app import routes
from app.components.decision import keys_of
from app.lifecycle.transitions import Action
from app.pages.frame import new_proposal, page, shell
from app.pages.proposal import asking, canary_views, views
from app.pages.proposal.state import ProposalState


@page(routes.PROPOSAL, "Proposal", ProposalState.load)
def proposal() -> rx.Component:
    """One proposal."""
    return shell(
        rx.cond(
            ProposalState.missing,
            views.missing(),
            rx.cond(ProposalState.loaded, _content(), views.loading()),
        ),
        *asking.dialogs(),
        rx.script(src="/countdown.js"),
        title=ProposalState.head.reference,
        here=routes.PROPOSALS,
        parent=("Proposals", routes.PROPOSALS),
        actions=[rx.el.span(new_proposal(), class_name="offm")],
        keys=(
            *keys_of(Action.APPROVE, Action.RETURN, Action.REJECT, Action.RE_EVALUATE),
            ("V", "read what changed"),
            ("T", "score or list"),
            ("J", "next line"),
            ("K", "previous line"),
            ("]", "more lines"),
        ),
    )


def _content() -> rx.Component:
    return rx.el.div(
        views.head(),
        views.says(),
        canary_views.panel(),
        views.score_section(),
        views.tab_bar(),
        views.tab_body(),
        views.decision_bar(),
        class_name="pp-page",
    )
