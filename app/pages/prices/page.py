"""Prices: what the price list says, what each context believes, and how it came to be."""

import reflex as rx

from app import routes
from app.components import skeleton_rows
from app.pages.prices.detail import detail
from app.pages.prices.listing import bar, listed
from app.pages.prices.state import PricesState
from app.shell import FIND, page, shell


@page(routes.PRICES, "Prices", PricesState.load)
def prices() -> rx.Component:
    """The Prices page."""
    return shell(
        bar(),
        rx.script(src="/importing.js"),
        rx.cond(PricesState.loaded, rx.el.div(listed(), detail(), class_name="pr-pg"), skeleton_rows(16)),
        title="Prices",
        here=routes.PRICES,
        note=PricesState.note,
        keys=(("J", "next product"), ("K", "previous product"), ("]", "next page"), FIND),
        find=False,
    )
