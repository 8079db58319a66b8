"""The views of the Prices page: the bar, the list, the detail."""

import reflex as rx

from app.components import empty, icon, link, money, skeleton_rows, status
from app.components.controls import find_field
from app.components.held import held_input, held_select
from app.components.marks import kbd
from app.components.stays import stays
from app.components.vocabulary import PRICE_MARKS
from app.pages.prices.chart import in_words
from app.pages.prices.facts_views import facts_table
from app.pages.prices.importing_views import importing
from app.pages.prices.showing import BeliefView, CellView, RowView, VersionView
from app.pages.prices.state import PricesState as State

# bar


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
        rx.cond(State.filtered, link("Clear", to="/prices", class_name="btn ghost"), rx.fragment()),
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


# list


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
            rx.el.div(_table(), class_name="tw"),
        ),
        _foot(),
        importing(),
        class_name=rx.cond(State.sku != "", "pr-list behind", "pr-list"),
        aria_label="Prices",
    )


def _table() -> rx.Component:
    return rx.el.table(
        rx.el.caption("Authoritative price and what each context believes"),
        rx.el.thead(
            rx.el.tr(
                rx.el.th("SKU", scope="col"),
                rx.el.th("Product", scope="col"),
                rx.el.th("Price", scope="col", class_name="r"),
                rx.el.th("", scope="col"),
                rx.foreach(State.contexts, lambda name: rx.el.th(name, scope="col", class_name="r hs", key=name)),
            )
        ),
        rx.el.tbody(rx.foreach(State.rows, _row)),
        data_testid="prices",
    )


