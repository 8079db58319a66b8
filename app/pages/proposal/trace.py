"""The score of a proposal, and the same told as a list."""

import reflex as rx

from app.components import icon, link
from app.components.marks import kbd
from app.components.score.drawing import legend, score, small_score
from app.pages.proposal.addresses import here
from app.pages.proposal.state import ProposalState as State
from app.pages.proposal.trace_view import TraceRow


def score_section() -> rx.Component:
    """Draw the score, or tell it as a list."""
    as_list, tab = State.as_list, here(f"tab={State.tab}")
    drawn = rx.fragment(
        score(State.score),
        rx.el.ol(rx.foreach(State.steps, _trace_row), class_name="trace sc-small"),
        small_score(State.score),
    )
    as_score = _read_as("Read as a score ", tab)
    told = _read_as("Read as a list ", here(f"tab={State.tab}&view=list"), data_testid="as-list")
    return rx.el.section(
        rx.cond(as_list, rx.el.div(trace_list(), class_name="sc-list"), drawn),
        rx.el.div(
            rx.cond(as_list | ~State.score.crossed, rx.fragment(), legend()),
            rx.el.span(class_name="grow"),
            rx.cond(as_list, rx.fragment(), rx.el.span(State.score.foot, class_name="offm")),
            rx.cond(as_list, as_score, told),
            class_name="sc-lg",
        ),
        class_name="sc",
        aria_label="Score",
    )


def _read_as(words: str, to: rx.Var, **props) -> rx.Component:
    return link(words, kbd("T"), to=to, class_name="lk", data_hotkey="t", **props)


def trace_list() -> rx.Component:
    """Tell everything that happened as a list, with the seam across."""
    return rx.el.ol(rx.foreach(State.trace, _trace_row), class_name="trace", data_testid="trace")


def _trace_row(row: TraceRow | rx.Var) -> rx.Component:
    return rx.cond(
        row.seam,
        rx.el.li(
            rx.el.span(row.lead, ": "),
            rx.el.span(row.rest, class_name="u"),
            rx.el.div(class_name="barline"),
            class_name="seamrow",
            key=row.key,
        ),
        rx.el.li(
            rx.el.time(row.at),
            rx.el.span(icon(row.icon, "s"), class_name=row.tone),
            rx.el.span(rx.el.b(row.lead), rx.el.span(row.rest, class_name="u"), class_name="what"),
            rx.el.span(row.gap, class_name="gap"),
            key=row.key,
        ),
    )
