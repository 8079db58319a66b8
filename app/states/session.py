"""Who is signed in, and what the side bar says of the world. Shared by every page."""

import re

import reflex as rx
from reflex.event import EventSpec

from app import routes
from app.components import format as shown
from app.components.frame import ContextLine, SideView
from app.database import reading
from app.deliveries import queries as deliveries
from app.identity.actor import Actor
from app.identity.guard import allow, current_actor
from app.identity.roles import Permission
from app.lifecycle import queries as lifecycle
from app.lifecycle.status import Status
from app.states import live

REFERENCE = re.compile(r"^pc-?(\d{1,9})$", re.IGNORECASE)
SKU = re.compile(r"^[A-Za-z]{1,6}-\d{2,}$")
MOVING = (Status.EVALUATING, Status.ROLLING_BACK)
TOPICS = ("proposals", "repricings", "contexts")


class SessionState(rx.State):
    """The frame's state. Every page's `on_load` begins with `enter`."""

    side: SideView = SideView()

    @rx.event
    @allow(Permission.READ)
    async def enter(self) -> None:
        """Begin a page: forget what the last one watched, watch for the side bar, fill it."""
        token = self.router.session.client_token
        live.leave(token)
        for topic in TOPICS:
            live.subscribe(token, topic, SessionState.refresh)
        await self._fill()

    @rx.event
    @allow(Permission.READ)
    async def refresh(self) -> None:
        """Read the side bar again; only what differs is sent."""
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
        side = await rx.run_in_thread(lambda: _side(actor))
        if side != self.side:
            self.side = side


def _target(wanted: str) -> str:
    reference = REFERENCE.match(wanted)
    if reference:
        return routes.proposal(f"PC-{reference[1]}")
    if SKU.match(wanted):
        return routes.with_query(routes.PRICES, q=wanted)
    return routes.with_query(routes.PROPOSALS, q=wanted)


def _side(actor: Actor) -> SideView:
    with reading() as session:
        counts = lifecycle.status_counts(session)
        contexts = deliveries.contexts(session)
        moving = deliveries.in_flight(session)
    waiting = counts.get(Status.PENDING_APPROVAL, 0)
    return SideView(
        name=actor.name,
        roles=", ".join(sorted(role.value.capitalize() for role in actor.roles)),
        initials=actor.initials,
        waiting=shown.count(waiting) if waiting else "",
        in_flight=shown.count(moving) if moving else "",
        contexts=[
            ContextLine(
                name=context.name,
                state=shown.context_state(context.state),
                lag=shown.duration(context.lag_ms / 1000),
            )
            for context in contexts
        ],
    )
