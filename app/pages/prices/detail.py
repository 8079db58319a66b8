"""One product: its price, who believes what, its history."""

import reflex as rx

from app.components import empty, icon, link, money, status
from app.components.figures import stretched
from app.components.lines import table
from app.components.vocabulary import PRICE_MARKS
from app.pages.prices.chart import in_words
from app.pages.prices.facts import facts_table
from app.pages.prices.lock import lock
from app.pages.prices.state import PricesState as State
from app.pages.prices.view import BeliefView, VersionView


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
            rx.fragment(_name(), _authoritative(), lock(), facts_table(State.facts), _beliefs(), _history()),
        ),
        class_name="pr-det",
        aria_label="Product",
        data_testid="detail",
    )


def _name() -> rx.Component:
    d = State.detail
    return rx.fragment(
        rx.cond(State.sku != "", link(icon("left", "s"), "All prices", to=State.back_to, class_name="lk pr-back")),
        rx.el.div(
            rx.el.h2(d.name, class_name="pr-ttl", dir="auto"), rx.el.span(d.sku, class_name="sku"), class_name="row"
        ),
        rx.el.div(rx.el.span(d.brand), rx.el.span(d.category), rx.el.span(d.margin), class_name="pr-meta"),
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
            ),
            class_name="u",
        ),
    )


def _beliefs() -> rx.Component:
    return table(
        "What each context believes",
        rx.foreach(State.detail.beliefs, _belief),
        heads=(("Context believes", ""), ("Price", "r"), ("Version", "r"), ("Heard", "r hs"), ("", "")),
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
        table("Prices this SKU had", rx.foreach(d.versions, _version), class_name="inset pr-vers"),
        rx.cond(d.more_versions != "", rx.el.p(d.more_versions, class_name="u pr-morev")),
    )


def _key(tone: str, word: str) -> rx.Component:
    return rx.el.span(rx.el.i(class_name=f"pr-mk {tone}"), word)


def _chart() -> rx.Component:
    chart = State.detail.chart
    return rx.el.div(
        stretched(
            "0 0 1000 400",
            rx.foreach(chart.levels, lambda level: rx.el.svg.path(d=level.path, class_name="g", key=level.key)),
            rx.el.svg.path(d=chart.competitor, class_name="cp"),
            rx.el.svg.path(d=chart.price, class_name="pr"),
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
                    title=mark.words,
                    key=mark.key,
                ),
            ),
            rx.foreach(
                chart.notes,
                lambda note: rx.el.span(
                    note.words,
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
        key=row.version,
    )
