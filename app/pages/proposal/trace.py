"""The score of a proposal, and the same told as a list."""

import reflex as rx

from app.components import (
    icon,
    link,
)
from app.components.marks import kbd
from app.components.score.drawing import legend, score, small_score
from app.pages.proposal.addresses import here
from app.pages.proposal.state import ProposalState as State
from app.pages.proposal.trace_view import TraceRow


def score_section() -> rx.Component:
    """Draw the score, or tell it as a list."""
    return rx.el.section(
        rx.cond(
            State.as_list,
            rx.el.div(trace_list(), class_name="sc-list"),
            rx.fragment(
                score(State.score),
                rx.el.ol(rx.foreach(State.steps, _trace_row), class_name="trace sc-small"),
                small_score(State.score),
            ),
        ),
        rx.el.div(
            rx.cond(State.as_list | ~State.score.crossed, rx.fragment(), legend()),
            rx.el.span(class_name="grow"),
            rx.cond(State.as_list, rx.fragment(), rx.el.span(State.score.foot, class_name="offm")),
            rx.cond(
                State.as_list,
                link(
                    "Read as a score ",
                    kbd("T"),
                    to=here(f"tab={State.tab}"),
                    class_name="lk",
                    data_hotkey="t",
                ),
                link(
                    "Read as a list ",
                    kbd("T"),
                    to=here(f"tab={State.tab}&view=list"),
                    class_name="lk",
                    data_hotkey="t",
                    data_testid="as-list",
                ),
            ),
            class_name="sc-lg",
        ),
        class_name="sc",
        aria_label="Score",
    )


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
