"""The board: repricings by context, with the lanes of the one that is open."""

import reflex as rx

from app.components import link, sparkline, stacked_bar, status
from app.components.lines import in_place
from app.components.marks import kbd
from app.components.score.drawing import legend, score, small_score
from app.pages.propagation.state import PropagationState as State
from app.pages.propagation.view import ContextColumn, DeliveriesCell, PartView, RepricingOnBoard


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


def _sum(row: PartView | rx.Var) -> rx.Component:
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


def _row(row: RepricingOnBoard | rx.Var) -> rx.Component:
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


def _repricing(row: RepricingOnBoard | rx.Var) -> rx.Component:
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
                custom_attrs=in_place(),
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


def _cell(cell: DeliveriesCell | rx.Var) -> rx.Component:
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
