"""The people page: everybody at the left, the person that was chosen at the right."""

import reflex as rx

from app import routes
from app.components import button, empty, link, skeleton_rows, status
from app.components.feedback import said
from app.components.lines import table
from app.pages.people import dialogs, person
from app.pages.people.state import PeopleState as State
from app.pages.people.view import PersonRow
from app.shell import page, shell

V = State.view
KEYS = (("J", "next"), ("K", "previous"), ("↵", "open"), ("+", "add a person"))


@page(routes.PEOPLE, "People", State.load)
def people() -> rx.Component:
    """Show who belongs here, and let owners change it."""
    return shell(
        rx.cond(
            State.loaded,
            rx.cond(
                State.allowed,
                rx.fragment(
                    person.one_time(),
                    rx.el.div(_list(), person.pane(), class_name="pe"),
                    dialogs.dialogs(),
                ),
                _refused(),
            ),
            skeleton_rows(8),
        ),
        title="People",
        here=routes.PEOPLE,
        note=V.note,
        beside=[said(State.said)],
        actions=[rx.cond(State.allowed, _add())],
        keys=KEYS,
    )


def _add() -> rx.Component:
    return button("Add a person", icon_name="plus", kind="pri", hotkey="+", on_click=State.ask("add"),
                  data_testid="add-person")  # fmt: skip


def _refused() -> rx.Component:
    return empty(
        "Owners say who belongs here",
        "Your roles do not include it. What you are and hold yourself stands on your account's page.",
        icon_name="lock",
        action=link("Your account", to=routes.ACCOUNT, class_name="btn sm"),
    )


def _list() -> rx.Component:
    heads = (
        ("Person", ""),
        ("Roles", "offm"),
        ("Status", ""),
        ("Signed in", "r offm"),
        ("Tokens", "r offm"),
        ("Last seen", "r offm"),
    )
    return rx.el.div(
        table("Everybody who belongs or belonged here", rx.foreach(V.rows, _row), heads=heads, class_name="list"),
        class_name="tw pe-list",
    )


def _row(row: PersonRow) -> rx.Component:
    return rx.el.tr(
        rx.el.td(
            link(rx.el.span(row.name, class_name="b"), " ", rx.el.span(row.email, class_name="u"), to=row.href,
                 data_row="", data_testid=f"person-{row.email}"),
            class_name="w",
        ),
        rx.el.td(row.roles, class_name="sec offm"),
        rx.el.td(status(row.status, small=True)),
        rx.el.td(row.signed_in, class_name=rx.cond(row.signed_in == "0", "u r offm", "r offm")),
        rx.el.td(row.tokens, class_name=rx.cond(row.tokens == "0", "u r offm", "r offm")),
        rx.el.td(row.seen, class_name="u r offm"),
        class_name=rx.cond(row.chosen, "sel", rx.cond(row.active, "", "off")),
        key=row.id,
        data_row_box="",
    )  # fmt: skip
