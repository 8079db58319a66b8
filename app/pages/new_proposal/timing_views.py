"""The views of when a change takes effect, and of a price window that ends by itself."""

import reflex as rx

from app.components import icon
from app.components.held import held_input, held_select
from app.components.moments import MomentView, ReadingView
from app.components.zones import zone_field
from app.pages.new_proposal.foresight_views import foreseen
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
    open_ = (State.when == "at") | (State.until == "at")
    return rx.cond(
        open_,
        rx.el.div(
            rx.cond(
                State.when == "at",
                _moment("begins", "Takes effect", State.begins, State.day, State.time, State.note_day, State.note_time),
                rx.fragment(),
            ),
            rx.cond(
                State.until == "at",
                _moment(
                    "ends",
                    "Earlier prices return",
                    State.ends,
                    State.end_day,
                    State.end_time,
                    State.note_end_day,
                    State.note_end_time,
                ),
                rx.fragment(),
            ),
            _zone(),
            class_name="np-when",
        ),
        rx.fragment(),
    )


def _moment(
    which: str,
    label: str,
    view: MomentView | rx.Var,
    day: rx.Var,
    time: rx.Var,
    note_day: rx.event.EventType,
    note_time: rx.event.EventType,
) -> rx.Component:
    bad = rx.cond(view.bad != "", "true", "false")
    return rx.el.div(
        rx.el.span(label, class_name="f np-lab"),
        rx.el.div(
            _input("date", f"{label}, day", day, note_day, bad, f"{which}-day", which),
            _input("time", f"{label}, time", time, note_time, bad, f"{which}-time", which),
            class_name="two",
        ),
        _answer(which, view),
        class_name="np-moment",
    )


def _input(
    kind: str, label: str, value: rx.Var, event: rx.event.EventType, bad: rx.Var, name: str, which: str
) -> rx.Component:
    return rx.el.div(
        held_input(
            type=kind,
            aria_label=label,
            aria_describedby=f"{which}-say",
            value=value,
            on_change=foreseen(event),
            data_testid=name,
        ),
        class_name=f"field np-{kind}",
        data_bad=bad,
    )


def _answer(which: str, view: MomentView | rx.Var) -> rx.Component:
    return rx.el.div(
        rx.cond(
            view.bad != "",
            rx.el.span(view.bad, class_name="np-bad", role="alert", data_testid=f"{which}-bad"),
            rx.el.span(view.say, class_name="u", data_testid=f"{which}-say"),
        ),
        rx.cond(
            view.offer != "",
            rx.el.button(
                view.offer,
                type="button",
                class_name="btn sm",
                on_click=foreseen(State.take_offer(which)),
                data_testid=f"{which}-offer",
            ),
            rx.fragment(),
        ),
        rx.cond(
            view.twice.length() > 0,
            rx.el.div(
                rx.foreach(view.twice, lambda one: _meaning(which, one)),
                class_name="np-twice",
                role="group",
                aria_label="Which of the two is meant",
            ),
            rx.fragment(),
        ),
        id=f"{which}-say",
        class_name="np-answer",
    )


def _meaning(which: str, one: ReadingView | rx.Var) -> rx.Component:
    chosen = State.end_fold if which == "ends" else State.fold
    return rx.el.button(
        rx.cond(one.fold == "0", "The first: ", "The second: "),
        one.words,
        type="button",
        class_name="btn sm",
        aria_pressed=rx.cond(chosen == one.fold, "true", "false"),
        on_click=foreseen(State.mean(which, one.fold)),
        data_testid=f"{which}-fold-{one.fold}",
        key=one.fold,
    )


def _zone() -> rx.Component:
    return rx.el.div(
        rx.el.label("In the time zone", html_for="zone", class_name="f"),
        zone_field("zone", State.zone, foreseen(State.choose_zone)),
        class_name="np-zone",
    )


def foot() -> rx.Component:
    """Say the moments again where the change is submitted."""
    return rx.fragment(
        rx.cond(
            (State.when == "at") & (State.begins.say != ""),
            rx.fragment(" Not before ", State.begins.say, "."),
            rx.fragment(),
        ),
        rx.cond(
            (State.until == "at") & (State.ends.say != ""),
            rx.fragment(" Its window ends ", State.ends.say, "; what is out by then returns."),
            rx.fragment(),
        ),
    )
