"""What the calendar holds, and where its clicks go."""

from asyncio import to_thread
from collections.abc import Callable
from functools import partial

import reflex as rx
from reflex.event import EventSpec

from app.clock import utc_now
from app.components import span
from app.components.dialogs import opens, shuts
from app.components.span import SpanForm
from app.components.stays import arrived
from app.identity.guard import allow, current_actor
from app.identity.roles import Permission
from app.lifecycle import commands
from app.lifecycle.commands.brakes import Announced
from app.lifecycle.errors import Refused
from app.lifecycle.publishing.brakes import Publishing
from app.pages.calendar.read import calendar_page, wanted
from app.pages.calendar.view import CalendarView
from app.states import live
from app.states.page import ActingState, OpenState
from app.states.span import SpanState
from app.timekeeping.local_time import told_here

TOPICS = ("proposals", "publishing", live.CLOCK)
REASON = 500
Answer = Announced | Publishing | str


class CalendarState(SpanState, OpenState, ActingState, rx.State):
    """One week, the brakes, and the forms that set them."""

    view: CalendarView = CalendarView()
    lifting: str = ""
    lifting_words: str = ""

    @rx.event
    @allow(Permission.READ)
    async def load(self) -> None:
        """Read what the address bar asks for, and watch it."""
        self._watch(CalendarState.refresh, *TOPICS)
        self.said = ""
        self._begin_deed()
        await self._fill()
        self.loaded = True
        self.form = span.at_home(self.form)

    @rx.event
    @allow(Permission.READ)
    def ask(self, dialog: str) -> EventSpec | None:
        """Open one of the dialogs, empty of old refusals."""
        if dialog not in ("freeze", "stop", "resume"):
            return None
        self._begin_deed()
        return opens(dialog)

    @rx.event
    @allow(Permission.FREEZE)
    def ask_lift(self, freeze_id: str) -> EventSpec | None:
        """Ask before a freeze window is lifted."""
        row = next((row for row in self.view.freezes if row.id == freeze_id), None)
        if row is None:
            return None
        self.lifting, self.lifting_words = row.id, f"{row.span}: {row.reason}"
        self._begin_deed()
        return opens("lift")

    @rx.event
    @allow(Permission.FREEZE)
    async def freeze(self, form_data: dict[str, str]) -> list[EventSpec] | None:
        """Announce the freeze window that the form says."""
        if self._was_done(form_data.get("key", "")):
            return None
        starts, ends = self._look(insist=True)
        if starts is None or ends is None:
            return None
        done = await self._do(
            "freeze", partial(commands.freeze, starts=starts, ends=ends), form_data, "Freeze announced."
        )
        if done:
            self.form = SpanForm(zone=self.form.zone)
        return done

    @rx.event
    @allow(Permission.FREEZE)
    async def lift(self, form_data: dict[str, str]) -> list[EventSpec] | None:
        """Lift the freeze window that was asked about."""
        return await self._do(
            "lift", partial(commands.lift, freeze_id=form_data.get("freeze", "")), form_data, "Freeze lifted."
        )

    @rx.event
    @allow(Permission.STOP_PUBLISHING)
    async def stop(self, form_data: dict[str, str]) -> list[EventSpec] | None:
        """Stop all publishing."""
        return await self._do("stop", commands.stop, form_data)

    @rx.event
    @allow(Permission.STOP_PUBLISHING)
    async def resume(self, form_data: dict[str, str]) -> list[EventSpec] | None:
        """Let publishing go on."""
        return await self._do("resume", commands.resume, form_data)

    async def _do(
        self, dialog: str, brake: Callable[..., Answer], form_data: dict[str, str], said: str = ""
    ) -> list[EventSpec] | None:
        """Carry out the command of a dialog, once, and close it; say what was done, and what the answer warns of."""
        actor, key, reason = await current_actor(self), form_data.get("key", ""), form_data.get("reason", "")[:REASON]
        answer = await self._carry_out(lambda: brake(actor, reason=reason, key=key, now=utc_now()))
        if isinstance(answer, Refused):
            return None
        self._end_deed(key)
        warning = "" if isinstance(answer, str) else answer.warning
        self.said = " ".join(filter(None, (said, told_here(warning))))
        await self._fill()
        return [shuts(dialog), arrived(f"calendar/{dialog}")]

    async def _fill(self) -> None:
        actor, now = await current_actor(self), utc_now()
        asked = wanted(self.router.url.query_parameters, now)
        self._show(view=await to_thread(calendar_page, actor, asked, now))
