"""The views of when a change takes effect, and of a price window that ends by itself."""

import reflex as rx

from app.components import icon
from app.components.held import held_select
from app.components.moments import ReadingView
from app.components.span import SpanEnd, clock_field, offer_button
from app.components.zones import zone_field
from app.pages.new_proposal.foresight import foreseen
from app.pages.new_proposal.timing_state import TimingState as State


def choices() -> rx.Component:
    """Ask when it takes effect and whether the earlier prices return."""
    return rx.fragment(
        _choice("when", "Takes effect", "cal", State.when, State.choose_when, "decided", "When decided"),
        _choice("until", "Until", "undo", State.until, State.choose_until, "good", "For good"),
    )


def _choice(
    name: str, label: str, mark: str, value: rx.Var, event: rx.event.EventType, rest: str, rest_words: str
) -> rx.Component:
    return rx.el.div(
        rx.el.label(label, html_for=name, class_name="f"),
        rx.el.div(
            icon(mark, "s"),
            held_select(
                rx.el.option(rest_words, value=rest),
                rx.el.option("At a set time" if name == "when" else "Until a set time", value="at"),
                id=name,
                value=value,
                on_change=foreseen(event),
                data_testid=name,
            ),
            class_name="field",
        ),
    )


def moments() -> rx.Component:
    """Take the date, time and zone of both moments, and say what was understood."""
    begins, ends = State.when == "at", State.until == "at"
    return rx.cond(
        begins | ends,
        rx.el.div(
            rx.cond(begins, _moment("begins", _end("starts", "Takes effect"))),
            rx.cond(ends, _moment("ends", _end("ends", "Earlier prices return"))),
            _zone(),
            class_name="np-when",
        ),
    )


def _fill(name: str, value: str | rx.Var) -> list[rx.event.EventType]:
    return foreseen(State.fill(name, value))


def _end(name: str, label: str) -> SpanEnd:
    return SpanEnd(name, label, State.form, _fill, lambda end: foreseen(State.offer(end)))


def _moment(which: str, end: SpanEnd) -> rx.Component:
    bad = rx.cond(end.said.bad != "", "true", "false")
    return rx.el.div(
        rx.el.span(end.label, class_name="f np-lab"),
        rx.el.div(
            *(
                clock_field(
                    end,
                    part,
                    name=f"{which}-{part}",
                    aria_describedby=f"{which}-say",
                    beside={"class_name": f"field np-{kind}", "data_bad": bad},
                )
                for part, kind in (("day", "date"), ("time", "time"))
            ),
            class_name="two",
        ),
        _answer(which, end),
        class_name="np-moment",
    )


def _answer(which: str, end: SpanEnd) -> rx.Component:
    said = end.said
    return rx.el.div(
        rx.cond(
            said.bad != "",
            rx.el.span(said.bad, class_name="np-bad", role="alert", data_testid=f"{which}-bad"),
            rx.el.span(said.say, class_name="u", data_testid=f"{which}-say"),
        ),
        offer_button(end, name=f"{which}-offer"),
        rx.cond(
            said.twice.length() > 0,
            rx.el.div(
                rx.foreach(said.twice, lambda one: _meaning(which, end, one)),
                class_name="np-twice",
                role="group",
                aria_label="Which of the two is meant",
            ),
        ),
        id=f"{which}-say",
        class_name="np-answer",
    )


def _meaning(which: str, end: SpanEnd, one: ReadingView | rx.Var) -> rx.Component:
    return rx.el.button(
        rx.cond(one.fold == "0", "The first: ", "The second: "),
        one.words,
        type="button",
        class_name="btn sm",
        aria_pressed=rx.cond(end.value("fold") == one.fold, "true", "false"),
        on_click=end.fill(f"{end.name}_fold", one.fold),
        data_testid=f"{which}-fold-{one.fold}",
        key=one.fold,
    )


def _zone() -> rx.Component:
    return rx.el.div(
        rx.el.label("In the time zone", html_for="zone", class_name="f"),
        zone_field("zone", State.form.zone, lambda value: _fill("zone", value)),
        class_name="np-zone",
    )


def foot() -> rx.Component:
    """Say the moments again where the change is submitted."""
    return rx.fragment(
        rx.cond(
            (State.when == "at") & (State.form.starts.say != ""),
            rx.fragment(" Not before ", State.form.starts.say, "."),
        ),
        rx.cond(
            (State.until == "at") & (State.form.ends.say != ""),
            rx.fragment(" Its window ends ", State.form.ends.say, "; what is out by then returns."),
        ),
    )
