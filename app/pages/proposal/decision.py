"""The bar in which a proposal is decided: comment and buttons."""

import reflex as rx

from app.components import button, why
from app.components.comment import comment
from app.components.decision import deed_button
from app.lifecycle.table.deeds import DEEDS
from app.lifecycle.table.transitions import Action
from app.pages.proposal.dialogs import acts, opens
from app.pages.proposal.state import ProposalState as State

ASKS = "What convinced you, or what must change"


def _demand() -> rx.Component:
    waves = Action.PLAN_WAVES
    label = rx.cond(State.panel.shown, "Other waves", DEEDS[waves].label)
    shown = button(label, icon_name=DEEDS[waves].icon, on_click=opens(waves), data_testid="demand")
    return rx.cond(State.actions[waves].allowed, shown)


def decision_bar() -> rx.Component:
    """Decide: comment and buttons, always in reach while a decision is open."""
    return rx.cond(
        State.deciding,
        rx.el.form(
            comment("comment", placeholder=ASKS, about=State.head.reference + "/comment"),
            rx.el.div(
                *map(_act, (Action.APPROVE, Action.RETURN, Action.REJECT, Action.RE_EVALUATE)),
                _demand(),
                _act(Action.WITHDRAW, key=""),
                rx.cond(State.why_shut != "", why(State.why_shut, id="why-decide", data_testid="why")),
                class_name="row",
            ),
            class_name="pp-bar",
            aria_label="Decision",
            data_testid="decision",
        ),
    )


def _act(action: Action, **place) -> rx.Component:
    view = State.actions[action]
    return rx.cond(
        view.action != "",
        deed_button(
            action,
            view,
            on_click=acts(action, "comment"),
            comment="comment",
            why_id="why-decide",
            title=view.why,
            data_testid=f"act-{action}",
            **place,
        ),
    )
