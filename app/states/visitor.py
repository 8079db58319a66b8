"""What somebody who is not signed in may know: whether this is a demo."""

import reflex as rx

from app.identity import demo
from app.identity.guard import allow_anybody
from app.states import live


class VisitorState(rx.State):
    """The sign-in page's state. Signing in itself is a plain request (`assets/session.js`)."""

    demo: bool = False

    @rx.event
    @allow_anybody
    def enter(self) -> None:
        """Show the demo people to whom one click lets in."""
        live.leave(self.router.session.client_token)
        self.demo = demo.lets_in(self.router.session.client_ip, self.router.headers.raw_headers)
