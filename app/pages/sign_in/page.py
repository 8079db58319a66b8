"""The sign-in page. `assets/session.js` does the requests, so it works before (and without) the websocket."""

import reflex as rx

from app import routes
from app.components import avatar, callout, field, kbd, logo, vocabulary
from app.components.frame import theme_switch
from app.components.passwords import answer, password
from app.identity.demo import DEMO_PEOPLE, DemoPerson
from app.pages.sign_in.art import score
from app.states.visitor import VisitorState


@rx.page(route=routes.SIGN_IN, title="Sign in · Baton", on_load=VisitorState.enter)
def sign_in() -> rx.Component:
    """Show who can sign in here, and the idea of the whole thing."""
    return rx.el.main(
        rx.el.section(
            rx.el.div(logo(), "Baton", rx.el.span(class_name="grow"), theme_switch(), class_name="brand"),
            rx.el.h1("Sign in"),
            rx.cond(VisitorState.demo, _demo()),
            _account(),
            rx.el.p(
                "Nobody decides on what they wrote.",
                rx.cond(VisitorState.demo, " Try it: propose as Asha, then approve as Kiran.", ""),
                class_name="u foot2",
            ),
            class_name="l1",
        ),
        rx.el.section(score(), class_name="r1 offm"),
        rx.el.span(VisitorState.router.session.client_token, id="rx-ready", data_testid="rx-ready", hidden=True),
        class_name="si",
        id="main",
    )


def _demo() -> rx.Component:
    return rx.fragment(
        callout("Demo on this machine. Pick a person; nothing leaves 127.0.0.1.", tone="idle"),
        rx.el.ul(*[_person(number, who) for number, who in enumerate(DEMO_PEOPLE, 1)], class_name="people"),
        rx.el.div(rx.el.span("or with an account"), class_name="or"),
    )


def _person(number: int, who: DemoPerson) -> rx.Component:
    return rx.el.li(
        rx.el.button(
            avatar(who.actor().initials),
            rx.el.span(
                rx.el.span(who.name, class_name="b"),
                " ",
                rx.el.span(vocabulary.role(who.role), class_name="u"),
                rx.el.br(),
                rx.el.span(who.does, class_name="u d"),
                class_name="grow",
            ),
            kbd(str(number)),
            class_name="p",
            type="button",
            data_demo=who.email,
            data_hotkey=str(number),
            data_testid=f"demo-{who.email.split('@')[0]}",
        )
    )


def _account() -> rx.Component:
    return rx.el.form(
        field("email", label="Email", type="email", auto_complete="username", placeholder="name@company.example"),
        password("password", "Password"),
        rx.el.div(
            password("new_password", "New password", new=True),
            password("again", "The new password again", new=True),
            class_name="new",
            id="sign-in-new",
            hidden=True,
        ),
        rx.el.button("Sign in", class_name="btn wide", type="submit"),
        answer("sign-in-says"),
        id="sign-in",
        no_validate=True,
    )
