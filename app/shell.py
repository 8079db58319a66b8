"""The shell of every page: its decorator, and the frame bound to the session."""

from collections.abc import Callable, Sequence

import reflex as rx

from app import routes
from app.components import button_link, link
from app.components.frame import Keys, frame, search_box
from app.components.marks import icon
from app.states.session import SessionState

Render = Callable[[], rx.Component]
FIND = ("/", "find")


def page(route: str, title: str, *on_load: rx.event.EventType) -> Callable[[Render], Render]:
    """Decorate a page for people who are signed in: title, session first, then the page's own loading."""
    return rx.page(route=route, title=f"{title} · Baton", on_load=[SessionState.enter, *on_load])


def shell(
    *children: rx.Component,
    title: str | rx.Var,
    here: str,
    note: str | rx.Var = "",
    parent: tuple[str, str] | None = None,
    actions: Sequence[rx.Component] = (),
    beside: Sequence[rx.Component] = (),
    keys: Keys = (),
    find: bool = True,
) -> rx.Component:
    """Put a page's content into the frame.

    `here` is the route of its place in the side bar, `note` the grey words beside the title, `parent` an optional
    `(word, route)` before it, `beside` what follows the note, `actions` what stands at the right.
    """
    return rx.fragment(
        frame(
            *children,
            side=SessionState.side,
            here=here,
            top=(
                *_crumb(parent),
                rx.el.h1(title),
                *_note(note),
                *beside,
                rx.el.span(class_name="grow"),
                *([search_box(SessionState.find)] if find else []),
                *actions,
            ),
            keys=(*keys, FIND) if find else keys,
            banner=SessionState.banner,
        ),
        ready(),
    )


def ready() -> rx.Component:
    """Mark the page as hydrated, for browser tests (hidden; empty until the websocket has answered)."""
    return rx.el.span(SessionState.router.session.client_token, id="rx-ready", data_testid="rx-ready", hidden=True)


def _note(note: str | rx.Var) -> list[rx.Component]:
    return [] if isinstance(note, str) and not note else [rx.el.span(note, class_name="muted offm note")]


def _crumb(parent: tuple[str, str] | None) -> list[rx.Component]:
    if parent is None:
        return []
    word, to = parent
    return [rx.el.nav(link(word, to=to), icon("right"), class_name="crumb", aria_label="Up")]


def new_proposal() -> rx.Component:
    """Show whoever may propose the way to a new proposal (the primary button of the reading pages)."""
    button = button_link("New proposal", to=routes.NEW_PROPOSAL, icon_name="plus", key="N", kind="pri")
    return rx.cond(SessionState.side.proposes, button)
