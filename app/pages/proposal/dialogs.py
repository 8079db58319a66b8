"""The dialogs of a proposal's page, and the event that every one of its buttons sends."""

import reflex as rx

from app.components.decision import deed_dialog
from app.components.held import typed_in
from app.lifecycle.table.deeds import DEEDS, Binds
from app.lifecycle.table.transitions import Action
from app.pages.proposal.state import ProposalState as State


def opens(action: Action) -> rx.event.EventSpec:
    """Return the event that opens an action's dialog on what it binds to at this moment; its form keeps that."""
    dialog = DEEDS[action].dialog
    assert dialog is not None
    kept = rx.Var.create({"reference": State.head.reference, "seen": _bound(action), "nonce": State.nonce})
    return rx.call_script(rx.Var.create(f"window.batonAsk('{dialog.name}', ").to(str) + kept.to_string() + ")")


def acts(action: Action, field: str) -> rx.event.EventSpec:
    """Return the event of a button: what stands on the screen, and what stands in the comment's field."""
    pressed = {
        "action": action.value,
        "reference": State.head.reference,
        "seen": _bound(action),
        "nonce": State.nonce,
        "reason": typed_in(field),
    }
    return State.act(rx.Var.create(pressed))


def _bound(action: Action) -> str | rx.Var:
    return State.seen if DEEDS[action].binds is Binds.OPENED else State.head.standing


def dialogs() -> tuple[rx.Component, ...]:
    """Hold every dialog that the page can open."""
    return (
        _dialog(Action.ROLL_BACK),
        _dialog(Action.ASK_ROLL_BACK),
        _dialog(Action.AGREE_ROLL_BACK),
        _dialog(Action.EXPEDITE),
        _dialog(Action.KEEP, rx.el.p(State.keep_finds, class_name="u pp-warns", data_testid="keep-finds")),
        _demand(),
    )


def _dialog(action: Action, *asks: rx.Component) -> rx.Component:
    return deed_dialog(action, *asks, reference=State.head.reference, on_submit=State.act)


def _demand() -> rx.Component:
    """Ask in which waves it must go out."""
    words = {"min": "minutes", "s": "seconds", "h": "hours"}
    units = [rx.el.option(word, value=unit) for unit, word in words.items()]
    return _dialog(
        Action.PLAN_WAVES,
        rx.el.fieldset(
            rx.el.legend("How it goes out", class_name="vh"),
            _way("one", "All at once", ""),
            rx.cond(State.demand_why != "", _way("suggested", "As suggested", State.demand_why)),
            _way("own", "Up to these shares, then the rest", "", checked=True),
            rx.el.div(
                rx.el.input(default_value="5, 25", **_asked("shares", "Shares in percent, cumulative")),
                rx.el.span("%, each bakes", class_name="u"),
                rx.el.input(default_value="10", input_mode="decimal", **_asked("bake", "Time to bake", " num")),
                rx.el.select(*units, **_asked("unit", "Unit")),
                class_name="pp-dw",
            ),
            class_name="pp-ways",
        ),
        rx.el.p(State.demand_warns, class_name="u pp-warns", data_testid="demand-warns"),
    )


def _asked(name: str, label: str, more_class: str = "") -> dict[str, str]:
    return {
        "name": name,
        "aria_label": label,
        "class_name": f"np-in1{more_class}",
        "data_testid": f"demand-{name}",
    }


def _way(value: str, words: str, note: str | rx.Var, *, checked: bool = False) -> rx.Component:
    return rx.el.label(
        rx.el.input(type="radio", name="goes", value=value, default_checked=checked, data_testid=f"demand-{value}"),
        rx.el.span(words, rx.el.span(note, class_name="u pp-wn")),
        class_name="pp-way",
    )
