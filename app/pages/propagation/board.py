"""The views of the Propagation page: contexts' health, the board, lanes, failures by cause."""

import reflex as rx

from app import routes
from app.components import choice, empty, icon, link, segmented, skeleton_rows, sparkline, stacked_bar, status
from app.components.marks import kbd
from app.components.score.drawing import legend, score, small_score
from app.pages.propagation.state import PropagationState as State
from app.pages.propagation.view import CellView, ContextColumn, FailureView, PartView, RowView, SumView

# top


def live_mark() -> rx.Component:
    """Say that the page is live, and when it last changed."""
    return rx.el.span(
        rx.el.span(class_name="dot"), "Live, ", State.clock, class_name="st t12 live offm pg-live", data_testid="live"
    )


def filters() -> rx.Component:
    """Choose what the board shows."""
    return segmented(
        choice("All", to=routes.PROPAGATION, on=State.show == "all"),
        choice("Unfinished ", State.in_flight, to="/propagation?filter=in-flight", on=State.show == "in-flight"),
        choice("With failures ", State.failing, to="/propagation?filter=failures", on=State.show == "failures"),
        label="Repricings",
    )


def stale() -> rx.Component:
    """Say in words when what is shown is not fresh."""
    return rx.cond(
        State.stale_lead != "",
        rx.el.div(
            icon("tri"),
            rx.el.p(rx.el.b(State.stale_lead, class_name="b"), " ", State.stale),
            class_name="pg-stale",
            role="status",
            data_testid="stale",
        ),
    )


# board


def board() -> rx.Component:
    """Show repricings by context."""
    return rx.el.div(
        rx.el.table(
            rx.el.caption("Repricings by context: how many deliveries are in which state"),
            rx.el.colgroup(
                rx.el.col(style={"width": "340px"}), rx.foreach(State.columns, lambda c: rx.el.col(key=c.name))
            ),
            rx.el.thead(
                rx.el.tr(rx.el.th(_ledger(), scope="col"), rx.foreach(State.columns, _context)),
            ),
            rx.el.tbody(rx.foreach(State.board.rows, _row), _total()),
            class_name="pg",
            data_testid="board",
        ),
        class_name="pg-tw",
    )


def _ledger() -> rx.Component:
    return rx.el.dl(
        rx.foreach(State.board.sums, _sum),
        rx.el.div(
            rx.el.dt(State.board.total_label), rx.el.dd(State.board.total, data_testid="sum-total"), class_name="eq"
        ),
        class_name="ledger",
    )


def _sum(row: SumView | rx.Var) -> rx.Component:
    return rx.el.div(
        rx.el.dt(rx.el.i(class_name=f"sw f-{row.tone}"), row.word),
        rx.el.dd(row.number, data_testid=f"sum-{row.word}"),
        class_name=rx.cond(row.zero, "zero", ""),
        key=row.word,
    )


def _context(column: ContextColumn | rx.Var) -> rx.Component:
    return rx.el.th(
        rx.el.section(
            rx.el.div(rx.el.h2(column.name, class_name="h"), status(column.status, small=True), class_name="top2"),
            rx.el.div(
                rx.el.div(rx.el.span(column.lag, class_name="big"), " ", rx.el.span(column.lag_unit, class_name="u")),
                rx.el.div(rx.el.span(column.rate, class_name="big"), " ", rx.el.span("/s", class_name="u")),
                class_name="cn",
            ),
            sparkline(column.spark),
            rx.el.div(
                rx.foreach(column.heat, lambda kind, n: rx.el.i(class_name=kind, key=f"p{n}")),
                class_name="heat",
                role="img",
                aria_label=column.heat_label,
                title=column.heat_label,
            ),
            rx.el.div(
                rx.el.span("partition 0 to 15"), rx.el.span(column.behind, ", ", column.workers), class_name="hx"
            ),
            class_name="cx",
            data_testid=f"context-{column.name}",
        ),
        scope="col",
        key=column.name,
    )


def _row(row: RowView | rx.Var) -> rx.Component:
    return rx.fragment(
        rx.el.tr(
            rx.el.th(_repricing(row), scope="row", class_name="rp"),
            rx.foreach(row.cells, _cell),
            class_name=rx.cond(row.open, "sel", rx.cond(row.rest, "rest", "")),
            data_testid=f"repricing-{row.reference}",
        ),
        rx.cond(
            row.open,
            rx.el.tr(
                rx.el.td(_lanes(), col_span=State.columns.length() + 1, class_name="lanes"), class_name="lanesrow"
            ),
        ),
        key=row.key,
    )


