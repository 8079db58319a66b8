"""The views of a wave plan: how it goes out, which lines fall where, and what must hold after each wave."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

import reflex as rx

from app.components import button, icon
from app.components.held import held_box, held_input, held_select
from app.components.lines import table
from app.components.pressed import group, press
from app.components.views import SegmentView
from app.components.wave_plan import TAKES, MeasureRow, WaveAsTyped, WaveRow
from app.pages.new_proposal.foresight import foreseen, kept
from app.pages.new_proposal.waves_state import WavesState as State

UNITS = {"s": "seconds", "min": "minutes", "h": "hours"}
SIDES = {"at least": "below", "at most": "above"}
Noted: TypeAlias = Callable[[rx.Var], rx.event.EventType]
"""What is told of a field when its words change."""


def section() -> rx.Component:
    """Choose how the lines go out, and see what that means."""
    return rx.el.section(
        rx.el.div(
            rx.el.h2("Goes out", class_name="h"),
            group(
                "How the lines go out",
                _way("one", "All at once"),
                rx.cond(State.suggested, _way("suggested", "Suggested waves")),
                _way("own", "Own waves"),
            ),
            rx.el.p(_why(), class_name="sec grow", data_testid="wave-why"),
            class_name="np-wh",
        ),
        rx.cond(State.goes == "one", rx.fragment(), _plan()),
        class_name="np-waves",
        aria_label="Waves",
        data_testid="waves",
    )


def _way(value: str, word: str) -> rx.Component:
    return press("goes", lambda goes: foreseen(State.choose(goes)), value, word, State.goes == value)


def _why() -> rx.Component:
    return rx.match(
        State.goes,
        ("suggested", rx.fragment(State.why)),
        ("own", rx.fragment("Shares are cumulative: 5 %, then up to 25 %, then all that is left.")),
        rx.cond(
            State.suggested,
            rx.fragment(rx.el.b("Waves are suggested. ", class_name="b"), State.why),
            rx.fragment("Every context hears of every line in the same moment."),
        ),
    )


def _plan() -> rx.Component:
    return rx.el.div(
        rx.cond(
            State.plan.bad != "",
            rx.el.p(icon("info", "s"), State.plan.bad, class_name="np-bad np-planbad", role="alert"),
        ),
        rx.el.div(_preview(), _guards(), class_name="np-plan"),
    )


# waves


def _preview() -> rx.Component:
    heads = (
        *(("Wave", ""), ("Takes", ""), ("Lines", "r"), ("Share", "r"), ("Then bakes", ""), ("For example", "")),
        rx.el.th(rx.el.span("Remove", class_name="vh"), scope="col"),
    )
    own, rows = rx.foreach(State.steps, _step), rx.foreach(State.plan.rows, _row)
    add = button("Add a wave", icon_name="plus", kind="sm", on_click=foreseen(State.add_step), data_testid="add-wave")
    return rx.el.div(
        _bar(),
        rx.el.div(
            table(
                "Which lines fall into which wave",
                rx.cond(State.goes == "own", own, rows),
                heads=heads,
                class_name="np-wt inset",
                data_testid="wave-table",
            ),
            class_name="tw",
        ),
        rx.el.div(
            rx.cond(
                State.goes == "own",
                add,
                button("Change these waves", kind="sm", on_click=foreseen(State.choose("own"))),
            ),
            rx.el.span(State.plan.say, class_name="u"),
            _names("np-categories", State.categories),
            _names("np-brands", State.brands),
            class_name="np-wfoot",
        ),
        class_name="np-wleft",
    )


def _bar() -> rx.Component:
    def part(one: SegmentView | rx.Var) -> rx.Component:
        return rx.el.i(style={"width": one.width}, title=one.title, key=one.title)

    parts = rx.foreach(State.plan.bar, part)
    return rx.el.div(parts, class_name="wv-bar", role="img", aria_label=State.plan.bar_label)


def _row(row: WaveRow | rx.Var) -> rx.Component:
    return rx.el.tr(
        rx.el.td(row.number, class_name="b"),
        rx.el.td(row.takes),
        rx.el.td(row.lines, class_name=rx.cond(row.empty, "r u", "r b"), data_testid=f"wave-lines-{row.number}"),
        rx.el.td(row.share, class_name="r pc"),
        rx.el.td(row.bake, class_name="sec"),
        rx.el.td(rx.el.span(row.skus, title=row.skus), class_name="sku w"),
        rx.el.td(),
        key=row.key,
        data_testid=f"wave-{row.number}",
    )


def _step(step: WaveAsTyped | rx.Var, place: rx.Var) -> rx.Component:
    row, last = State.plan.rows[place], step.takes == "rest"
    known = place < State.plan.rows.length()
    return rx.el.tr(
        rx.el.td(step.number, class_name="b"),
        rx.el.td(rx.cond(last, rx.el.span("all that is left"), _takes(step))),
        rx.el.td(rx.cond(known, row.lines, ""), class_name="r b", data_testid=f"wave-lines-{step.number}"),
        rx.el.td(rx.cond(known, row.share, ""), class_name="r pc"),
        rx.el.td(_bake(step)),
        rx.el.td(rx.cond(known, rx.el.span(row.skus, title=row.skus), ""), class_name="sku w"),
        rx.el.td(
            rx.cond(
                last,
                rx.fragment(),
                _removes(f"Remove wave {step.number}", foreseen(State.remove_step(step.key))),
            ),
            class_name="r act",
        ),
        key=step.key,
        data_testid=f"wave-{step.number}",
    )


def _removes(label: str | rx.Var, event: rx.event.EventType) -> rx.Component:
    return rx.el.button(icon("x", "s"), type="button", class_name="btn sm ghost sq", on_click=event, aria_label=label)


def _takes(step: WaveAsTyped | rx.Var) -> rx.Component:
    share, takes = step.takes == "share", step.takes
    offers = ("share", "25"), ("category", "Tea, Coffee"), ("brand", "Brands")
    return rx.el.div(
        _choice(TAKES, takes, f"What wave {step.number} takes", _noted(step, "takes")),
        _typed(
            step.what,
            _noted(step, "what"),
            aria_label=rx.cond(share, "Share in percent", "Names, with commas between"),
            list=rx.match(takes, ("category", "np-categories"), ("brand", "np-brands"), ""),
            placeholder=rx.match(takes, *offers, "SKUs, with commas"),
            class_name=rx.cond(share, "np-in1 num", "np-in1 names"),
            data_testid=f"wave-what-{step.number}",
        ),
        rx.cond(share, rx.el.span("%", class_name="u")),
        class_name="row",
    )


def _bake(step: WaveAsTyped | rx.Var) -> rx.Component:
    number = step.number
    bakes, unit = {"aria_label": f"Wave {number} bakes for"}, f"Unit of wave {number}"
    return rx.el.div(
        _typed(step.bake, _noted(step, "bake"), input_mode="decimal", data_testid=f"wave-bake-{number}", **bakes),
        _choice(UNITS, step.unit, unit, _noted(step, "unit"), data_testid=f"wave-unit-{number}"),
        class_name="row",
    )


def _noted(step: WaveAsTyped | rx.Var, name: str) -> Noted:
    return lambda text: foreseen(State.note_step(step.key, name, text))


def _typed(value: rx.Var, noted: Noted, **props) -> rx.Component:
    """Show a small field whose words are noted when the person is done; a number unless it says otherwise."""
    return held_input(value=value, on_blur=noted, **{"class_name": "np-in1 num"} | props)


def _choice(words: Mapping[str, str], value: rx.Var, label: str | rx.Var, noted: Noted, **props) -> rx.Component:
    options = [rx.el.option(word, value=name) for name, word in words.items()]
    return held_select(*options, value=value, on_change=noted, aria_label=label, class_name="np-in1", **props)


def _names(place: str, names: rx.Var) -> rx.Component:
    return rx.el.datalist(rx.foreach(names, lambda name: rx.el.option(value=name, key=name)), id=place)


# guards


def _guards() -> rx.Component:
    add = button(
        "Add a measure", icon_name="plus", kind="sm", on_click=kept(State.add_measure), data_testid="add-measure"
    )
    return rx.el.div(
        rx.el.div(
            rx.el.h3("Guards"), rx.el.span("judged when each wave has baked", class_name="u"), class_name="np-gh"
        ),
        rx.el.ul(
            _limit("Applied, in each context", "at least", "applied", State.limits.applied),
            _limit("Parked, in each context", "at most", "parked", State.limits.parked),
            _fixed("Rollback requested", "never"),
            _fixed("Landed everywhere", "within 4 × the estimate, 10 s at least"),
            rx.foreach(State.measures, _measure),
            class_name="np-guards",
        ),
        rx.el.div(
            add,
            rx.el.span("posted by API, treated SKUs against the untouched ones", class_name="u"),
            class_name="np-wfoot",
        ),
        rx.el.p(
            "All pass: the next wave goes out by itself. A breach: every wave is undone, the last one first."
            " Unclear: it waits for a person.",
            class_name="u np-gsay",
        ),
        class_name="np-wright",
    )


def _fixed(words: str, limit: str) -> rx.Component:
    return rx.el.li(rx.el.span(words), rx.el.span(limit, class_name="b"))


def _limit(words: str, side: str, name: str, value: rx.Var) -> rx.Component:
    place = f"limit-{name}"
    field = _typed(
        value, lambda text: kept(State.note_limit(name, text)), id=place, input_mode="decimal", data_testid=place
    )
    return rx.el.li(rx.el.label(words, html_for=place), rx.el.span(f"{side} ", field, " %", class_name="row"))


def _measure(row: MeasureRow | rx.Var) -> rx.Component:
    def noted(name: str) -> Noted:
        return lambda text: kept(State.note_measure(row.key, name, text))

    def number(name: str, value: rx.Var, label: str) -> rx.Component:
        return _typed(value, noted(name), input_mode="decimal", aria_label=label)

    named = {"aria_label": "Name of the measure", "class_name": "np-in1 name", "data_testid": "measure-name"}
    required = held_box(
        class_name="cb",
        aria_label="Required",
        checked=row.required,
        on_change=lambda on: kept(State.require_measure(row.key, on)),
    )
    return rx.el.li(
        rx.el.span(
            _typed(row.name, noted("name"), placeholder="conversion", **named),
            _removes("Remove this measure", kept(State.remove_measure(row.key))),
            class_name="row np-mname",
        ),
        rx.el.span(
            rx.el.span("at most"),
            number("tolerance", row.tolerance, "Tolerance in percent"),
            rx.el.span("%"),
            _choice(SIDES, row.direction, "Side", noted("direction")),
            rx.el.span("the control,"),
            rx.el.span("on"),
            number("sample", row.sample, "Observations"),
            rx.el.span("observations"),
            rx.el.label(required, " required", class_name="row"),
            class_name="row np-mrow",
        ),
        class_name="np-measure",
        key=row.key,
    )


def foot() -> rx.Component:
    """Say the waves again where the change is submitted."""
    return rx.cond(
        (State.goes != "one") & (State.plan.rows.length() > 1) & (State.plan.bad == ""),
        rx.fragment(" In ", State.plan.rows.length().to_string(), " waves, not all at once."),
    )
