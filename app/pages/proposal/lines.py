"""The lines of a proposal: their filter, their table, and the way to the next."""

import reflex as rx

from app.components import choice, empty, icon, link, money, status, vocabulary
from app.components.figures import product_cell
from app.components.lines import finding, finding_cell, in_place, next_lines, price_cells, table
from app.pages.proposal.addresses import here
from app.pages.proposal.lines_view import DeliveryMark, ProposalLine
from app.pages.proposal.state import ProposalState as State


def lines() -> rx.Component:
    """Show the lines of one verdict, or all."""
    return rx.el.div(
        rx.cond(State.head.mixed, _filters()),
        rx.cond(
            State.rows.length() == 0,
            empty("No line with this verdict", "Choose another verdict, or all.", icon_name="filter"),
            rx.el.div(_lines_table(), class_name="tw"),
        ),
        _pager(),
    )


def _filters() -> rx.Component:
    words = [("", "All"), *((name, vocabulary.verdict(name).word) for name in ("HARD", "SOFT", "CLEAN"))]
    return rx.el.div(
        rx.el.nav(*[_filter(verdict, word) for verdict, word in words], class_name="seg", aria_label="Verdict"),
        class_name="pp-filter",
    )


def _filter(verdict: str, word: str) -> rx.Component:
    query = f"tab=lines&verdict={verdict}" if verdict else "tab=lines"
    return choice(word, to=here(query), on=State.verdict == verdict, custom_attrs=in_place())


def _lines_table() -> rx.Component:
    return table(
        "Lines with verdict and each context's delivery",
        rx.foreach(State.rows, _line),
        heads=(
            ("SKU", ""),
            ("Product", ""),
            ("Old", "r hs"),
            rx.el.th(class_name="arw"),
            ("New", "r"),
            ("Change", "r"),
            ("Verdict", ""),
            ("Finding", "fi"),
            rx.foreach(State.contexts, lambda name: rx.el.th(name, scope="col", class_name="c", key=name)),
        ),
        class_name="pp-lines",
        data_testid="lines",
    )


def _line(row: ProposalLine | rx.Var) -> rx.Component:
    return rx.el.tr(
        rx.el.td(link(row.sku, to=row.href, data_row="", class_name="sku"), class_name="sku"),
        product_cell(row.name, row.brand),
        *price_cells(row.old, row.new, old_class="r sec hs", arrow_class="arw"),
        rx.el.td(row.change, class_name="r pc"),
        rx.el.td(status(row.verdict, small=True)),
        finding_cell(row, "Locked ", _found(row)),
        rx.foreach(row.marks, _mark),
        key=row.key,
    )


def _found(row: ProposalLine | rx.Var) -> rx.Component:
    passes = rx.cond(row.passes.units != "", rx.fragment(", passes at ", money(row.passes)))
    return finding(row.found, rx.el.span(row.found.rest, passes, class_name="say"))


def _mark(mark: DeliveryMark | rx.Var) -> rx.Component:
    word = rx.el.span(mark.word, class_name="vh")
    shown = rx.el.span(icon(mark.icon, "s"), word, class_name=f"st {mark.tone}", title=mark.word)
    return rx.el.td(shown, class_name="c", key=mark.context)


def _pager() -> rx.Component:
    verdict = rx.cond(State.verdict != "", f"&verdict={State.verdict}", "")
    return next_lines(
        "lines",
        after=State.after,
        next_after=State.next_after,
        first_to=here(f"tab=lines{verdict}"),
        next_to=here(f"tab=lines{verdict}&after={State.next_after}"),
    )
