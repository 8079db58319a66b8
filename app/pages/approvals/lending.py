"""The delegation panel: lend, take back, what was lent to me."""

import reflex as rx

from app.components import button, icon, refused, section_head, why
from app.components.dialogs import closing_head, given_back
from app.components.lines import option, table
from app.components.span import span_fields
from app.pages.approvals.lending_state import LendingState as State
from app.pages.approvals.lending_view import LentRow

V = State.view


def opener() -> rx.Component:
    """Open the panel."""
    return rx.el.button(
        icon("user"),
        rx.el.span("Delegation", class_name="offm"),
        class_name="btn",
        aria_label="Delegation",
        type="button",
        on_click=State.ask,
        data_testid="delegation",
    )


def foot() -> rx.Component:
    """Say on whose right one may decide now."""
    return rx.cond(
        V.foot != "",
        rx.el.div(
            icon("user", "s"),
            rx.el.span("You may decide for ", rx.el.b(V.foot, class_name="b")),
            class_name="lent-foot",
            data_testid="lent-foot",
        ),
    )


def panel() -> rx.Component:
    """Show what is lent and the form to lend."""
    return rx.el.dialog(
        closing_head("Delegation", "delegation"),
        rx.cond(V.received, _rows("Lent to you", V.received)),
        rx.cond(V.given, _rows("You lent", V.given)),
        rx.cond(
            V.may_lend,
            _form(),
            rx.fragment(
                rx.cond(V.received, rx.fragment(), rx.el.p("Nothing is lent to you.")),
                why("Only an approver can lend the right to decide; a borrowed one is not lent on."),
            ),
        ),
        id="delegation",
        aria_label="Delegation",
        class_name="ask",
    )


def _rows(title: str, rows: rx.Var[list[LentRow]]) -> rx.Component:
    return rx.fragment(section_head(title, level="h3"), table(title, rx.foreach(rows, _row), class_name="lent"))


def _row(row: LentRow) -> rx.Component:
    return rx.el.tr(
        rx.el.td(row.who, class_name="b"),
        rx.el.td(row.span, class_name=rx.cond(row.going, "sec w", "u w")),
        rx.el.td(
            rx.cond(
                row.mine,
                button("Take back", kind="sm", on_click=State.take_back(row.id, State.key), data_testid="take-back"),
            ),
            class_name="r",
        ),
        key=row.id,
    )


def _form() -> rx.Component:
    return rx.el.form(
        section_head("Lend my right to decide", level="h3"),
        rx.el.p("Nobody decides on their own work with it, and it cannot be lent on. The audit keeps both names."),
        rx.el.div(
            rx.el.label("To", html_for="borrower", class_name="f"),
            rx.el.div(
                rx.el.select(
                    rx.el.option("Choose a person", value=""),
                    rx.foreach(V.colleagues, option),
                    name="borrower",
                    id="borrower",
                    required=True,
                    default_value="",
                    data_testid="borrower",
                ),
                class_name="field",
            ),
        ),
        given_back(key=State.key),
        span_fields(State.form, State.fill, State.offer, prefix="lend"),
        refused(State.refusal),
        rx.el.div(
            rx.el.span(State.said, class_name="st ok t12", role="status"),
            rx.el.button("Lend", type="submit", class_name="btn pri", data_testid="lend"),
            class_name="row",
        ),
        on_submit=State.lend,
        reset_on_submit=False,
    )