def _repricing(row: RowView | rx.Var) -> rx.Component:
    return rx.fragment(
        rx.el.div(
            rx.el.span(row.reference, class_name="sku"),
            status(row.status, small=True),
            rx.el.span(row.skus, class_name="n", title="SKUs"),
            class_name="top3",
        ),
        rx.el.div(
            link(
                row.reason,
                to=row.href,
                class_name="trunc nm lnk",
                title=row.reason,
                data_row="",
                aria_expanded=rx.cond(row.open, "true", "false"),
                custom_attrs={"preventScrollReset": True},
            ),
            rx.el.time(row.at),
            class_name="sub3",
        ),
        rx.cond(
            row.wave != "",
            rx.el.div(
                rx.el.span(row.wave, data_testid="wave"),
                rx.el.span(row.next, class_name=rx.cond(row.status.tone == "warn", "warn b", "u")),
                class_name="wv3",
            ),
        ),
    )


def _cell(cell: CellView | rx.Var) -> rx.Component:
    return rx.el.td(
        stacked_bar(cell.bar, label=cell.label),
        rx.el.div(rx.foreach(cell.parts, _part), class_name="cc"),
        class_name="cell",
        custom_attrs={"data-context": cell.context},
        key=cell.context,
    )


def _part(part: PartView | rx.Var) -> rx.Component:
    return rx.el.span(part.number, rx.el.em(part.word), class_name=part.tone, key=part.word)


def _total() -> rx.Component:
    return rx.el.tr(
        rx.el.th(
            rx.el.div(
                rx.el.span(State.board.total_word, class_name="b"),
                rx.el.span(State.board.total_skus, class_name="n"),
                class_name="top3",
            ),
            scope="row",
            class_name="rp",
        ),
        rx.foreach(State.board.total_cells, _cell),
        class_name="tot",
    )


# lanes


def _lanes() -> rx.Component:
    opened = State.opened
    return rx.el.div(
        rx.el.div(
            rx.el.span(class_name="grow"),
            link(
                "Passport",
                kbd("O"),
                to=f"/proposals/{opened.reference}",
                class_name="btn sm",
                data_hotkey="o",
                data_testid="passport",
            ),
            class_name="hd",
        ),
        rx.el.section(
            score(opened.score),
            small_score(opened.score),
            rx.el.div(
                legend(),
                rx.el.span(class_name="grow"),
                rx.el.span(opened.score.foot, class_name="offm"),
                class_name="sc-lg",
            ),
            class_name="sc",
            aria_label="Lanes",
        ),
        class_name="pg-lanes",
        data_testid="lanes",
    )


# failures


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
                rx.el.table(
                    rx.el.caption("Failures by cause"),
                    rx.el.thead(
                        rx.el.tr(
                            *[
                                rx.el.th(word, scope="col")
                                for word in ("State", "", "Context", "Cause", "Where", "Age", "")
                            ]
                        ),
                        class_name="vh",
                    ),
                    rx.el.tbody(rx.foreach(State.failures, _failure)),
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


# foot and states


def foot() -> rx.Component:
    """List the keys and what the colours of the partitions mean."""
    return rx.el.div(
        rx.el.span(kbd("J"), kbd("K"), " row"),
        rx.el.span(kbd("↵"), " lanes"),
        rx.cond(
            State.board.more != "",
            link(
                "Earlier repricings",
                kbd("]"),
                to=f"/propagation?filter={State.show}&after={State.board.more}",
                class_name="btn sm",
                data_hotkey="]",
            ),
        ),
        rx.el.span(class_name="grow"),
        rx.el.span(
            "unread per partition ",
            *[
                rx.fragment(rx.el.i(class_name="hk", style={"background": f"var(--heat-{n})"}), word)
                for n, word in ((0, "0"), (1, "1"), (2, "10"), (3, "100"), (4, "1,000 or more"))
            ],
        ),
        class_name="foot offm",
    )


def nothing() -> rx.Component:
    """Say that there is nothing to show under this filter."""
    return empty(
        rx.match(
            State.show,
            ("in-flight", "Everything is finished"),
            ("failures", "Nothing fails"),
            "Nothing has been published yet",
        ),
        "A repricing appears here the moment its prices cross the seam.",
        icon_name="fan",
        action=rx.cond(
            State.show == "all", rx.fragment(), link("All repricings", to=routes.PROPAGATION, class_name="btn")
        ),
    )


def loading() -> rx.Component:
    """Hold the place of what loads."""
    return skeleton_rows(10)
