"""The table of a product's facts: what the rules read, how old it is, and who changed it."""

import reflex as rx

from app.components import money, status
from app.components.lines import table
from app.pages.prices.facts_view import AttributeView, ChangeView, FactsView, ProductFact


def facts_table(facts: FactsView | rx.Var) -> rx.Component:
    """Show every fact with its source and age, and the last changes."""
    return table(
        "What the rules read of this product",
        rx.foreach(facts.facts, _fact),
        rx.foreach(facts.attributes, _attribute),
        rx.foreach(facts.changes, _change),
        heads=(("For the rules", ""), ("Amount", "r"), ("", "")),
        class_name="inset pr-bel pr-facts",
        data_testid="facts",
    )


def _fact(fact: ProductFact | rx.Var) -> rx.Component:
    return rx.el.tr(
        rx.el.th(fact.word, scope="row", class_name="pr-ctx"),
        rx.el.td(money(fact.amount), class_name="r b"),
        rx.el.td(status(fact.state, small=True), rx.el.span(" ", fact.source, class_name="u")),
        data_testid=f"fact-{fact.key}",
        key=fact.key,
    )


def _attribute(said: AttributeView | rx.Var) -> rx.Component:
    return rx.el.tr(
        rx.el.th(said.word, scope="row", class_name="pr-ctx"),
        rx.el.td(said.told, col_span=2, class_name="r", dir="auto"),
        data_testid=f"attribute-{said.key}",
        key=said.key,
    )


def _change(change: ChangeView | rx.Var) -> rx.Component:
    return rx.el.tr(
        rx.el.td(change.at, class_name="u"),
        rx.el.td(change.who, class_name="r sec"),
        rx.el.td(change.told, class_name="u"),
        key=change.key,
    )
