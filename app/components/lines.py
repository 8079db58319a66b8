"""Lines in tables: the table with its head, the choice of a filter, the marks of a line, and the way to the next."""

from collections.abc import Sequence
from typing import TypeAlias

import reflex as rx

from app.components.controls import link
from app.components.findings import FoundView, PricedLine
from app.components.held import held_select
from app.components.marks import icon, kbd, money
from app.components.views import MoneyView, OptionView

Head: TypeAlias = tuple[str, str] | rx.Component
"""The word over a column and its class, or a cell of its own."""


def in_place() -> dict[str, bool]:
    """Return the attributes of a link by which the page does not jump to its top (made anew: a link adds its own)."""
    return {"preventScrollReset": True}


def table(caption: str, *rows: rx.Component, heads: Sequence[Head] = (), head_class: str = "", **props) -> rx.Component:
    """Show a table: what it is, its heads, its rows."""
    head = {"class_name": head_class} if head_class else {}
    return rx.el.table(
        rx.el.caption(caption),
        *([rx.el.thead(rx.el.tr(*map(_head, heads)), **head)] if heads else []),
        rx.el.tbody(*rows),
        **props,
    )


def _head(head: Head) -> rx.Component:
    if isinstance(head, tuple):
        word, kind = head
        return rx.el.th(word, scope="col", **({"class_name": kind} if kind else {}))
    return head


def one_of(
    every: str, options: rx.Component | rx.Var[list[OptionView]], value: rx.Var[str], on_change, *, label: str = ""
) -> rx.Component:
    """Choose one of a filter's options; `every` stands for no filter."""
    choices = options if isinstance(options, rx.Component) else rx.foreach(options, option)
    return rx.el.label(
        held_select(
            rx.el.option(every, value=""), choices, value=value, on_change=on_change, aria_label=label or every
        ),
        class_name="field",
    )


def option(view: OptionView | rx.Var) -> rx.Component:
    """Offer one choice of a list."""
    return rx.el.option(view.word, value=view.value, key=view.value)


def price_cells(
    old: MoneyView | rx.Var, new: MoneyView | rx.Var, *, old_class: str = "r sec", arrow_class: str
) -> tuple[rx.Component, ...]:
    """Show a change of price in three cells: the old price, an arrow, the new one."""
    return (
        rx.el.td(money(old), class_name=old_class),
        rx.el.td("→", class_name=arrow_class),
        rx.el.td(money(new), class_name="r b"),
    )


def finding(found: FoundView | rx.Var, *rest: rx.Component, tone: str | rx.Var = "") -> rx.Component:
    """Show a line's worst finding: what was found, its number, and `rest`; nothing where nothing was found."""
    number = rx.el.b(found.number, class_name=tone) if isinstance(tone, rx.Var) else rx.el.b(found.number)
    return rx.cond(found.number != "", rx.fragment(found.kind, " ", number, " ", *rest))


def finding_cell(row: PricedLine | rx.Var, locked: rx.Component | str, found: rx.Component) -> rx.Component:
    """Show in a cell what was found of a line (`row.found`), after the mark of one that is held locked (`row.lock`)."""
    mark = rx.el.span(icon("lock", "s"), locked, class_name="st t12 warn")
    whole = rx.cond(row.lock != "", row.lock, row.found.whole)
    return rx.el.td(rx.cond(row.lock != "", mark), found, class_name="fi sec", title=whole)


def next_lines(
    what: str, *, after: rx.Var[str], next_after: rx.Var[str], first_to: str | rx.Var, next_to: str | rx.Var
) -> rx.Component:
    """Lead to the first and to the next lines, where there are more than one page of them."""
    first = link(f"First {what}", to=first_to, class_name="btn sm", custom_attrs=in_place())
    more = link("Next 100", kbd("]"), to=next_to, class_name="btn sm", data_hotkey="]", custom_attrs=in_place())
    return rx.cond(
        (next_after != "") | (after != ""),
        rx.el.nav(
            rx.cond(after != "", first),
            rx.cond(next_after != "", more, rx.el.span(f"These are the last {what}.")),
            class_name="more",
            aria_label=f"Pages of {what}",
        ),
    )


def newer_and_older(cursor: rx.Var[str], older_to: rx.Var[str], *more: rx.Component, **older) -> rx.Component:
    """Lead back to newer entries and on to older ones; `older` are props of the way on."""
    newer = rx.el.button(
        icon("left", "s"),
        "Newer",
        class_name="btn sm",
        type="button",
        data_hotkey="[",
        on_click=rx.call_script("history.back()"),
    )
    return rx.el.div(
        rx.cond(cursor != "", newer),
        rx.cond(
            older_to != "",
            link("Older", icon("right", "s"), to=older_to, class_name="btn sm", data_hotkey="]", **older),
        ),
        *more,
        class_name="more",
    )
