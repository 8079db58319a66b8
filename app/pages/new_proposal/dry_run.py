"""The views of a dry run: what would become of the rows, counted and in words."""

import reflex as rx

from app.components import button, icon, stacked_bar, status
from app.components.pressed import group, press
from app.pages.new_proposal import rows, waves, weight
from app.pages.new_proposal.foresight import foresight
from app.pages.new_proposal.notes import note
from app.pages.new_proposal.state import NewProposalState as State
from app.pages.new_proposal.view import CountView


def dry_run(as_read: rx.Component) -> rx.Component:
    """Show what would become of every row, after how they were read."""
    return rx.fragment(
        _file_bar(),
        as_read,
        _counts(),
        _callout(),
        foresight(),
        weight.locks(),
        weight.weight(),
        waves.section(),
        rows.rows(),
    )


def _file_bar() -> rx.Component:
    draft = State.draft
    edit = button("Edit the lines", kind="sm ghost", on_click=State.edit_lines, data_testid="edit-lines")
    replace = button("Replace the file", kind="sm ghost", on_click=State.choose_mode("file"))

    def problems(mark: str, tone: str) -> rx.Component:
        return rx.el.span(icon(mark, "s"), draft.problems_say, class_name=f"st t12 {tone}")

    return rx.el.div(
        icon(rx.cond(draft.pasted, "doc", "file")),
        rx.el.b(draft.name, class_name="b"),
        rx.cond(draft.about != "", rx.el.span(draft.about, class_name="u")),
        rx.el.span(draft.rows_say, class_name="u"),
        rx.cond(draft.problems == 0, problems("okc", "ok"), problems("oct", "bad")),
        rx.el.span(class_name="grow"),
        rx.cond(draft.pasted, edit, replace),
        class_name="np-bar",
    )


def _counts() -> rx.Component:
    draft = State.draft
    rows = rx.el.span("Rows", class_name="st"), rx.el.b(draft.rows), rx.el.span(draft.rule_set)
    return rx.el.section(
        rx.el.div(
            rx.foreach(draft.counts, _count),
            rx.el.div(*rows, class_name="np-vd sum"),
            class_name="np-vds",
        ),
        stacked_bar(draft.bar, label=draft.bar_label),
        class_name="np-vs",
        aria_label="Dry run",
        data_testid="counts",
    )


def _count(count: CountView | rx.Var) -> rx.Component:
    return rx.el.div(
        status(count.status),
        rx.el.b(count.number, class_name=count.tone, data_testid=f"count-{count.kind}"),
        rx.el.span(count.note),
        class_name="np-vd",
        key=count.kind,
    )


def _callout() -> rx.Component:
    out, mixed = State.outcome, State.mixed
    choice = group(
        "Lines with different verdicts",
        press("mixed", State.choose_mixed, "together", "Together", mixed == "together"),
        press("mixed", State.choose_mixed, "split", "Split", mixed == "split"),
    )
    return note(
        rx.match(out.tone, ("bad", "oct"), ("warn", "info"), ("ok", "okc"), "info"),
        out.tone,
        out.rest,
        lead=out.lead,
        does=[rx.cond(State.draft.choice, choice)],
        role="status",
        data_testid="outcome",
    )
