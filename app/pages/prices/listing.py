"""The search bar, and the list of products that it finds."""

import reflex as rx

from app.components import empty, icon, link, money
from app.components.controls import find_field
from app.components.held import held_input, held_select
from app.components.lines import in_place, table
from app.components.marks import kbd
from app.pages.prices.importing import importing
from app.pages.prices.state import PricesState as State
from app.pages.prices.view import BeliefCell, PriceRow


def bar() -> rx.Component:
    """Look for products: words, category, price."""
    return rx.el.form(
        find_field(
            placeholder="SKU, name or brand",
            value=State.q,
            max_length=200,
            key="/",
            data_testid="find-price",
        ),
        rx.el.div(
            held_select(
                rx.el.option("All categories", value=""),
                rx.foreach(State.categories, lambda name: rx.el.option(name, value=name, key=name)),
                name="category",
                aria_label="Category",
                value=State.category,
                on_change=State.choose_category,
            ),
            class_name="field",
        ),
        _amount("min", "Price from", State.low),
        _amount("max", "to", State.high),
        rx.el.button("Find", type="submit", class_name="btn"),
        rx.cond(State.filtered, link("Clear", to="/prices", class_name="btn ghost")),
        rx.el.span(
            rx.cond(
                State.fallback,
                rx.fragment(
                    icon("tri", "s"),
                    rx.el.span("search does not answer: found in the price list instead", class_name="warn"),
                ),
                rx.cond(
                    State.range_bad != "",
                    rx.el.span(State.range_bad, class_name="bad"),
                    rx.el.span(State.source),
                ),
            ),
            class_name="pr-from",
            role="status",
            data_testid="source",
        ),
        on_submit=State.find,
        class_name="pr-bar",
        role="search",
    )


def _amount(name: str, label: str, value: rx.Var) -> rx.Component:
    return rx.el.div(
        held_input(
            name=name,
            aria_label=f"Price {name}",
            placeholder=label,
            value=value,
            input_mode="decimal",
            auto_complete="off",
        ),
        class_name="field amt",
    )


def listed() -> rx.Component:
    """List products: the price list's price beside what each context believes."""
    return rx.el.section(
        rx.cond(
            State.rows.length() == 0,
            empty(
                "Nothing is found",
                "No product matches. Look for fewer words, or clear the filters.",
                icon_name="search",
                action=link("All prices", to="/prices", class_name="btn"),
            ),
            rx.el.div(
                table(
                    "Authoritative price and what each context believes",
                    rx.foreach(State.rows, _row),
                    heads=(("SKU", ""), ("Product", ""), ("Price", "r"), ("", ""), _context_heads()),
                    data_testid="prices",
                ),
                class_name="tw",
            ),
        ),
        _foot(),
        importing(),
        class_name=rx.cond(State.sku != "", "pr-list behind", "pr-list"),
        aria_label="Prices",
    )


def _context_heads() -> rx.Component:
    return rx.foreach(State.contexts, lambda name: rx.el.th(name, scope="col", class_name="r hs", key=name))


def _row(row: PriceRow | rx.Var) -> rx.Component:
    chosen = row.sku == State.detail.sku
    return rx.el.tr(
        rx.el.td(
            link(
                row.sku,
                to=row.href,
                class_name="pr-lk",
                data_row="",
                aria_current=rx.cond(chosen, "true", "false"),
                custom_attrs=in_place(),
            ),
            class_name="sku",
        ),
        rx.el.td(
            link(
                row.name,
                " ",
                rx.el.span(row.brand, class_name="u"),
                to=row.href,
                tab_index=-1,
                custom_attrs=in_place(),
            ),
            rx.cond(
                row.lock != "",
                rx.el.span(
                    icon("lock", "s"),
                    rx.el.span("locked", class_name="vh"),
                    class_name="pr-lock",
                    title=row.lock,
                ),
            ),
            class_name="w named",
            title=row.name,
            dir="auto",
        ),
        rx.el.td(money(row.price), class_name="r b"),
        rx.el.td(row.version, class_name="u r"),
        rx.foreach(row.cells, _cell),
        class_name=rx.cond(chosen, "sel", ""),
        data_testid=f"price-{row.sku}",
        key=row.sku,
    )


def _cell(cell: BeliefCell | rx.Var) -> rx.Component:
    return rx.el.td(
        rx.cond(cell.word != "", rx.el.span(cell.word, class_name="u"), money(cell.price, symbol=False)),
        rx.cond(cell.drift, rx.el.span(" differs", class_name="vh")),
        class_name=rx.cond(cell.drift, "r dr hs", "r bl hs"),
        title=cell.title,
        key=cell.context,
    )


def _foot() -> rx.Component:
    return rx.el.div(
        rx.cond(State.first_to != "", link("First page", to=State.first_to, class_name="btn sm")),
        rx.cond(
            State.next_to != "",
            link("Next page", kbd("]"), to=State.next_to, class_name="btn sm", data_hotkey="]"),
        ),
        rx.el.span(class_name="grow"),
        rx.el.span(rx.el.i(class_name="drk"), "a context believes another price", class_name="offm"),
        rx.el.span(kbd("J"), kbd("K"), " move", class_name="offm"),
        class_name="foot",
    )
