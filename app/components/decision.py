"""Buttons and dialogs of every action, as `lifecycle.table.deeds` declares them; a page says only where they stand."""

import reflex as rx

from app.components.controls import button
from app.components.dialogs import asking, reason
from app.components.views import ActionView
from app.lifecycle.table.deeds import DEEDS
from app.lifecycle.table.transitions import Action

KEPT = ("reference", "seen", "nonce")
"""What the form of a dialog keeps of the moment at which it was opened."""


def deed_button(
    action: Action,
    view: ActionView | rx.Var,
    *,
    on_click: rx.event.EventType,
    label: str | rx.Var | None = None,
    key: str | None = None,
    tone: str | rx.Var | None = None,
    comment: str = "",
    **props,
) -> rx.Component:
    """Show the button of an action, shut while it is; `comment` is the id of the field that its reason is read from.

    `label` says more than the action's own (`Approve 38 lines`), `key` is empty where the page has none for it, and
    `tone` is another one where the button stands among others.
    """
    deed = DEEDS[action]
    if comment and deed.needs_reason:
        props["data_needs"] = f"#{comment}"
    return button(
        deed.label if label is None else label,
        icon_name=deed.icon,
        key=deed.key if key is None else key,
        kind=deed.tone if tone is None else tone,
        on_click=on_click,
        disabled=~view.allowed,
        **props,
    )


def keys_of(*actions: Action) -> list[tuple[str, str]]:
    """Return the keys of actions, for the list of keys."""
    return [(DEEDS[action].key, DEEDS[action].label.lower()) for action in actions]


def deed_dialog(action: Action, *asks: rx.Component, reference: rx.Var, on_submit: rx.event.EventType) -> rx.Component:
    """Ask before an action is done, with a reason if the table wants one; its form has what it was opened on."""
    deed = DEEDS[action]
    dialog = deed.dialog
    assert dialog is not None
    return asking(
        dialog.name,
        dialog.confirm,
        rx.el.p(dialog.asks),
        rx.el.input(type="hidden", name="action", default_value=action.value),
        *(rx.el.input(type="hidden", name=kept) for kept in KEPT),
        *asks,
        *([_reason(dialog.name, reference)] if deed.needs_reason else []),
        on_submit=on_submit,
        confirm=dialog.confirm,
        mark=deed.icon,
        tone=dialog.tone,
        head=rx.el.h2(dialog.title, reference),
        stay=dialog.stay,
        class_name="pp-ask",
    )


def _reason(name: str, reference: rx.Var) -> rx.Component:
    about = reference + f"/{name}"
    return reason(name, "Reason, kept in the audit", about=about, label_class="f pp-askl", max_length=2000)
