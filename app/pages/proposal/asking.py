"""The dialogs of a proposal's page: rolling back, publishing in an emergency, making permanent, demanding waves."""

import reflex as rx

from app.components import icon
from app.components.held import typed_in
from app.components.stays import stays
from app.pages.proposal.state import SHUT
from app.pages.proposal.state import ProposalState as State


def opens(dialog: str, seen: str | rx.Var) -> rx.event.EventSpec:
    """Return the event that opens a dialog of this page on what is `seen` at this moment; its form keeps that."""
    kept = rx.Var.create({"reference": State.head.reference, "seen": seen, "nonce": State.nonce})
    return rx.call_script(rx.Var.create(f"window.batonAsk('{dialog}', ").to(str) + kept.to_string() + ")")


def acts(action: str, seen: str | rx.Var, field: str) -> rx.event.EventSpec:
    """Return the event of a button: what stands on the screen, and what stands in the comment's field."""
    return State.act(action, State.head.reference, seen, State.nonce, typed_in(field))


def roll_back_dialog() -> rx.Component:
    """Ask before undoing a publication, with a reason for the audit."""
    return _dialog(
        "roll-back",
        "Roll back ",
        "Every SKU that still has this price gets its earlier price back, at the next version, and every"
        " context undoes it. SKUs with a newer price are left alone.",
        _reason("roll-back"),
        keep="Keep the prices",
        go=("undo", "Roll back"),
        event=State.roll_back,
    )


def ask_back_dialog() -> rx.Component:
    """Ask for a roll-back that takes two people."""
    return _dialog(
        "ask-roll-back",
        "Ask to roll back ",
        "Some earlier prices break a hard rule today, so another person has to agree. Nothing changes before they do; a"
        " canary goes on meanwhile unless it is held.",
        _reason("ask-roll-back"),
        keep="Keep the prices",
        go=("up", "Ask"),
        event=State.ask_back,
    )


def agree_back_dialog() -> rx.Component:
    """Agree to a roll-back that another person asked for."""
    return _dialog(
        "agree-roll-back",
        "Agree to roll back ",
        "Every SKU that still has this price gets its earlier price back, also where that breaks a hard rule today, and"
        " every context undoes it. SKUs with a newer price are left alone.",
        _reason("agree-roll-back"),
        keep="Keep the prices",
        go=("undo", "Agree and roll back"),
        event=State.agree_back,
    )


def expedite_dialog() -> rx.Component:
    """Ask before publishing in an emergency."""
    return _dialog(
        "expedite",
        "Publish now: ",
        "Every line goes out at once, without waiting for its date, a freeze, its waves or an approval. Four eyes, the"
        " facts that were judged and the stop switch still hold.",
        _reason("expedite"),
        keep="Let it wait",
        go=("bolt", "Publish now"),
        event=State.hurry,
    )


def keep_dialog() -> rx.Component:
    """Ask before the prices of a window become permanent."""
    return _dialog(
        "keep",
        "Make permanent, instead of ",
        "The prices of the window stay for good; the earlier prices do not return. That is a decision of its own,"
        " beside the approval of the window, and whoever had a hand in it is barred.",
        rx.el.p(State.keep_finds, class_name="u pp-warns", data_testid="keep-finds"),
        _reason("keep"),
        keep="Let them return",
        go=("lock", "Make permanent"),
        event=State.make_permanent,
    )


def demand_dialog() -> rx.Component:
    """Ask in which waves it must go out."""
    return _dialog(
        "demand",
        "Waves of ",
        "The lines go out in these waves once it is approved; after each one its guards are judged. Who falls where is"
        " shown on the page before you approve.",
        rx.el.fieldset(
            rx.el.legend("How it goes out", class_name="vh"),
            _way("one", "All at once", ""),
            rx.cond(State.demand_why != "", _way("suggested", "As suggested", State.demand_why), rx.fragment()),
            _way("own", "Up to these shares, then the rest", "", checked=True),
            rx.el.div(
                rx.el.input(
                    name="shares",
                    default_value="5, 25",
                    aria_label="Shares in percent, cumulative",
                    class_name="np-in1",
                    data_testid="demand-shares",
                ),
                rx.el.span("%, each bakes", class_name="u"),
                rx.el.input(
                    name="bake",
                    default_value="10",
                    input_mode="decimal",
                    aria_label="Time to bake",
                    class_name="np-in1 num",
                    data_testid="demand-bake",
                ),
                rx.el.select(
                    rx.el.option("minutes", value="min"),
                    rx.el.option("seconds", value="s"),
                    rx.el.option("hours", value="h"),
                    name="unit",
                    aria_label="Unit",
                    class_name="np-in1",
                    data_testid="demand-unit",
                ),
                class_name="pp-dw",
            ),
            class_name="pp-ways",
        ),
        rx.el.p(State.demand_warns, class_name="u pp-warns", data_testid="demand-warns"),
        keep="Leave it as it is",
        go=("steps", "Demand this"),
        event=State.demand,
    )


def _way(value: str, words: str, note: str | rx.Var, *, checked: bool = False) -> rx.Component:
    return rx.el.label(
        rx.el.input(type="radio", name="goes", value=value, default_checked=checked, data_testid=f"demand-{value}"),
        rx.el.span(words, rx.el.span(note, class_name="u pp-wn")),
        class_name="pp-way",
    )


def _reason(name: str) -> rx.Component:
    return rx.fragment(
        rx.el.label("Reason, kept in the audit", html_for=f"{name}-reason", class_name="f pp-askl"),
        rx.el.textarea(
            name="reason",
            id=f"{name}-reason",
            class_name="area",
            required=True,
            max_length=2000,
            custom_attrs=stays(State.head.reference + f"/{name}"),
        ),
    )


def _dialog(
    name: str,
    title: str,
    says: str,
    *asks: rx.Component,
    keep: str,
    go: tuple[str, str],
    event: rx.event.EventType,
) -> rx.Component:
    mark, word = go
    return rx.el.dialog(
        rx.el.form(
            rx.el.h2(title, State.head.reference),
            rx.el.p(says),
            *(rx.el.input(type="hidden", name=kept) for kept in ("reference", "seen", "nonce")),
            *asks,
            rx.el.div(
                rx.el.button(keep, type="button", class_name="btn", on_click=rx.call_script(SHUT)),
                rx.el.button(icon(mark), word, type="submit", class_name="btn pri", data_testid=f"confirm-{name}"),
                class_name="row",
            ),
            on_submit=event,
            reset_on_submit=False,
        ),
        id=name,
        aria_label=word,
        class_name="pp-ask",
    )
