"""The account page."""

import reflex as rx

from app import routes
from app.components import avatar, callout, refused, section_head, skeleton_rows
from app.components.feedback import said
from app.components.passwords import answer, password
from app.components.people import RoleView, token
from app.pages.account.state import AccountState as State
from app.shell import page, shell

V = State.view


@page(routes.ACCOUNT, "Your account", State.load)
def account() -> rx.Component:
    """Show what one may do and holds, and let the password be changed."""
    return shell(
        rx.cond(
            State.loaded,
            rx.el.div(
                _head(),
                refused(State.refusal),
                _roles(),
                rx.cond(V.has_password, _password(), _no_password()),
                _tokens(),
                class_name="pe-own",
            ),
            skeleton_rows(8),
        ),
        title="Your account",
        here=routes.ACCOUNT,
        beside=[said(State.said)],
    )


def _head() -> rx.Component:
    return rx.el.div(
        avatar(V.initials),
        rx.el.div(rx.el.h2(V.name, class_name="h"), rx.el.span(V.email, class_name="u"), class_name="grow"),
        rx.el.span("signed in in ", V.signed_in, class_name="u nw"),
        class_name="row pe-head",
    )


def _roles() -> rx.Component:
    return rx.el.div(
        section_head("Roles", "owners give and take them"),
        rx.el.ul(rx.foreach(V.roles, _role), class_name="pe-tokens"),
        class_name="pe-part",
    )


def _role(role: RoleView) -> rx.Component:
    return rx.el.li(rx.el.span(role.word, class_name="b"), rx.el.span(role.does, class_name="u"), key=role.name)


def _password() -> rx.Component:
    return rx.el.div(
        section_head("Password", "12 characters or more; every other browser is signed out"),
        rx.el.form(
            password("password", "Your password now", id="own-now"),
            password("new_password", "New password", id="own-new", new=True),
            password("again", "The new password again", id="own-again", new=True),
            rx.el.button("Change the password", class_name="btn pri", type="submit", data_testid="change-password"),
            answer("password-says"),
            id="own-password",
            no_validate=True,
            class_name="pe-form",
        ),
        class_name="pe-part",
    )


def _no_password() -> rx.Component:
    return rx.el.div(
        section_head("Password"),
        callout("You are somebody of the demo: one click signs in, and there is no password to change.", tone="idle"),
        class_name="pe-part",
    )


def _tokens() -> rx.Component:
    return rx.el.div(
        section_head("Tokens", "machines that act as you"),
        rx.cond(
            V.tokens,
            rx.el.ul(rx.foreach(V.tokens, lambda row: token(row, State.end_token)), class_name="pe-tokens"),
            rx.el.p(
                "None. Whoever administers this Baton makes one with ",
                rx.el.code("baton token create"),
                ".",
                class_name="u",
            ),
        ),
        class_name="pe-part",
    )
