"""The views of what a large change weighs, of the lines that a context holds, and of the question before Submit."""

import reflex as rx

from app.components import button, icon, ledger, section_head
from app.components.dialogs import shuts
from app.components.figures import product_cell
from app.components.lines import price_cells, table
from app.pages.new_proposal.state import NewProposalState as State
from app.pages.new_proposal.submitting_state import ASK
from app.pages.new_proposal.weight_view import WorstView


def locks() -> rx.Component:
    """Say which lines a context will refuse, and offer to leave them out; or that locks are not known."""
    held = State.locks
    return rx.fragment(
        rx.cond(
            held.lines > 0,
            rx.el.div(
                icon("lock"),
                rx.el.p(rx.el.b(held.lead, class_name="b"), " ", held.say, class_name="grow"),
                button(held.button, kind="sm", on_click=State.leave_out_locked, data_testid="leave-out"),
                class_name="np-call call warn",
                role="status",
                data_testid="locks",
            ),
        ),
        rx.cond(
            held.unknown != "",
            rx.el.div(
                icon("info"),
                rx.el.p(rx.el.b("Locks are not known.", class_name="b"), " ", held.unknown, class_name="grow"),
                class_name="np-call call idle",
                role="status",
                data_testid="locks-unknown",
            ),
        ),
    )


def weight() -> rx.Component:
    """Show the mean, the money and the worst lines of a large change that nobody else will look at."""
    return rx.cond(
        State.weight.large,
        rx.el.section(
            section_head("What goes out without a person", State.weight.why),
            rx.el.div(ledger(State.weight.facts), class_name="np-facts"),
            rx.el.div(
                _worst("Steepest rises", State.weight.up),
                _worst("Steepest falls", State.weight.down),
                class_name="np-worst",
            ),
            class_name="np-weight",
            data_testid="weight",
        ),
    )


def _worst(title: str, lines: rx.Var) -> rx.Component:
    return rx.cond(
        lines.length() > 0,
        rx.el.div(
            rx.el.h3(title),
            table(title, rx.foreach(lines, _line)),
            class_name="tw",
        ),
    )


def _line(line: WorstView | rx.Var) -> rx.Component:
    return rx.el.tr(
        rx.el.td(line.sku, class_name="sku"),
        product_cell(line.name),
        *price_cells(line.old, line.new, arrow_class="c2"),
        rx.el.td(line.change, class_name="r pc"),
        key=line.sku,
    )


def _of_locked(what: rx.Component) -> rx.Component:
    return rx.cond(State.locks.lines > 0, what)


def ask() -> rx.Component:
    """Ask once more before a large change goes out without a person."""
    return rx.el.dialog(
        rx.el.h2("Nobody else will look at this"),
        rx.el.p(rx.el.b(State.weight.lead), " ", State.weight.why),
        ledger(State.weight.facts),
        _of_locked(
            rx.el.p(
                icon("lock", "s"),
                rx.el.span(rx.el.b(State.locks.lead), " ", State.locks.comes_of_it),
                class_name="np-asklock warn",
                data_testid="ask-locks",
            )
        ),
        rx.el.div(
            rx.el.button("Look again", type="button", class_name="btn", on_click=shuts(ASK)),
            _of_locked(
                rx.el.button(
                    State.locks.button,
                    type="button",
                    class_name="btn",
                    on_click=[shuts(ASK), State.leave_out_locked],
                    data_testid="ask-leave-out",
                )
            ),
            rx.el.button(
                icon("send"),
                State.outcome.button,
                type="button",
                class_name="btn pri",
                on_click=State.confirm,
                data_testid="confirm-submit",
            ),
            class_name="row",
        ),
        id=ASK,
        aria_label="Submit a large change",
        class_name="ask np-ask",
    )
