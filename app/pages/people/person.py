"""The person that was chosen: roles, what they hold, and what an owner may do about it."""

from collections.abc import Callable

import reflex as rx

from app.components import avatar, button, callout, empty, icon, link, refused, section_head, status, why
from app.components.held import held_box
from app.components.people import RoleView, role_view, token
from app.identity.roles import Role
from app.pages.people.state import PeopleState as State
from app.routes import PEOPLE

P = State.view.chosen


def pane() -> rx.Component:
    """Show the person, or that one can be chosen."""
    return rx.el.section(
        rx.cond(
            P.id != "",
            _person(),
            rx.cond(
                State.view.missing,
                empty("There is no such person", "The link may be old. Choose somebody of the list.", icon_name="user"),
                empty(
                    "Nobody is chosen",
                    "Choose a person to see what they may do and hold, and to change it.",
                    icon_name="user",
                ),
            ),
        ),
        class_name="pe-one",
        aria_label="The person that was chosen",
        data_testid="person",
    )


def one_time() -> rx.Component:
    """Show a password for one use, this once."""
    shown = State.one_time
    return rx.cond(
        shown.password != "",
        callout(
            rx.el.b("A password for ", shown.who, ", good once and for three days: ", class_name="b"),
            rx.el.code(shown.password, class_name="pe-pass", data_testid="one-time"),
            rx.el.br(),
            "It cannot be shown again. Give it to them in person; they choose their own when they sign in with it.",
            tone="warn",
            icon_name="lock",
            action=button("Done", kind="sm", on_click=State.forget, data_testid="forget"),
            id="pe-shown",
        ),
    )


def _person() -> rx.Component:
    return rx.fragment(
        rx.el.div(
            avatar(P.initials),
            rx.el.div(rx.el.h2(P.name, class_name="h"), rx.el.span(P.email, class_name="u"), class_name="grow"),
            status(P.status, small=True, data_testid="person-status"),
            link(icon("x"), to=PEOPLE, class_name="btn ghost sq sm", aria_label="Choose nobody"),
            class_name="row pe-head",
        ),
        refused(State.refusal),
        _roles(),
        _tokens(),
        _coming_in(),
    )  # fmt: skip


def _roles() -> rx.Component:
    changed = State.ticked.to_string() != P.roles.to_string()
    return rx.el.div(
        section_head("Roles", "what they may do; a role taken away signs them out"),
        role_boxes(State.ticked, State.tick, "has"),
        rx.el.div(
            button("Save the roles", kind="sm", disabled=~changed,
                   on_click=State.save_roles(P.id, State.ticked, P.roles), why_id="pe-why", data_testid="save-roles"),
            rx.cond(changed, rx.fragment(), why("Nothing is changed.", id="pe-why")),
            class_name="row",
        ),
        class_name="pe-part",
    )  # fmt: skip


def role_boxes(ticked: rx.Var, on_tick: Callable[..., rx.event.EventType], prefix: str) -> rx.Component:
    """Show a box for each role."""
    return rx.el.fieldset(
        rx.el.legend("Roles", class_name="vh"),
        *[_role(role_view(role), ticked, on_tick, prefix) for role in Role],
        class_name="pe-roles",
    )


def _role(role: RoleView, ticked: rx.Var, on_tick: Callable[..., rx.event.EventType], prefix: str) -> rx.Component:
    return rx.el.label(
        held_box(
            class_name="cb",
            checked=ticked.contains(role.name),
            on_change=lambda on: on_tick(role.name, on),
            data_testid=f"{prefix}-{role.name}",
        ),
        rx.el.span(rx.el.span(role.word, class_name="b"), " ", rx.el.span(role.does, class_name="u")),
    )


def _tokens() -> rx.Component:
    return rx.el.div(
        section_head("Tokens", "machines that act as this person"),
        rx.cond(
            P.tokens,
            rx.el.ul(rx.foreach(P.tokens, lambda row: token(row, State.end_token)), class_name="pe-tokens"),
            rx.el.p("None. ", rx.el.code("baton token create"), " makes one.", class_name="u"),
        ),
        class_name="pe-part",
    )


def _coming_in() -> rx.Component:
    return rx.el.div(
        section_head("Coming in"),
        rx.cond(
            P.active,
            rx.el.div(
                button("New password", icon_name="lock", kind="sm", disabled=P.why_no_reset != "", why_id="pe-no-reset",
                       on_click=State.ask("reset"), data_testid="reset"),
                button("Shut out", icon_name="out", kind="sm danger", on_click=State.ask("shut-out"),
                       data_testid="shut-out"),
                rx.cond(P.why_no_reset != "", why(P.why_no_reset, id="pe-no-reset")),
                class_name="row pe-wrap",
            ),
            rx.el.div(
                button("Let in again", icon_name="user", kind="sm", on_click=State.let_in(P.id), data_testid="let-in"),
                rx.el.span("With the roles of before and a new password; nothing else returns.", class_name="u"),
                class_name="row pe-wrap",
            ),
        ),
        class_name="pe-part",
    )  # fmt: skip
