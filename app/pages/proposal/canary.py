"""The canary panel: the waves as a strip, each guard against its limit, and the three ways on."""

import reflex as rx

from app.components import icon, status, why
from app.components.comment import comment
from app.components.decision import deed_button
from app.components.feedback import tone_icon
from app.components.views import FactView
from app.lifecycle.table.deeds import DEEDS
from app.lifecycle.table.transitions import Action
from app.pages.proposal.canary_view import WaveStep
from app.pages.proposal.dialogs import acts
from app.pages.proposal.gauges_view import GaugeView
from app.pages.proposal.state import ProposalState as State

COMMENT = "canary-comment"


def panel() -> rx.Component:
    """Show the canary, if the change goes out in waves."""
    view = State.panel
    guards = rx.cond(view.all_passed & ~view.steered, _passed(), _gauges())
    shown = rx.el.section(
        rx.el.div(rx.el.h2("Canary", class_name="h"), _lead(), class_name="cn-h"),
        rx.el.ol(rx.foreach(view.steps, _step), class_name="cn-strip", data_testid="canary-waves"),
        rx.cond(view.gauges.length() == 0, _limits(), guards),
        rx.cond(view.measures.length() > 0, _folded("Measures that were posted", what=_facts(view.measures))),
        rx.cond(view.steered, _steer()),
        class_name=rx.cond(view.steered, "cn steered", "cn"),
        aria_label="Canary",
        data_testid="canary",
    )
    return rx.cond(view.shown, shown)


def _lead() -> rx.Component:
    view = State.panel
    mark = icon(tone_icon(view.tone, otherwise="steps", warn="pause", idle="steps"), "s")
    return rx.el.p(
        rx.el.span(mark, class_name=view.tone),
        rx.el.b(view.lead, class_name="b"),
        " ",
        view.rest,
        role="status",
        class_name="cn-lead",
        data_testid="canary-lead",
    )


def _step(step: WaveStep | rx.Var) -> rx.Component:
    undone = rx.el.span(icon("undo", "s"), "undone", class_name="st t12 undo")
    return rx.el.li(
        rx.el.div(class_name=f"cn-part {step.state}", title=step.lines, style={"--w": step.width}),
        rx.el.div(
            rx.el.b(step.number), status(step.status, small=True), rx.cond(step.undone, undone), class_name="cn-st"
        ),
        rx.el.div(rx.el.b(step.lines), f" {step.noun}, ", step.takes, class_name="cn-ln"),
        rx.el.div(rx.cond(step.out != "", f"{step.out}, ", ""), step.until, class_name="u"),
        class_name=f"cn-step {step.state}",
        key=step.key,
        data_testid=f"canary-wave-{step.key}",
    )


def _passed() -> rx.Component:
    """Fold the guards away once nothing is left to decide and all of them held."""
    number = State.panel.gauges.length().to_string()
    return _folded("Guards: ", State.panel.judged, ", all ", number, " passed", what=_gauges())


def _folded(*summary: str | rx.Var, what: rx.Component) -> rx.Component:
    return rx.el.details(rx.el.summary(*summary), what, class_name="cn-posted")


def _guards_head(note: str | rx.Var, *more: rx.Component) -> rx.Component:
    return rx.el.div(rx.el.h3("Guards"), rx.el.span(note, class_name="u"), *more, class_name="cn-gh")


def _gauges() -> rx.Component:
    legend = rx.el.span("bar: how much of what is allowed is used; tick: the limit", class_name="u offm")
    return rx.el.div(
        _guards_head(State.panel.judged, rx.el.span(class_name="grow"), legend),
        rx.el.ul(rx.foreach(State.panel.gauges, _gauge), class_name="cn-gauges", data_testid="gauges"),
    )


def _gauge(gauge: GaugeView | rx.Var) -> rx.Component:
    used = rx.el.i(class_name=f"used {gauge.tone}", style={"width": gauge.used})
    bar = rx.cond(gauge.used != "", used), rx.el.i(class_name="at")
    return rx.el.li(
        status(gauge.status, small=True),
        rx.el.span(gauge.sentence, class_name="say"),
        rx.el.span(*bar, class_name="cn-g", aria_hidden="true"),
        rx.el.b(gauge.observed, class_name="cn-o"),
        rx.el.span(gauge.limit, class_name="u cn-l"),
        key=gauge.key,
    )


def _limits() -> rx.Component:
    return rx.el.div(_guards_head("judged when each wave has baked"), _facts(State.panel.limits))


def _facts(facts: rx.Var) -> rx.Component:
    return rx.el.dl(rx.foreach(facts, _fact), class_name="cn-limits")


def _fact(fact: FactView | rx.Var) -> rx.Component:
    note = rx.cond(fact.note != "", rx.el.span(", ", fact.note, class_name="u"))
    return rx.el.div(rx.el.dt(fact.label), rx.el.dd(fact.value, note), key=fact.label)


# the three ways on


def _steer() -> rx.Component:
    ways = [State.actions[action] for action in (Action.CONTINUE, Action.PAUSE, Action.ROLL_BACK)]
    anybody = ways[0].allowed | ways[1].allowed | ways[2].allowed
    asks, about = "What you saw, and why it goes on or back", State.head.reference + "/canary"
    return rx.el.form(
        rx.cond(anybody, comment(COMMENT, placeholder=asks, about=about)),
        rx.el.div(
            _way(Action.CONTINUE, "continue", label=State.panel.go_on),
            _way(Action.PAUSE, "hold"),
            _way(Action.ROLL_BACK, "roll-back", tone="danger"),
            class_name="row",
        ),
        class_name="cn-steer",
        aria_label="Steer the canary",
        data_testid="steer",
    )


def _way(action: Action, name: str, *, label: rx.Var | None = None, tone: str | None = None) -> rx.Component:
    view, kind = State.actions[action], DEEDS[action].tone if tone is None else tone
    return rx.el.span(
        deed_button(
            action,
            view,
            on_click=acts(action, COMMENT),
            label=label,
            tone=rx.cond(view.allowed, kind, ""),
            comment=COMMENT,
            why_id=f"why-{name}",
            data_testid=f"canary-{name}",
        ),
        rx.cond(view.allowed, rx.fragment(), why(view.why, id=f"why-{name}")),
        class_name="cn-way",
    )
