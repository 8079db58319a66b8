"""What the overview holds: one view of everything, replaced when something moved."""

from asyncio import to_thread

import reflex as rx

from app.clock import utc_now
from app.database import reading
from app.identity.actor import Actor
from app.identity.guard import allow, current_actor
from app.identity.roles import Permission
from app.pages.overview.reading import overview
from app.pages.overview.shown import OverviewView
from app.states import live

TOPICS = ("proposals", "repricings", "contexts", live.CLOCK)


class OverviewState(rx.State):
    """The overview's state."""

    loaded: bool = False
    view: OverviewView = OverviewView()

    @rx.event
    @allow(Permission.READ)
    async def load(self) -> None:
        """Read the page and watch everything on it."""
        for topic in TOPICS:
            live.subscribe(self.router.session.client_token, topic, OverviewState.refresh)
        await self._fill()
        self.loaded = True

    @rx.event
    @allow(Permission.READ)
    async def refresh(self) -> None:
        """Read the page again; only what differs is sent."""
        await self._fill()

    async def _fill(self) -> None:
        actor = await current_actor(self)
        view = await to_thread(lambda: _read(actor))
        if view != self.view:
            self.view = view


def _read(actor: Actor) -> OverviewView:
    with reading() as session:
        return overview(session, actor, utc_now())
