"""Bringing a catalog, or costs and competitor prices, in from the Prices page: tried first, bad rows downloaded.

`assets/importing.js` sends the file to the API that machines use; the page adds nothing to what that does.
"""

import reflex as rx

from app.components import button, field
from app.pages.prices.state import PricesState as State

CATALOG = (
    "CSV or XLSX with sku, name, category, subcategory, brand, currency, price; if known cost, competitor_price,"
    " family, rank, pack, content (500 g) and map, the minimum that may be advertised."
)
FACTS = "CSV or XLSX with sku and cost or competitor_price; observed_at, source and currency if the rows say so."
BUTTONS = (("try", "Try it"), ("problems", "Download bad rows"), ("import", "Import"))


def importing() -> rx.Component:
    """Offer the imports to those who may do them."""
    return rx.fragment(
        rx.cond(State.may_list, _panel("catalog", "Import a catalog", CATALOG)),
        rx.cond(State.may_supply, _panel("facts", "Import costs or competitor prices", FACTS, _source())),
    )


def _panel(what: str, title: str, columns: str, *more: rx.Component) -> rx.Component:
    return rx.el.details(
        rx.el.summary(title, class_name="btn sm", data_testid=f"import-{what}-open"),
        rx.el.form(
            rx.el.p(columns, class_name="u"),
            rx.el.div(
                rx.el.label("File", html_for=f"import-{what}-file", class_name="f"),
                rx.el.input(id=f"import-{what}-file", name="file", type="file", accept=".csv,.xlsx", required=True),
            ),
            *more,
            rx.el.label(rx.el.input(type="checkbox", name="without"), " Go on without the rows that cannot be taken"),
            rx.el.div(*(_button(does, words) for does, words in BUTTONS), class_name="row"),
            rx.el.p(role="status", custom_attrs={"data-import-said": ""}, data_testid=f"import-{what}-said"),
            rx.el.ol(custom_attrs={"data-import-rows": ""}, class_name="u", data_testid=f"import-{what}-rows"),
            custom_attrs={"data-import": what},
            class_name="pr-imp",
        ),
        class_name="pr-impd",
    )


def _source() -> rx.Component:
    return field(
        "source",
        label="Source",
        id="import-facts-source",
        max_length=120,
        auto_complete="off",
        placeholder="Supplier list, feed",
    )


def _button(does: str, words: str) -> rx.Component:
    return button(words, kind="sm", custom_attrs={"data-import-do": does}, data_testid=f"import-{does}")
