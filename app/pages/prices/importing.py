"""Bringing a catalog, or costs and competitor prices, in from the Prices page: tried first, bad rows downloaded.

`assets/importing.js` sends the file to the API that machines use; the page adds nothing to what that does.
"""

import reflex as rx

from app.pages.prices.state import PricesState as State


def importing() -> rx.Component:
    """Offer the imports to those who may do them."""
    return rx.fragment(
        rx.cond(State.may_list, _panel("catalog", "Import a catalog", _catalog_columns())),
        rx.cond(
            State.may_supply,
            _panel("facts", "Import costs or competitor prices", _fact_columns(), _source()),
        ),
    )


def _catalog_columns() -> str:
    return "CSV or XLSX with sku, name, category, subcategory, brand, currency, price; cost, competitor_price if known."


def _fact_columns() -> str:
    return "CSV or XLSX with sku and cost or competitor_price; observed_at, source and currency if the rows say so."


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
            rx.el.label(
                rx.el.input(type="checkbox", name="without"),
                " Go on without the rows that cannot be taken",
            ),
            rx.el.div(
                _button("try", "Try it"),
                _button("problems", "Download bad rows"),
                _button("import", "Import"),
                class_name="row",
            ),
            rx.el.p(role="status", custom_attrs={"data-import-said": ""}, data_testid=f"import-{what}-said"),
            rx.el.ol(custom_attrs={"data-import-rows": ""}, class_name="u", data_testid=f"import-{what}-rows"),
            custom_attrs={"data-import": what},
            class_name="pr-imp",
        ),
        class_name="pr-impd",
    )


def _source() -> rx.Component:
    return rx.el.div(
        rx.el.label("Source", html_for="import-facts-source", class_name="f"),
        rx.el.div(
            rx.el.input(
                id="import-facts-source",
                name="source",
                max_length=120,
                auto_complete="off",
                placeholder="Supplier list, feed",
            ),
            class_name="field",
        ),
    )


def _button(does: str, words: str) -> rx.Component:
    return rx.el.button(
        words, type="button", class_name="btn sm", custom_attrs={"data-import-do": does}, data_testid=f"import-{does}"
    )
