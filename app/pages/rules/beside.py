"""What stands beside the rows of a set: what it would miss, its difference, which row counts for a SKU, its history."""

import reflex as rx

from app.components import icon, section_head, status
from app.components.controls import button, find_field
from app.components.lines import table
from app.pages.rules.state import RulesState as State
from app.pages.rules.view import AppliesRow, ChangeRow, DoneRow, FoundRow

V = State.view


def found() -> rx.Component:
    """Show gaps, contradictions, rows that never count and scopes that match nothing."""
    return rx.cond(
        V.checked,
        rx.el.section(
            section_head("What it would miss", V.found_note),
            rx.cond(
                V.found,
                rx.el.ul(rx.foreach(V.found, _finding)),
                rx.el.p(
                    icon("okc", "s"),
                    "Every product has the rules it needs, every row counts somewhere, and no limits contradict.",
                    class_name="ru-good",
                ),
            ),
            class_name="ru-list",
            data_testid="found",
        ),
    )


def changes() -> rx.Component:
    """Show what differs from the active set."""
    return rx.cond(
        V.against != "",
        rx.el.section(
            section_head("Difference", V.against),
            rx.cond(
                V.changes,
                rx.el.ul(rx.foreach(V.changes, _finding)),
                rx.el.p("It says the same as the active set.", class_name="u"),
            ),
            class_name="ru-list",
            data_testid="changes",
        ),
    )


def _finding(one: FoundRow | ChangeRow | rx.Var) -> rx.Component:
    return rx.el.li(status(one.what, small=True), rx.el.span(one.sentence), key=one.key)


def applies() -> rx.Component:
    """Say which row counts for a SKU, kind by kind, and why that one."""
    return rx.el.section(
        section_head("Which row applies to a SKU, and why", class_name="gh2"),
        rx.el.form(
            find_field(
                placeholder="SKU to look up", name="sku", key="", value=V.applies.sku, data_testid="applies-sku"
            ),
            button("Look it up", kind="sm", type="submit", data_testid="applies-find"),
            on_submit=State.explain,
            reset_on_submit=False,
            class_name="ru-ask row",
        ),
        rx.cond(V.applies.missing != "", rx.el.p(V.applies.missing, class_name="ru-ask warn", role="alert")),
        rx.cond(
            V.applies.rows,
            rx.fragment(
                rx.el.p(V.applies.about, class_name="ru-ask sec"),
                rx.el.div(
                    table(
                        "Rows that apply",
                        rx.foreach(V.applies.rows, _applied),
                        heads=(("Kind", ""), ("Row", ""), ("Severity", ""), ("Limit", "r"), ("Why this one", "")),
                    ),
                    class_name="tw ru",
                ),
            ),
        ),
        data_testid="applies",
    )


def _applied(row: AppliesRow | rx.Var) -> rx.Component:
    return rx.el.tr(
        rx.el.td(row.kind, class_name="kind"),
        rx.el.td(row.rule, class_name="mono"),
        rx.el.td(status(row.severity, small=True)),
        rx.el.td(row.limit, class_name="r b"),
        rx.el.td(row.why, class_name="sec w"),
        key=row.kind,
    )


def history() -> rx.Component:
    """Say who did what to the set, and why."""
    return rx.cond(
        V.done,
        rx.el.section(
            section_head("History", "newest first", class_name="gh2"),
            rx.el.ol(rx.foreach(V.done, _done), class_name="ru-done"),
            data_testid="history",
        ),
    )


def _done(one: DoneRow | rx.Var) -> rx.Component:
    return rx.el.li(
        rx.el.span(one.at, class_name="u"),
        rx.el.p(rx.el.b(one.who), " ", one.did, ". ", rx.el.span(one.rest, class_name="sec")),
        key=one.key,
    )
