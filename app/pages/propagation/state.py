"""The state of the Propagation page: the board, live."""

from __future__ import annotations

import re
from asyncio import to_thread

import reflex as rx

from app.clock import utc_now
from app.deliveries.queries import Filter
from app.identity.guard import allow, current_actor
from app.identity.roles import Permission
from app.lifecycle.commands import note
from app.lifecycle.verbs import Verb
from app.pages.propagation import reading, showing
from app.pages.propagation.showing import BoardView, ContextColumn, FailureView, OpenedView
from app.states import live
from app.words.counting import count, plural

REFERENCE = re.compile(r"^PC-\d{1,9}$")
CURSOR = re.compile(r"^[0-9a-f-]{8,64}$")
TOPICS = ("repricings", "proposals", "contexts", live.CLOCK)


class PropagationState(rx.State):
    """Repricings by context."""

    loaded: bool = False
    show: str = "all"
    item: str = ""
    after: str = ""
    board: BoardView = BoardView()
    columns: list[ContextColumn] = []
    failures: list[FailureView] = []
    failures_say: str = ""
    in_flight: str = "0"
    failing: str = "0"
    stale_lead: str = ""
    stale: str = ""
    opened: OpenedView = OpenedView()
    clock: str = ""
    said: str = ""

    @rx.event
    @allow(Permission.READ)
    async def load(self) -> None:
        """Begin the page from its address, and watch what it shows."""
        token = self.router.session.client_token
        for topic in TOPICS:
            live.subscribe(token, topic, PropagationState.refresh)
        asked = self.router.url.query_parameters
        self.show = asked.get("filter", "all") if asked.get("filter") in showing.FILTERS else "all"
        self.item = asked.get("item", "") if REFERENCE.match(asked.get("item", "")) else ""
        self.after = asked.get("after", "") if CURSOR.match(asked.get("after", "")) else ""
        self.said = ""
        await self._fill()
        self.loaded = True

    @rx.event
    @allow(Permission.READ)
    async def refresh(self) -> None:
        """Read the board again because something moved; only what differs is sent."""
        await self._fill()

    @rx.event
    @allow(Permission.ROLL_BACK)
    async def redrive(self, position: str) -> None:
        """Let a context try again what it parked for one cause. Safe to repeat."""
        found = await to_thread(lambda: reading.cause_of(int(position) if position.isdecimal() else -1))
        if found is None:
            self.said = "This failure is gone already; nothing was redriven."
        else:
            number = await to_thread(lambda: reading.redrive(*found))
            actor, (context, cause) = await current_actor(self), found
            told = f"{plural(number, 'SKU')}: {cause}"
            await to_thread(lambda: note(actor, chain=f"context:{context}", action=Verb.REDRIVE, told=told))
            self.said = f"{found[0]} tries {count(number)} again now."
        await self._fill()

    async def _fill(self) -> None:
        actor = await current_actor(self)
        show, item, after, may = self._filter(), self.item, self.after, actor.may(Permission.ROLL_BACK)
        seen = await to_thread(lambda: reading.read(show, item=item, after=after, may_redrive=may, now=utc_now()))
        found: dict[str, object] = {
            name: getattr(seen, name)
            for name in ("board", "columns", "failures", "failures_say", "stale_lead", "stale", "opened", "clock")
        }
        found |= {"in_flight": seen.counts["in-flight"], "failing": seen.counts["failures"]}
        for name, value in found.items():
            if getattr(self, name) != value:
                setattr(self, name, value)

    def _filter(self) -> Filter:
        return "in-flight" if self.show == "in-flight" else "failures" if self.show == "failures" else "all"
