"""The state of the Propagation page: the board, live."""

from __future__ import annotations

import re
from asyncio import to_thread

import reflex as rx

from app.clock import utc_now
from app.context_commands import redrive
from app.identity.guard import allow, current_actor
from app.identity.roles import Permission
from app.pages.propagation import read, view
from app.pages.propagation.view import BoardView, ContextColumn, FailureView, OpenedView
from app.states import live
from app.states.page import OpenState
from app.words.counting import count

REFERENCE = re.compile(r"^PC-\d{1,9}$")
CURSOR = re.compile(r"^[0-9a-f-]{8,64}$")
TOPICS = ("repricings", "proposals", "contexts", live.CLOCK)


class PropagationState(OpenState, rx.State):
    """Repricings by context."""

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
    _redriven: str = ""

    @rx.event
    @allow(Permission.READ)
    async def load(self) -> None:
        """Begin the page from its address, and watch what it shows."""
        self._watch(PropagationState.refresh, *TOPICS)
        asked = self.router.url.query_parameters
        self.show = view.FILTERS.get(asked.get("filter", ""), "all")
        self.item = asked.get("item", "") if REFERENCE.match(asked.get("item", "")) else ""
        self.after = asked.get("after", "") if CURSOR.match(asked.get("after", "")) else ""
        self.said, self._redriven = "", ""
        await self._fill()
        self.loaded = True

    @rx.event
    @allow(Permission.ROLL_BACK)
    async def redrive(self, failure: str) -> None:
        """Let a context try again what it parked for the cause whose row was pressed. Safe to repeat."""
        actor, found = await current_actor(self), await to_thread(read.parked_for, failure)
        number = await to_thread(redrive, actor, found.context, found.prices, found.cause) if found else 0
        if found and number:
            self.said, self._redriven = f"{found.context} tries {count(number)} again now.", failure
        elif failure != self._redriven:  # else it is the second click of a double click
            self.said = "Nothing is parked for this cause any more; nothing was redriven."
        await self._fill()

    async def _fill(self) -> None:
        actor = await current_actor(self)
        show, item, after, may = view.FILTERS[self.show], self.item, self.after, actor.may(Permission.ROLL_BACK)
        seen = await to_thread(
            lambda: read.propagation_page(show, item=item, after=after, may_redrive=may, now=utc_now())
        )
        self._show(**vars(seen))
