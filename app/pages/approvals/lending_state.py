"""The state of lending the right to decide: what one lent, what was lent to one, and the form for it."""

from asyncio import to_thread
from collections.abc import Callable

import reflex as rx
from reflex.event import EventSpec

from app.clock import utc_now
from app.components import span
from app.components.dialogs import opens
from app.components.span import SpanForm
from app.identity.guard import allow, current_actor
from app.identity.roles import Permission
from app.lifecycle import commands
from app.lifecycle.errors import Refused
from app.pages.approvals.lending_view import LendingView
from app.pages.approvals.read import lending_panel
from app.states import live
from app.states.page import ActingState, OpenState
from app.states.span import SpanState


class LendingState(SpanState, OpenState, ActingState, rx.State):
    """The delegation panel of the approvals page."""

    view: LendingView = LendingView()

    @rx.event
    @allow(Permission.READ)
    async def load(self) -> None:
        """Read who lends to whom, and watch it."""
        self._watch(LendingState.refresh, "proposals", live.CLOCK)
        self._begin_deed()
        await self._fill()
        self.form = span.at_home(self.form)

    @rx.event
    @allow(Permission.READ)
    def ask(self) -> EventSpec:
        """Open the panel, empty of old refusals."""
        self.said = ""
        self._begin_deed()
        return opens("delegation")

    @rx.event
    @allow(Permission.DECIDE)
    async def lend(self, form_data: dict[str, str]) -> None:
        """Lend my right to decide to the person chosen, for the time that the form says."""
        actor, key = await current_actor(self), form_data.get("key", "")
        if self._was_done(key):
            return
        starts, ends = self._look(insist=True)
        borrower = form_data.get("borrower", "")[:64]
        if starts is None or ends is None:
            return
        begins, until, now = starts, ends, utc_now()
        if await self._do(
            key, lambda: commands.delegate(actor, to=borrower, starts=begins, ends=until, key=key, now=now), "Lent."
        ):
            self.form = SpanForm(zone=self.form.zone)

    @rx.event
    @allow(Permission.READ)
    async def take_back(self, delegation_id: str, key: str) -> None:
        """Take back what I lent, at once."""
        actor, now = await current_actor(self), utc_now()
        await self._do(key, lambda: commands.end_delegation(actor, delegation_id, key=key, now=now), "Taken back.")

    async def _do(self, key: str, command: Callable[[], object], said: str) -> bool:
        """Carry out a command, say that it is done and read the panel again, unless it was refused."""
        done = not isinstance(await self._carry_out(command), Refused)
        if done:
            self._end_deed(key)
            self.said = said
            await self._fill()
        return done

    async def _fill(self) -> None:
        actor = await current_actor(self)
        self._show(view=await to_thread(lending_panel, actor, utc_now()))
