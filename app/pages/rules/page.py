"""The rules page."""

import reflex as rx

from app import routes
from app.components import empty, icon, section_head, skeleton_rows, status
from app.components.lines import table
from app.pages.rules.state import RulesState
from app.pages.rules.view import RuleRow, RuleSentence, SetRow
from app.shell import page, shell

V = RulesState.view


@page(routes.RULES, "Rules", RulesState.load)
def rules() -> rx.Component:
    """Show what the active rule set says."""
    return shell(
        rx.cond(
            RulesState.loaded,
            rx.cond(
                V.missing != "",
                empty("No rule set is active", V.missing, icon_name="scale", code="no_rule_set"),
                rx.fragment(_head(), _advice(), _says(), _rows(), _sets()),
            ),
            skeleton_rows(8),
        ),
        title="Rules",
        here=routes.RULES,
        note=V.note,
    )


def _head() -> rx.Component:
    return rx.el.div(
        rx.el.span(
            rx.el.span(icon("okc", "s"), "Active", class_name="st ok"),
            rx.el.b(V.title),
            rx.el.span(V.since, class_name="u"),
            rx.el.span(V.hash, class_name="mono u"),
            class_name="set on",
        ),
        rx.el.span(class_name="grow"),
        rx.el.span(
            icon("lock", "s"),
            "A rule set never changes: a new one is drafted, replayed, and activated by a second person.",
            class_name="why",
        ),
        class_name="sets",
    )


def _advice() -> rx.Component:
    """Tell an older installation which kind of rule it lacks, and how to adopt it."""
    return rx.cond(
        V.advice != "",
        rx.el.div(
            icon("info"),
            rx.el.p(V.advice, class_name="grow"),
            class_name="ru-advice call warn",
            role="status",
            data_testid="rules-advice",
        ),
    )


def _says() -> rx.Component:
    return rx.el.section(
        section_head("What it says"),
        rx.el.ol(rx.foreach(V.sentences, _sentence)),
        rx.el.p(
            icon("info", "s"),
            "The most specific scope wins. A missing cost or a broken rule counts as hard: nothing fails open.",
            class_name="nt",
        ),
        class_name="says",
        data_testid="says",
    )


def _sentence(one: RuleSentence) -> rx.Component:
    return rx.el.li(
        rx.el.span(icon(one.severity.icon), class_name=f"i0 {one.severity.tone}"),
        rx.el.p(one.start, rx.el.b(one.limit), one.end, one.exceptions, ". ", rx.el.b(one.outcome)),
        key=one.start,
    )


def _rows() -> rx.Component:
    return rx.fragment(
        section_head("Rules", "grouped by kind", class_name="gh2"),
        rx.el.div(
            table(
                "Rules of the active set",
                rx.foreach(V.rows, _rule),
                heads=(
                    ("Kind", ""),
                    ("Severity", ""),
                    ("Scope", ""),
                    ("Condition", ""),
                    ("Limit", "r"),
                    ("Why", ""),
                    ("Owner", ""),
                    ("Since", ""),
                ),
            ),
            class_name="tw ru",
        ),
    )


def _rule(row: RuleRow) -> rx.Component:
    return rx.el.tr(
        rx.el.td(row.kind, class_name="kind"),
        rx.el.td(status(row.severity, small=True)),
        rx.el.td(row.scope),
        rx.el.td(row.condition, class_name="sec"),
        rx.el.td(row.limit, class_name="r b"),
        rx.el.td(row.why, class_name="sec w"),
        rx.el.td(row.owner, class_name="sec"),
        rx.el.td(row.since, class_name="u"),
        key=row.id,
    )


def _sets() -> rx.Component:
    return rx.fragment(
        section_head("Sets", "newest first", class_name="gh2"),
        rx.el.div(
            table(
                "Every rule set there ever was",
                rx.foreach(V.sets, _set),
                heads=(
                    ("Number", ""),
                    ("State", ""),
                    ("Content", ""),
                    ("Activated by", ""),
                    ("Activated", "r"),
                ),
            ),
            class_name="tw",
        ),
    )


def _set(row: SetRow) -> rx.Component:
    return rx.el.tr(
        rx.el.td(row.number, class_name="b"),
        rx.el.td(status(row.state, small=True)),
        rx.el.td(row.content, class_name="mono sec w"),
        rx.el.td(row.by, class_name="sec"),
        rx.el.td(row.at, class_name="r u"),
        key=row.number,
    )
