"""What stands around the board: whether it is live, true and whole, its filters, its foot."""

import reflex as rx

from app import routes
from app.components import choice, empty, icon, link, segmented
from app.components.marks import kbd
from app.pages.propagation.state import PropagationState as State


def live_mark() -> rx.Component:
    """Say that the page is live, and when it last changed."""
    return rx.el.span(
        rx.el.span(class_name="dot"), "Live, ", State.clock, class_name="st t12 live offm pg-live", data_testid="live"
    )


def filters() -> rx.Component:
    """Choose what the board shows."""
    return segmented(
        choice("All", to=routes.PROPAGATION, on=State.show == "all"),
        choice("Unfinished ", State.in_flight, to="/propagation?filter=in-flight", on=State.show == "in-flight"),
        choice("With failures ", State.failing, to="/propagation?filter=failures", on=State.show == "failures"),
        label="Repricings",
    )


def stale() -> rx.Component:
    """Say in words when what is shown is not fresh."""
    return rx.cond(
        State.stale_lead != "",
        rx.el.div(
            icon("tri"),
            rx.el.p(rx.el.b(State.stale_lead, class_name="b"), " ", State.stale),
            class_name="pg-stale",
            role="status",
            data_testid="stale",
        ),
    )


def foot() -> rx.Component:
    """List the keys and what the colours of the partitions mean."""
    return rx.el.div(
        rx.el.span(kbd("J"), kbd("K"), " row"),
        rx.el.span(kbd("↵"), " lanes"),
        rx.cond(
            State.board.more != "",
            link(
                "Earlier repricings",
                kbd("]"),
                to=f"/propagation?filter={State.show}&after={State.board.more}",
                class_name="btn sm",
                data_hotkey="]",
            ),
        ),
        rx.el.span(class_name="grow"),
        rx.el.span(
            "unread per partition ",
            *[
                rx.fragment(rx.el.i(class_name="hk", style={"background": f"var(--heat-{n})"}), word)
                for n, word in ((0, "0"), (1, "1"), (2, "10"), (3, "100"), (4, "1,000 or more"))
            ],
        ),
        class_name="foot offm",
    )


def nothing() -> rx.Component:
    """Say that there is nothing to show under this filter."""
    return empty(
        rx.match(
            State.show,
            ("in-flight", "Everything is finished"),
            ("failures", "Nothing fails"),
            "Nothing has been published yet",
        ),
        "A repricing appears here the moment its prices cross the seam.",
        icon_name="fan",
        action=rx.cond(
            State.show == "all", rx.fragment(), link("All repricings", to=routes.PROPAGATION, class_name="btn")
        ),
    )
