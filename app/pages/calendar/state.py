"""What the calendar holds, and where its clicks go."""

from asyncio import to_thread
from collections.abc import Callable
from uuid import uuid4

import reflex as rx
from reflex.event import EventSpec

from app.clock import utc_now
from app.components import span
from app.components.dialogs import opens, shuts
from app.components.span import SpanForm
from app.components.stays import arrived
from app.components.views import RefusalView
from app.identity.actor import Actor
from app.identity.guard import allow, current_actor
from app.identity.roles import Permission
from app.lifecycle import commands
from app.lifecycle.errors import Refused
from app.pages.calendar.read import calendar_page, wanted
from app.pages.calendar.view import CalendarView
from app.states import live
from app.states.page import ActingState, OpenState
from app.states.span import SpanState
from app.timekeeping.local_time import told_here

TOPICS = ("proposals", "publishing", live.CLOCK)
REASON = 500


class CalendarState(SpanState, OpenState, ActingState, rx.State):
    """One week, the brakes, and the forms that set them."""

    view: CalendarView = CalendarView()
    lifting: str = ""
    _key: str = ""
    lifting_words: str = ""

    @rx.event
    @allow(Permission.READ)
    async def load(self) -> None:
        """Read what the address bar asks for, and watch it."""
        self._watch(CalendarState.refresh, *TOPICS)
        self.said, self._key = "", uuid4().hex
        await self._fill()
        self.loaded = True
        self.form = span.at_home(self.form)

    @rx.event
    @allow(Permission.READ)
    def ask(self, dialog: str) -> EventSpec | None:
        """Open one of the dialogs, empty of old refusals."""
        if dialog not in ("freeze", "stop", "resume"):
            return None
        self.refusal, self._key = RefusalView(), uuid4().hex
        return opens(dialog)

    @rx.event
    @allow(Permission.FREEZE)
    def ask_lift(self, freeze_id: str) -> EventSpec | None:
        """Ask before a freeze window is lifted."""
        row = next((row for row in self.view.freezes if row.id == freeze_id), None)
        if row is None:
            return None
        self.lifting, self.lifting_words, self.refusal = row.id, f"{row.span}: {row.reason}", RefusalView()
        self._key = uuid4().hex
        return opens("lift")

    @rx.event
    @allow(Permission.FREEZE)
    async def freeze(self, form_data: dict[str, str]) -> list[EventSpec] | None:
        """Announce the freeze window that the form says."""
        starts, ends = self._look(insist=True)
        if starts is None or ends is None:
            return None
        begins, until, reason, now = starts, ends, _reason(form_data), utc_now()

        def freeze(actor: Actor, key: str) -> str:
            return commands.freeze(actor, starts=begins, ends=until, reason=reason, key=key, now=now).warning

        done = await self._do(freeze, "Freeze announced.")
        if not done:
            return None
        self.form = SpanForm(zone=self.form.zone)
        return [shuts("freeze"), arrived("calendar/freeze")]

    @rx.event
    @allow(Permission.FREEZE)
    async def lift(self, form_data: dict[str, str]) -> list[EventSpec] | None:
        """Lift the freeze window that was asked about."""
        window, reason = self.lifting, _reason(form_data)

        def lift(actor: Actor, key: str) -> None:
            commands.lift(actor, window, reason=reason, key=key, now=utc_now())

        done = await self._do(lift, "Freeze lifted.")
        return [shuts("lift"), arrived("calendar/lift")] if done else None

    @rx.event
    @allow(Permission.STOP_PUBLISHING)
    async def stop(self, form_data: dict[str, str]) -> list[EventSpec] | None:
        """Stop all publishing."""
        reason = _reason(form_data)
        done = await self._do(
            lambda actor, key: commands.stop(actor, reason=reason, key=key, now=utc_now()).warning, ""
        )
        return [shuts("stop"), arrived("calendar/stop")] if done else None

    @rx.event
    @allow(Permission.STOP_PUBLISHING)
    async def resume(self, form_data: dict[str, str]) -> list[EventSpec] | None:
        """Let publishing go on."""
        reason = _reason(form_data)
        done = await self._do(
            lambda actor, key: commands.resume(actor, reason=reason, key=key, now=utc_now()).warning, ""
        )
        return [shuts("resume"), arrived("calendar/resume")] if done else None

    async def _do(self, command: Callable[[Actor, str], str | None], said: str) -> bool:
        """Carry out the command of the open dialog, once; say what it adds to what was done, or what was refused."""
        actor, key = await current_actor(self), self._key
        more = await self._carry_out(lambda: command(actor, key))
        if isinstance(more, Refused):
            return False
        self.said = " ".join(filter(None, (said, told_here(more or ""))))
        await self._fill()
        return True

    async def _fill(self) -> None:
        actor, now = await current_actor(self), utc_now()
        asked = wanted(self.router.url.query_parameters, now)
        self._show(view=await to_thread(calendar_page, actor, asked, now))


def _reason(form_data: dict[str, str]) -> str:
    return form_data.get("reason", "")[:REASON]
