"""The passport of one proposal, from its submission to each context's last acknowledgement."""

import reflex as rx

from app import routes
from app.components import address
from app.components.decision import keys_of
from app.lifecycle.table.transitions import Action
from app.pages.proposal import canary, dialogs, head, parts
from app.pages.proposal.decision import decision_bar
from app.pages.proposal.state import ProposalState
from app.pages.proposal.trace import score_section
from app.shell import new_proposal, page, shell

HERE = ProposalState.of == address.last_part()


@page(routes.PROPOSAL, "Proposal", ProposalState.load)
def proposal() -> rx.Component:
    """One proposal."""
    return shell(
        rx.cond(HERE, rx.cond(ProposalState.missing, head.missing(), _content()), head.loading()),
        *dialogs.dialogs(),
        rx.script(src="/countdown.js"),
        title=rx.cond(HERE, ProposalState.head.reference, ""),
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
        head.head(),
        head.says(),
        canary.panel(),
        score_section(),
        parts.tab_bar(),
        parts.tab_body(),
        decision_bar(),
        class_name="pp-page",
    )
