"""What a rule set says, a sentence for each kind."""

import reflex as rx

from app.components import icon, section_head
from app.pages.rules.state import RulesState as State
from app.pages.rules.view import RuleSentence

V = State.view


def says() -> rx.Component:
    """Say the set."""
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


def _sentence(one: RuleSentence | rx.Var) -> rx.Component:
    return rx.el.li(
        rx.el.span(icon(one.severity.icon), class_name=f"i0 {one.severity.tone}"),
        rx.el.p(one.start, rx.el.b(one.limit), one.end, one.exceptions, ". ", rx.el.b(one.outcome)),
        key=one.kind,
    )