def _row(row: RowView | rx.Var) -> rx.Component:
    chosen = row.sku == State.detail.sku
    return rx.el.tr(
        rx.el.td(
            link(
                row.sku,
                to=row.href,
                class_name="pr-lk",
                data_row="",
                aria_current=rx.cond(chosen, "true", "false"),
                custom_attrs={"preventScrollReset": True},
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
                custom_attrs={"preventScrollReset": True},
            ),
            rx.cond(
                row.lock != "",
                rx.el.span(
                    icon("lock", "s"),
                    rx.el.span("locked", class_name="vh"),
                    class_name="pr-lock",
                    title=row.lock,
                ),
                rx.fragment(),
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
        key=row.key,
    )


def _cell(cell: CellView | rx.Var) -> rx.Component:
    return rx.el.td(
        rx.cond(cell.word != "", rx.el.span(cell.word, class_name="u"), money(cell.price, symbol=False)),
        rx.cond(cell.drift, rx.el.span(" differs", class_name="vh"), rx.fragment()),
        class_name=rx.cond(cell.drift, "r dr hs", "r bl hs"),
        title=cell.title,
        key=cell.context,
    )


def _foot() -> rx.Component:
    return rx.el.div(
        rx.cond(State.first_to != "", link("First page", to=State.first_to, class_name="btn sm"), rx.fragment()),
        rx.cond(
            State.next_to != "",
            link("Next page", kbd("]"), to=State.next_to, class_name="btn sm", data_hotkey="]"),
            rx.fragment(),
        ),
        rx.el.span(class_name="grow"),
        rx.el.span(rx.el.i(class_name="drk"), "a context believes another price", class_name="offm"),
        rx.el.span(kbd("J"), kbd("K"), " move", class_name="offm"),
        class_name="foot",
    )


# detail


def detail() -> rx.Component:
    """Show one product: its price, who believes what, its history, its lock."""
    return rx.el.section(
        rx.cond(
            State.detail.sku == "",
            rx.cond(
                State.known,
                rx.fragment(),
                empty(
                    "No product has this SKU",
                    "The address names a SKU that is not in the price list.",
                    icon_name="tag",
                    code="not_found",
                ),
            ),
            rx.fragment(_name(), _authoritative(), _lock(), facts_table(State.facts), _beliefs(), _history()),
        ),
        class_name="pr-det",
        aria_label="Product",
        data_testid="detail",
    )


def _name() -> rx.Component:
    d = State.detail
    return rx.fragment(
        rx.cond(
            State.sku != "",
            link(icon("left", "s"), "All prices", to=State.back_to, class_name="lk pr-back"),
            rx.fragment(),
        ),
        rx.el.div(
            rx.el.h2(d.name, class_name="pr-ttl", dir="auto"), rx.el.span(d.sku, class_name="sku"), class_name="row"
        ),
        rx.el.div(
            rx.el.span(d.brand),
            rx.el.span(d.category),
            rx.el.span(d.margin),
            class_name="pr-meta",
        ),
    )


def _authoritative() -> rx.Component:
    d = State.detail
    return rx.el.div(
        rx.el.span("Authoritative price", class_name="pr-lb"),
        rx.el.div(money(d.price), class_name="pr-bigp", data_testid="authoritative"),
        rx.el.span(
            d.since,
            ", ",
            d.by,
            rx.cond(
                d.reference != "",
                link(d.reference, to=f"/proposals/{d.reference}", class_name="lk"),
                rx.fragment(),
            ),
            class_name="u",
        ),
    )


def _beliefs() -> rx.Component:
    return rx.el.table(
        rx.el.caption("What each context believes"),
        rx.el.thead(
            rx.el.tr(
                rx.el.th("Context believes", scope="col"),
                rx.el.th("Price", scope="col", class_name="r"),
                rx.el.th("Version", scope="col", class_name="r"),
                rx.el.th("Heard", scope="col", class_name="r hs"),
                rx.el.th("", scope="col"),
            )
        ),
        rx.el.tbody(rx.foreach(State.detail.beliefs, _belief)),
        class_name="inset pr-bel",
        data_testid="beliefs",
    )


def _belief(belief: BeliefView | rx.Var) -> rx.Component:
    return rx.el.tr(
        rx.el.th(belief.context, scope="row", class_name="pr-ctx"),
        rx.el.td(money(belief.price), class_name="r b"),
        rx.el.td(belief.version, class_name="r sec"),
        rx.el.td(belief.heard, class_name="r u hs"),
        rx.el.td(status(belief.state, small=True)),
        class_name=rx.cond(belief.drift, "drow", ""),
        data_testid=f"belief-{belief.context}",
        key=belief.context,
    )


def _history() -> rx.Component:
    d = State.detail
    return rx.fragment(
        rx.el.div(
            rx.el.h2("History"),
            rx.el.span(d.chart.span, class_name="k"),
            rx.el.span(
                rx.el.span(rx.el.i(class_name="ln"), "price"),
                rx.cond(
                    d.chart.competitor != "",
                    rx.el.span(rx.el.i(class_name="ln k2"), "competitor today"),
                    rx.fragment(),
                ),
                class_name="go pr-lgd",
            ),
            class_name="sec-h pr-hh",
        ),
        _chart(),
        rx.el.div(
            *(_key(PRICE_MARKS[how], in_words(how)) for how in ("listed", "clean", "person", "rolled-back")),
            class_name="pr-lgd pr-mks",
        ),
        rx.el.table(
            rx.el.caption("Prices this SKU had"),
            rx.el.tbody(rx.foreach(d.versions, _version)),
            class_name="inset pr-vers",
        ),
        rx.cond(d.more_versions != "", rx.el.p(d.more_versions, class_name="u pr-morev"), rx.fragment()),
    )


def _key(tone: str, word: str) -> rx.Component:
    return rx.el.span(rx.el.i(class_name=f"pr-mk {tone}"), word)


def _chart() -> rx.Component:
    chart = State.detail.chart
    return rx.el.div(
        rx.el.svg(
            rx.foreach(chart.levels, lambda level: rx.el.svg.path(d=level.path, class_name="g", key=level.key)),
            rx.el.svg.path(d=chart.competitor, class_name="cp"),
            rx.el.svg.path(d=chart.price, class_name="pr"),
            view_box="0 0 1000 400",
            preserve_aspect_ratio="none",
            aria_hidden="true",
        ),
        rx.el.div(
            rx.foreach(
                chart.levels,
                lambda level: rx.el.span(level.label, class_name="y", style={"top": level.at}, key=level.key),
            ),
            rx.foreach(
                chart.marks,
                lambda mark: rx.el.i(
                    class_name=f"pr-mk {mark.tone}",
                    style={"left": mark.left, "top": mark.top},
                    title=mark.title,
                    key=mark.key,
                ),
            ),
            rx.foreach(
                chart.notes,
                lambda note: rx.el.span(
                    note.label,
                    class_name=f"pr-note {note.side}",
                    style={"left": note.left, "top": note.top},
                    key=note.key,
                ),
            ),
            class_name="pr-plot",
        ),
        rx.foreach(
            chart.months,
            lambda month: rx.el.span(
                month.label, class_name=f"x {month.anchor}", style={"left": month.at}, key=month.key
            ),
        ),
        class_name="pr-hist",
        role="img",
        aria_label=chart.label,
    )


def _version(row: VersionView | rx.Var) -> rx.Component:
    return rx.el.tr(
        rx.el.td(row.version, class_name="sec"),
        rx.el.td(money(row.price), class_name="r b"),
        rx.el.td(link(row.reference, to=f"/proposals/{row.reference}"), class_name="sku"),
        rx.el.td(status(row.how, small=True)),
        rx.el.td(row.at, class_name="u r"),
        key=row.key,
    )


# lock


def _lock() -> rx.Component:
    return rx.cond(State.detail.lock_say != "", _locked(), rx.cond(State.may_lock, _lock_form(), rx.fragment()))


def _locked() -> rx.Component:
    return rx.el.div(
        icon("lock"),
        rx.el.p(
            rx.el.b(State.detail.lock_lead, class_name="b"),
            " ",
            State.detail.lock_say,
            " A change to this price would be refused and rolled back.",
            class_name="grow",
        ),
        rx.cond(
            State.may_lock,
            rx.el.button("Unlock", type="button", class_name="btn sm", on_click=State.unlock, data_testid="unlock"),
            rx.fragment(),
        ),
        class_name="call warn pr-locked",
        role="status",
        data_testid="locked",
    )


def _lock_form() -> rx.Component:
    return rx.el.details(
        rx.el.summary(icon("lock", "s"), "Lock this price in catalog", class_name="btn sm", data_testid="lock-open"),
        rx.el.form(
            rx.el.div(
                rx.el.label("Reason", html_for="lock-reason", class_name="f"),
                rx.el.div(
                    rx.el.input(
                        id="lock-reason",
                        name="reason",
                        custom_attrs=stays("lock/" + State.detail.sku),
                        max_length=500,
                        required=True,
                        auto_complete="off",
                        placeholder="Contract, promotion",
                    ),
                    class_name="field",
                ),
            ),
            rx.el.div(
                rx.el.label("Until the end of", html_for="lock-until", class_name="f"),
                rx.el.div(
                    rx.el.input(
                        id="lock-until",
                        name="until",
                        type="date",
                        required=True,
                        default_value=State.lock_until,
                    ),
                    class_name="field",
                ),
            ),
            rx.el.button("Lock", type="submit", class_name="btn", data_testid="lock"),
            rx.cond(
                State.lock_bad != "",
                rx.el.span(State.lock_bad, class_name="bad wide", role="alert"),
                rx.fragment(),
            ),
            on_submit=State.lock,
            class_name="pr-lockform",
        ),
        class_name="pr-lockd",
        key=State.detail.sku,
    )


def loading() -> rx.Component:
    """Hold the place of rows that load."""
    return skeleton_rows(16)
