"""The rows of a set as a grid. Of a draft that one may change, a row opens in its place as a form."""

import reflex as rx

from app.components import button, icon, link, section_head, status
from app.components.controls import button_link
from app.components.lines import in_place, next_lines, table
from app.pages.rules.row_form import row_form
from app.pages.rules.state import RulesState as State
from app.pages.rules.view import RuleRow

V = State.view
HEADS = (
    ("Kind", ""),
    ("Severity", ""),
    ("Scope", ""),
    ("Condition", ""),
    ("Limit", "r"),
    ("Why", ""),
    ("Owner", ""),
    ("In force", ""),
    ("", ""),
)


def grid() -> rx.Component:
    """Show the rows, a hundred at a time."""
    return rx.el.section(
        rx.el.div(
            section_head("Rules", V.rows_note),
            rx.el.span(class_name="grow"),
            _export("csv", "CSV"),
            _export("json", "JSON"),
            rx.cond(V.editable, _editing()),
            class_name="gh2 ru-tools",
        ),
        rx.cond(State.row.is_new, rx.el.div(row_form(), class_name="ru-new")),
        rx.el.div(
            table("Rules of the set", rx.foreach(V.rows, _rule), heads=HEADS, data_testid="rules"), class_name="tw ru"
        ),
        next_lines("rows", after=V.after, next_after=V.next_after, first_to=V.first_to, next_to=V.next_to),
    )


def _export(kind: str, word: str) -> rx.Component:
    return rx.el.a(
        icon("dl", "s"),
        word,
        href=f"/api/rule-sets/{V.number}/export?format={kind}",
        download=True,
        custom_attrs={"reloadDocument": True},  # a file, not a page of ours
        class_name="btn sm",
        aria_label=f"Export as {word}",
        data_testid=f"export-{kind}",
    )


def _editing() -> rx.Component:
    return rx.fragment(
        button(
            "Bring rows in",
            icon_name="upload",
            key="I",
            kind="sm",
            on_click=State.ask("bring", V.number, V.version, V.seen),
            data_testid="bring",
            data_paste="rules-bring",
        ),
        button_link(
            "Add a row", to=V.add_to, icon_name="plus", key="R", kind="sm", custom_attrs=in_place(), data_testid="add"
        ),
    )


def _rule(row: RuleRow | rx.Var) -> rx.Component:
    return rx.cond(
        State.row.rule == row.id,
        rx.el.tr(rx.el.td(row_form(), col_span=len(HEADS), class_name="ru-open"), key=row.id),
        _closed(row),
    )


def _closed(row: RuleRow | rx.Var) -> rx.Component:
    named = link(row.kind, to=row.href, data_row="", custom_attrs=in_place(), data_testid=f"row-{row.id}")
    return rx.el.tr(
        rx.el.td(rx.cond(V.editable, named, row.kind), class_name="kind"),
        rx.el.td(status(row.severity, small=True)),
        rx.el.td(row.scope, class_name="ru-scope", title=row.scope),
        rx.el.td(row.condition, class_name="sec"),
        rx.el.td(row.limit, class_name="r b ru-limit"),
        rx.el.td(row.why, class_name="sec w"),
        rx.el.td(row.owner, class_name="sec"),
        rx.el.td(row.since, class_name="u"),
        rx.el.td(
            rx.cond(row.mark != "", rx.el.span(row.mark, class_name=f"ru-mark {row.mark}", title=row.told)),
            rx.cond(
                row.remark != "",
                rx.el.span(icon("tri", "s"), class_name=f"st {row.tone}", title=row.remark, aria_label=row.remark),
            ),
        ),
        class_name=rx.match(row.mark, ("new", "ru-n"), ("changed", "ru-c"), ""),
        key=row.id,
        data_row_box="",
    )
