"""The head of a rule set: which sets are alive, where this one stands, and what is done with it."""

import reflex as rx

from app.components import button, icon, link, pill, why
from app.pages.rules.state import RulesState as State
from app.pages.rules.view import ActButton, SetRow

V = State.view


def strip() -> rx.Component:
    """Lead to every set that judges or may come to."""
    return rx.el.nav(rx.foreach(V.strip, _set), class_name="sets", aria_label="Rule sets", data_testid="strip")


def _set(row: SetRow | rx.Var) -> rx.Component:
    return link(
        rx.el.span(icon(row.state.icon, "s"), row.state.word, class_name=f"st {row.state.tone}"),
        rx.el.b("Rule set ", row.number),
        to=row.href,
        class_name=rx.cond(row.on, "set on", "set"),
        aria_current=rx.cond(row.on, "page", "false"),
        key=row.number,
        data_testid=f"set-{row.number}",
    )


def head() -> rx.Component:
    """Say where the set stands, who had a hand in it and why it is to be, and offer what may be done."""
    return rx.el.section(
        rx.el.div(
            pill(V.state, data_testid="state"),
            rx.el.h2(V.title),
            rx.el.span(V.since, class_name="sec"),
            rx.el.span(V.hash, class_name="mono u", title="Stands for what the set says"),
            rx.el.span(class_name="grow"),
            rx.foreach(V.buttons, _button),
            class_name="ru-h",
        ),
        rx.el.div(
            rx.cond(V.reason != "", rx.el.p("“", V.reason, "”", class_name="ru-why")),
            rx.cond(V.hands != "", rx.el.p("Had a hand in it: ", V.hands, ".", class_name="u")),
            rx.el.p(
                "Every product needs a rule of: ",
                rx.el.span(V.required, class_name="kind"),
                rx.cond(V.editable, _other_kinds()),
                class_name="u",
            ),
            rx.el.div(rx.foreach(V.whys, lambda words: why(words, key=words)), id="why-rules", data_testid="why-rules"),
            class_name="ru-hw",
        ),
        class_name="ru-head",
    )


def _button(one: ActButton | rx.Var) -> rx.Component:
    return button(
        one.label,
        icon_name=one.icon,
        kind=one.tone,
        disabled=~one.allowed,
        why_id="why-rules",
        on_click=State.ask(one.action, V.number, V.version, V.seen),
        data_hotkey=one.key,
        data_testid=f"do-{one.action}",
    )


def _other_kinds() -> rx.Component:
    return button(
        "Change",
        kind="ghost sm",
        on_click=State.ask("require", V.number, V.version, V.seen),
        aria_label="Change the kinds that every product needs",
        data_testid="do-require",
    )


def advice() -> rx.Component:
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
