"""The views of the bar that submits, and of what stands in its way."""

import reflex as rx

from app import routes
from app.components import button, empty, link, refused, why
from app.components.held import typed_in
from app.components.marks import kbd
from app.pages.new_proposal import timing, waves
from app.pages.new_proposal.notes import note
from app.pages.new_proposal.state import NewProposalState as State

WHY = "why-submit"
_SEEN: rx.Var[int] = rx.Var("(window.batonDrafting?.seen('reason') ?? 0)", _var_type=int)


def submit_bar() -> rx.Component:
    """Say what submitting does, and do it."""
    unread_bad, empty_handed = (State.draft.problems > 0) & ~State.without, State.outcome.lines == 0
    refused_as_is = State.foreseen_bad != ""
    return rx.el.div(
        rx.el.div(
            rx.el.b(State.outcome.foot_lead),
            " ",
            rx.el.span(State.outcome.foot, timing.foot(), waves.foot(), class_name="sec"),
            class_name="grow",
        ),
        _first_that_holds(
            (unread_bad, why("Look at the bad rows first, then go on without them", id=WHY, data_testid="why")),
            (empty_handed, why("No row changes a price", id=WHY)),
            (refused_as_is, why("Refused as it stands; the reason is above", id=WHY)),
            otherwise=rx.el.span(kbd("Ctrl"), kbd("↵"), " submit", class_name="np-hints"),
        ),
        button(
            rx.cond(State.submitting, "Submitting", State.outcome.button),
            kind="pri",
            icon_name=rx.cond(State.submitting, "dash", "send"),
            on_click=[State.note_reason(typed_in("reason"), _SEEN), State.submit],
            disabled=unread_bad | empty_handed | refused_as_is,
            busy=State.submitting,
            why_id=WHY,
            data_testid="submit",
            custom_attrs={"data-submit-proposal": ""},
        ),
        class_name="np-sub",
    )


def _first_that_holds(*parts: tuple[rx.Var[bool], rx.Component], otherwise: rx.Component) -> rx.Component:
    shown = otherwise
    for holds, part in reversed(parts):
        shown = rx.cond(holds, part, shown)
    return shown


def refusal() -> rx.Component:
    """Say why the last attempt was refused; nothing was submitted."""
    return refused(State.refusal, within="np-refused")


def not_for_you() -> rx.Component:
    """Say who may submit."""
    return empty(
        "Only analysts submit proposals",
        "Your roles do not let you submit. Ask an owner for the analyst role, or look at what was proposed.",
        icon_name="lock",
        action=link("All proposals", to=routes.PROPOSALS, class_name="btn"),
    )


def lost() -> rx.Component:
    """Say that the draft of this address is gone."""
    gone = note(
        "info",
        "warn",
        "Drafts are kept for 30 days after their last change, and only their owner sees them. Bring the lines again.",
        lead="This draft is gone.",
        role="status",
        data_testid="lost",
    )
    return rx.cond(State.lost, gone)
