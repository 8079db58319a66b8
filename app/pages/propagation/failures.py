"""What fails, by cause, with the way to try it again."""

import reflex as rx

from app.components import icon, status
from app.components.lines import table
from app.pages.propagation.state import PropagationState as State
from app.pages.propagation.view import FailureView


def failures() -> rx.Component:
    """Show what fails, by cause."""
    return rx.el.section(
        rx.el.div(
            rx.el.h2("Failures by cause"),
            rx.el.span(State.failures_say, class_name="k"),
            rx.cond(State.said != "", rx.el.span(State.said, class_name="go", role="status")),
            class_name="sec-h",
        ),
        rx.cond(
            State.failures.length() == 0,
            rx.fragment(),
            rx.el.div(
                table(
                    "Failures by cause",
                    rx.foreach(State.failures, _failure),
                    heads=[(word, "") for word in ("State", "", "Context", "Cause", "Where", "Age", "")],
                    head_class="vh",
                ),
                class_name="tw",
            ),
        ),
        class_name="pg-fail",
        data_testid="failures",
    )


def _failure(row: FailureView | rx.Var) -> rx.Component:
    return rx.el.tr(
        rx.el.td(status(row.status, small=True)),
        rx.el.td(row.count, class_name="r b"),
        rx.el.td(row.context, class_name="sec"),
        rx.el.td(row.cause, class_name="b"),
        rx.el.td(row.where, class_name="sec w", title=row.where),
        rx.el.td(row.age, class_name="u"),
        rx.el.td(
            rx.cond(
                row.redrive != "",
                rx.el.button(
                    icon("retry", "s"),
                    row.redrive,
                    type="button",
                    class_name="btn sm",
                    on_click=State.redrive(row.key),
                    data_testid="redrive",
                ),
                rx.el.span(row.still, class_name="u"),
            ),
            class_name="r",
        ),
        key=row.key,
    )
