"""The page for addresses that lead nowhere. Needs no session and no state."""

import reflex as rx

from app import routes
from app.components import button_link, empty, link, logo


@rx.page(route="404", title="No such page · Baton")
def not_found() -> rx.Component:
    """Say that there is nothing here, and where there is something."""
    return rx.el.main(
        link(logo(), "Baton", to=routes.HOME, class_name="brand"),
        empty(
            "There is no page at this address",
            "The link may be mistyped or old. Proposals keep their address for ever: /proposals/PC-2476.",
            icon_name="search",
            action=button_link("Go to the overview", to=routes.HOME, kind="sm"),
            code="404 not_found",
        ),
        class_name="lost",
        id="main",
    )
