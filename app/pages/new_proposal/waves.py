"""The views of a wave plan: how it goes out, which lines fall where, and what must hold after each wave."""

import reflex as rx

from app.components import button, icon
from app.components.held import held_box, held_input, held_select
from app.components.lines import table
from app.components.wave_plan import TAKES, MeasureRow, WaveAsTyped, WaveRow
from app.pages.new_proposal.foresight import foreseen, kept
from app.pages.new_proposal.waves_state import WavesState as State


def section() -> rx.Component:
    """Choose how the lines go out, and see what that means."""
    return rx.el.section(
        rx.el.div(
            rx.el.h2("Goes out", class_name="h"),
            rx.el.div(
                _way("one", "All at once"),
                rx.cond(State.suggested, _way("suggested", "Suggested waves")),
                _way("own", "Own waves"),
                class_name="seg",
                role="group",
                aria_label="How the lines go out",
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
    return rx.el.button(
        word,
        type="button",
        aria_pressed=rx.cond(State.goes == value, "true", "false"),
        on_click=foreseen(State.choose(value)),
        data_testid=f"goes-{value}",
    )


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
    return rx.el.div(
        _bar(),
        rx.el.div(
            table(
                "Which lines fall into which wave",
                rx.cond(
                    State.goes == "own",
                    rx.foreach(State.steps, _step),
                    rx.foreach(State.plan.rows, _row),
                ),
                heads=(
                    ("Wave", ""),
                    ("Takes", ""),
                    ("Lines", "r"),
                    ("Share", "r"),
                    ("Then bakes", ""),
                    ("For example", ""),
                    rx.el.th(rx.el.span("Remove", class_name="vh"), scope="col"),
                ),
                class_name="np-wt inset",
                data_testid="wave-table",
            ),
            class_name="tw",
        ),
        rx.el.div(
            rx.cond(
                State.goes == "own",
                button(
                    "Add a wave",
                    icon_name="plus",
                    kind="sm",
                    on_click=foreseen(State.add_step),
                    data_testid="add-wave",
                ),
                rx.el.button(
                    "Change these waves", type="button", class_name="btn sm", on_click=foreseen(State.choose("own"))
                ),
            ),
            rx.el.span(State.plan.say, class_name="u"),
            _names(),
            class_name="np-wfoot",
        ),
        class_name="np-wleft",
    )


def _bar() -> rx.Component:
    return rx.el.div(
        rx.foreach(
            State.plan.bar,
            lambda part: rx.el.i(style={"width": part.width}, title=part.title, key=part.title),
        ),
        class_name="wv-bar",
        role="img",
        aria_label=State.plan.bar_label,
    )


def _row(row: WaveRow | rx.Var) -> rx.Component:
    return rx.el.tr(
        rx.el.td(row.number, class_name="b"),
        rx.el.td(row.takes),
        *_falls(row),
        rx.el.td(row.bake, class_name="sec"),
        rx.el.td(rx.el.span(row.skus, title=row.skus), class_name="sku w"),
        rx.el.td(),
        key=row.key,
        data_testid=f"wave-{row.number}",
    )


def _falls(row: WaveRow | rx.Var) -> tuple[rx.Component, rx.Component]:
    empty = rx.cond(row.empty, "r u", "r b")
    return (
        rx.el.td(row.lines, class_name=empty, data_testid=f"wave-lines-{row.number}"),
        rx.el.td(row.share, class_name="r pc"),
    )


def _step(step: WaveAsTyped | rx.Var, place: rx.Var) -> rx.Component:
    row = State.plan.rows[place]
    known = place < State.plan.rows.length()
    return rx.el.tr(
        rx.el.td(step.number, class_name="b"),
        rx.el.td(rx.cond(step.takes == "rest", rx.el.span("all that is left"), _takes(step))),
        rx.el.td(rx.cond(known, row.lines, ""), class_name="r b", data_testid=f"wave-lines-{step.number}"),
        rx.el.td(rx.cond(known, row.share, ""), class_name="r pc"),
        rx.el.td(_bake(step)),
        rx.el.td(rx.cond(known, rx.el.span(row.skus, title=row.skus), ""), class_name="sku w"),
        rx.el.td(
            rx.cond(
                step.takes == "rest",
                rx.fragment(),
                rx.el.button(
                    icon("x", "s"),
                    type="button",
                    class_name="btn sm ghost sq",
                    on_click=foreseen(State.remove_step(step.key)),
                    aria_label=f"Remove wave {step.number}",
                ),
            ),
            class_name="r act",
        ),
        key=step.key,
        data_testid=f"wave-{step.number}",
    )


def _takes(step: WaveAsTyped | rx.Var) -> rx.Component:
    return rx.el.div(
        held_select(
            *[rx.el.option(words, value=name) for name, words in TAKES.items()],
            value=step.takes,
            on_change=lambda value: foreseen(State.note_step(step.key, "takes", value)),
            aria_label=f"What wave {step.number} takes",
            class_name="np-in1",
        ),
        held_input(
            value=step.what,
            on_blur=lambda value: foreseen(State.note_step(step.key, "what", value)),
            aria_label=rx.cond(step.takes == "share", "Share in percent", "Names, with commas between"),
            list=rx.match(step.takes, ("category", "np-categories"), ("brand", "np-brands"), ""),
            placeholder=rx.match(
                step.takes, ("share", "25"), ("category", "Tea, Coffee"), ("brand", "Brands"), "SKUs, with commas"
            ),
            class_name=rx.cond(step.takes == "share", "np-in1 num", "np-in1 names"),
            data_testid=f"wave-what-{step.number}",
        ),
        rx.cond(step.takes == "share", rx.el.span("%", class_name="u")),
        class_name="row",
    )


def _bake(step: WaveAsTyped | rx.Var) -> rx.Component:
    return rx.el.div(
        held_input(
            value=step.bake,
            on_blur=lambda value: foreseen(State.note_step(step.key, "bake", value)),
            input_mode="decimal",
            aria_label=f"Wave {step.number} bakes for",
            class_name="np-in1 num",
            data_testid=f"wave-bake-{step.number}",
        ),
        held_select(
            rx.el.option("seconds", value="s"),
            rx.el.option("minutes", value="min"),
            rx.el.option("hours", value="h"),
            value=step.unit,
            on_change=lambda value: foreseen(State.note_step(step.key, "unit", value)),
            aria_label=f"Unit of wave {step.number}",
            class_name="np-in1",
            data_testid=f"wave-unit-{step.number}",
        ),
        class_name="row",
    )


def _names() -> rx.Component:
    return rx.fragment(
        rx.el.datalist(
            rx.foreach(State.categories, lambda name: rx.el.option(value=name, key=name)), id="np-categories"
        ),
        rx.el.datalist(rx.foreach(State.brands, lambda name: rx.el.option(value=name, key=name)), id="np-brands"),
    )


# guards


def _guards() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.h3("Guards"),
            rx.el.span("judged when each wave has baked", class_name="u"),
            class_name="np-gh",
        ),
        rx.el.ul(
            _limit("Applied, in each context", "at least", "applied", State.limits.applied),
            _limit("Parked, in each context", "at most", "parked", State.limits.parked),
            rx.el.li(rx.el.span("Rollback requested"), rx.el.span("never", class_name="b")),
            rx.el.li(
                rx.el.span("Landed everywhere"), rx.el.span("within 4 × the estimate, 10 s at least", class_name="b")
            ),
            rx.foreach(State.measures, _measure),
            class_name="np-guards",
        ),
        rx.el.div(
            button(
                "Add a measure",
                icon_name="plus",
                kind="sm",
                on_click=kept(State.add_measure),
                data_testid="add-measure",
            ),
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


def _limit(words: str, side: str, name: str, value: rx.Var) -> rx.Component:
    return rx.el.li(
        rx.el.label(words, html_for=f"limit-{name}"),
        rx.el.span(
            f"{side} ",
            held_input(
                id=f"limit-{name}",
                value=value,
                on_blur=lambda text: kept(State.note_limit(name, text)),
                input_mode="decimal",
                class_name="np-in1 num",
                data_testid=f"limit-{name}",
            ),
            " %",
            class_name="row",
        ),
    )


def _measure(row: MeasureRow | rx.Var) -> rx.Component:
    return rx.el.li(
        rx.el.span(
            held_input(
                value=row.name,
                on_blur=lambda text: kept(State.note_measure(row.key, "name", text)),
                placeholder="conversion",
                aria_label="Name of the measure",
                class_name="np-in1 name",
                data_testid="measure-name",
            ),
            rx.el.button(
                icon("x", "s"),
                type="button",
                class_name="btn sm ghost sq",
                on_click=kept(State.remove_measure(row.key)),
                aria_label="Remove this measure",
            ),
            class_name="row np-mname",
        ),
        rx.el.span(
            rx.el.span("at most"),
            _small(row, "tolerance", row.tolerance, "Tolerance in percent"),
            rx.el.span("%"),
            held_select(
                rx.el.option("below", value="at least"),
                rx.el.option("above", value="at most"),
                value=row.direction,
                on_change=lambda text: kept(State.note_measure(row.key, "direction", text)),
                aria_label="Side",
                class_name="np-in1",
            ),
            rx.el.span("the control,"),
            rx.el.span("on"),
            _small(row, "sample", row.sample, "Observations"),
            rx.el.span("observations"),
            rx.el.label(
                held_box(
                    class_name="cb",
                    aria_label="Required",
                    checked=row.required,
                    on_change=lambda on: kept(State.require_measure(row.key, on)),
                ),
                " required",
                class_name="row",
            ),
            class_name="row np-mrow",
        ),
        class_name="np-measure",
        key=row.key,
    )


def _small(row: MeasureRow | rx.Var, name: str, value: rx.Var, label: str) -> rx.Component:
    return held_input(
        value=value,
        on_blur=lambda text: kept(State.note_measure(row.key, name, text)),
        input_mode="decimal",
        aria_label=label,
        class_name="np-in1 num",
    )


def foot() -> rx.Component:
    """Say the waves again where the change is submitted."""
    return rx.cond(
        (State.goes != "one") & (State.plan.rows.length() > 1) & (State.plan.bad == ""),
        rx.fragment(" In ", State.plan.rows.length().to_string(), " waves, not all at once."),
    )
