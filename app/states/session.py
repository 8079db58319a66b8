"""Who is signed in, and what the side bar says of the world. Shared by every page."""

import re
from asyncio import to_thread

import reflex as rx
from reflex.event import EventSpec

from app import routes
from app.clock import utc_now
from app.components.frame import BannerView, SideView
from app.identity.guard import allow, current_actor
from app.identity.roles import Permission
from app.states import live
from app.states.page import OpenState
from app.states.read import frame_of

REFERENCE = re.compile(r"^pc-?(\d{1,9})$", re.IGNORECASE)
SKU = re.compile(r"^[A-Za-z]{1,6}-\d{2,}$")
TOPICS = ("proposals", "repricings", "contexts", "publishing", live.PEOPLE, live.CLOCK)


class SessionState(OpenState, rx.State):
    """The frame's state. Every page's `on_load` begins with `enter`."""

    side: SideView = SideView()
    banner: BannerView = BannerView()

    @rx.event
    @allow(Permission.READ)
    async def enter(self) -> None:
        """Begin a page: forget what the last one watched, watch for the side bar, fill it."""
        live.leave(self.router.session.client_token)
        self._watch(SessionState.refresh, *TOPICS)
        await self._fill()

    @rx.event
    @allow(Permission.READ)
    async def find(self, form_data: dict[str, str]) -> EventSpec | None:
        """Go to what was typed into the find box: a proposal, a SKU, or the list of proposals that mention it."""
        wanted = form_data.get("q", "").strip()[:200]
        if not wanted:
            return None
        return rx.redirect(_target(wanted))

    async def _fill(self) -> None:
        actor = await current_actor(self)
        side, banner = await to_thread(frame_of, actor, utc_now())
        self._show(side=side, banner=banner)


def _target(wanted: str) -> str:
    reference = REFERENCE.match(wanted)
    if reference:
        return routes.proposal(f"PC-{reference[1]}")
    if SKU.match(wanted):
        return routes.with_query(routes.PRICES, q=wanted)
    return routes.with_query(routes.PROPOSALS, q=wanted)
