"""What the audit page holds."""

from asyncio import to_thread
from collections.abc import AsyncIterator

import reflex as rx
from reflex.event import EventSpec

from app import routes
from app.clock import utc_now
from app.identity.guard import allow, current_actor
from app.identity.roles import Permission
from app.pages.audit.read import trail_page, verified
from app.pages.audit.view import ChainView, TrailView


class TrailState(rx.State):
    """The audit page's state."""

    loaded: bool = False
    allowed: bool = True
    actor: str = ""
    action: str = ""
    cursor: str = ""
    trail: TrailView = TrailView()
    chain: ChainView = ChainView()

    @rx.event
    @allow(Permission.READ)
    async def load(self) -> AsyncIterator[None]:
        """Read the trail, then check the chains; says who may, to everybody else."""
        who = await current_actor(self)
        self.allowed = who.may(Permission.READ_AUDIT)
        self.loaded = True
        if not self.allowed:
            self.trail, self.chain = TrailView(), ChainView()
            return
        asked = self.router.url.query_parameters
        self.actor, self.action, self.cursor = (asked.get(name, "")[:200] for name in ("actor", "action", "cursor"))
        actor, action, cursor = self.actor, self.action, self.cursor
        self.trail = await to_thread(trail_page, actor, action, cursor, utc_now())
        yield
        self.chain = await to_thread(verified, utc_now())

    @rx.event
    @allow(Permission.READ_AUDIT)
    async def verify(self) -> AsyncIterator[None]:
        """Check the chains again."""
        self.chain = ChainView()
        yield
        self.chain = await to_thread(verified, utc_now())

    @rx.event
    @allow(Permission.READ_AUDIT)
    def narrow(self, name: str, value: str) -> EventSpec | None:
        """Show only one person's entries, or one action."""
        if name not in ("actor", "action"):
            return None
        asked = {"actor": self.actor, "action": self.action, name: value[:200]}
        return rx.redirect(routes.with_query(routes.AUDIT, **asked))
