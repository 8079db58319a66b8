"""The views of what a large change weighs, of the lines that a context holds, and of the question before Submit."""

import reflex as rx

from app.components import button, icon, ledger, section_head
from app.components.dialogs import shuts
from app.components.figures import product_cell
from app.components.findings import PricedLine
from app.components.lines import price_cells, table
from app.pages.new_proposal.notes import note
from app.pages.new_proposal.state import NewProposalState as State
from app.pages.new_proposal.submitting_state import ASK


def locks() -> rx.Component:
    """Say which lines a context will refuse, and offer to leave them out; or that locks are not known."""
    held, told = State.locks, {"role": "status"}
    leave_out = button(held.button, kind="sm", on_click=State.leave_out_locked, data_testid="leave-out")
    locked = note("lock", "warn", held.say, lead=held.lead, does=[leave_out], data_testid="locks", **told)
    unknown = note("info", "idle", held.unknown, lead="Locks are not known.", data_testid="locks-unknown", **told)
    return rx.fragment(rx.cond(held.lines > 0, locked), rx.cond(held.unknown != "", unknown))


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


def _line(line: PricedLine | rx.Var) -> rx.Component:
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
    leaves_out = [shuts(ASK), State.leave_out_locked]
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
            button("Look again", on_click=shuts(ASK)),
            _of_locked(button(State.locks.button, on_click=leaves_out, data_testid="ask-leave-out")),
            button(
                State.outcome.button, icon_name="send", kind="pri", on_click=State.confirm, data_testid="confirm-submit"
            ),
            class_name="row",
        ),
        id=ASK,
        aria_label="Submit a large change",
        class_name="ask np-ask",
    )
