"""What two pages show of people: a token with the way to end it, a role with what it is for."""

from collections.abc import Callable
from datetime import datetime

import reflex as rx

from app.components import format as shown
from app.components import vocabulary
from app.components.controls import button
from app.components.views import View
from app.identity.roles import DOES, Role


class RoleView(View):
    """One role and what it is for."""

    name: str = ""
    word: str = ""
    does: str = ""


class TokenView(View):
    """One token that is valid: its id, what for, and until when."""

    id: str = ""
    label: str = ""
    until: str = ""


def role_view(role: Role) -> RoleView:
    """Return a role as a person reads it."""
    return RoleView(name=role.value, word=vocabulary.role(role), does=DOES[role])


def token_view(token_id: str, label: str, expires_at: datetime | None, now: datetime) -> TokenView:
    """Return a token as a person reads it."""
    until = f"until {shown.when(expires_at, now)}" if expires_at else "never ends by itself"
    return TokenView(id=token_id, label=label, until=until)


def token(row: TokenView, on_end: Callable[..., rx.event.EventType]) -> rx.Component:
    """Show one token, with the way to end it."""
    return rx.el.li(
        rx.el.span(
            rx.el.span(row.label, class_name="b"), " ", rx.el.code(row.id, class_name="u"), class_name="grow trunc"
        ),
        rx.el.span(row.until, class_name="u nw"),
        button("End it", kind="sm danger", on_click=on_end(row.id), aria_label=f"End the token {row.label}"),
        key=row.id,
    )
