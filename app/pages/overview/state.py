"""What the overview holds: one view of everything, replaced when something moved."""

from asyncio import to_thread

import reflex as rx

from app.clock import utc_now
from app.identity.guard import allow, current_actor
from app.identity.roles import Permission
from app.pages.overview.read import overview_page
from app.pages.overview.view import OverviewView
from app.states import live
from app.states.page import OpenState

TOPICS = ("proposals", "repricings", "contexts", live.CLOCK)


class OverviewState(OpenState, rx.State):
    """The overview's state."""

    view: OverviewView = OverviewView()

    @rx.event
    @allow(Permission.READ)
    async def load(self) -> None:
        """Read the page and watch everything on it."""
        self._watch(OverviewState.refresh, *TOPICS)
        await self._fill()
        self.loaded = True

    async def _fill(self) -> None:
        actor = await current_actor(self)
        self._show(view=await to_thread(overview_page, actor, utc_now()))
