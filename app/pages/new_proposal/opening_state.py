"""How the page comes to show a draft as it stands in the store, and keeps what is chosen on it there."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import NamedTuple

import reflex as rx

from app.clock import new_id
from app.components.views import RefusalView
from app.identity.guard import allow, current_actor
from app.identity.roles import Permission
from app.lifecycle.errors import Refused
from app.pages.new_proposal import drafting_state, read, timing_state, view, waves_state
from app.pages.new_proposal.typed import OURS, ChoicesAsMade, OpenedDraft, TimingAsTyped, WavesAsTyped, understood
from app.pages.new_proposal.values_state import DraftValues
from app.states.page import answered

DRAFT_ID = re.compile(r"^[0-9a-f-]{8,64}$")


class Asked(NamedTuple):
    """What the address asks for."""

    draft: str
    rows: str
    after: str
    mode: str


def at(draft_id: str) -> rx.event.EventSpec:
    """Let the address say which draft this is, so that a reload finds it; whoever has gone elsewhere stays there."""
    return rx.call_script(f"window.batonDrafting.at({json.dumps(draft_id)})")


class Opening(DraftValues, mixin=True):
    """The part of the page's state that opens and keeps a draft."""

    @rx.event
    @allow(Permission.READ)
    async def refresh(self) -> None:
        """Take over what another window did with this draft, where it was not touched here; list the others anew."""
        if not self.may or not self.loaded:
            return
        drafting = (await self._beside()).drafting
        await drafting_state.list_others(drafting)
        opened = await self._stands(drafting.draft_id) if drafting.begun and not self.submitting else None
        if opened is None:
            return
        theirs, same_lines = drafting_state.newer_fields(drafting, opened), drafting_state.is_about(drafting, opened)
        drafting_state.take(drafting, drafting.draft_id, opened)
        if theirs or not same_lines:
            await self._hold(opened, theirs)

    @rx.event
    @allow(Permission.SUBMIT)
    async def begun(self, draft_id: str) -> rx.event.EventSpec | None:
        """Be about the draft of which `drafting.js` has just kept the first words."""
        opened = await self._stands(draft_id) if DRAFT_ID.match(draft_id) else None
        if opened is None:
            return None
        drafting_state.take((await self._beside()).drafting, draft_id, opened)
        return at(draft_id)

    @rx.event
    @allow(Permission.SUBMIT)
    async def reopen(self) -> None:
        """Show the draft of this page as it stands in the store."""
        await self._look_again()

    @rx.event
    @allow(Permission.SUBMIT)
    async def keep(self) -> rx.event.EventSpec | None:
        """Keep what was chosen, the moments and the waves as they stand on the page."""
        return await self._keep()

    async def _begin(self) -> None:
        """Show what the address asks for; a draft as it stands in the store."""
        actor, asked, beside = await current_actor(self), self._asked(), await self._beside()
        self.may, beside.drafting.owner = actor.may(Permission.SUBMIT), actor.id
        if self._as_it_was == "&".join(asked):
            self._as_it_was = ""
            return
        self._key = self._key or new_id()
        self.refusal, self.submitting, self.lost = RefusalView(), False, False
        if self.may and DRAFT_ID.match(asked.draft):
            await self._open(asked)
        else:
            await self._begin_anew()
            self.mode = "file" if asked.mode == "file" else "type"
        self.loaded = True
        timing_state.arrive(beside.timing)
        if self.may:
            await drafting_state.list_others(beside.drafting)

    async def _begin_again(self) -> None:
        """Show the same before a window that comes back is told anything: nothing in it is taken away meanwhile."""
        asked = self._asked()
        if not self.loaded or asked.draft:
            await self._begin()
        self._as_it_was = "&".join(asked)

    def _asked(self) -> Asked:
        asked = self.router.url.query_parameters
        return Asked(*(asked.get(name, "") for name in Asked._fields))

    async def _open(self, asked: Asked) -> None:
        drafting = (await self._beside()).drafting
        if asked.draft != drafting.draft_id or not drafting.begun:
            await self._begin_anew()
        self.kind = asked.rows if view.is_kind(asked.rows) else ""
        self.after = asked.after if asked.after.isdecimal() else ""
        opened = await self._stands(asked.draft)
        if opened is not None:
            theirs = drafting_state.newer_fields(drafting, opened)
            drafting_state.take(drafting, asked.draft, opened)
            await self._hold(opened, theirs)

    async def _look_again(self) -> None:
        drafting = (await self._beside()).drafting
        opened = await self._stands(drafting.draft_id)
        if opened is not None:
            drafting_state.take(drafting, drafting.draft_id, opened)
            await self._hold(opened, OURS)

    async def _stands(self, draft_id: str) -> OpenedDraft | None:
        actor = await current_actor(self)
        opened = await answered(lambda: read.opened(draft_id, actor))
        if isinstance(opened, Refused):
            await self._begin_anew()
            self.lost = True
            return None
        return opened

    async def _hold(self, opened: OpenedDraft, names: Sequence[str]) -> None:
        """Let the page hold what stands in these fields of the draft, and show its lines."""
        drafting, timing, waves = await self._beside()
        if "choices" in names:
            self._show(**understood(opened.fields, "choices", ChoicesAsMade).model_dump())
        if "timing" in names:
            timing_state.hold(timing, understood(opened.fields, "timing", TimingAsTyped))
        if "waves" in names:
            waves_state.hold(waves, drafting.draft_id, understood(opened.fields, "waves", WavesAsTyped))
        await self._show_lines(opened)

    async def _show_lines(self, opened: OpenedDraft) -> None:
        """Show the lines as they were read, or the place where they come in."""
        if not opened.read or opened.submitted_as or opened.discarded or self.anew:
            self._forget()
            return
        self.draft = self.draft.model_copy(update={"id": (await self._beside()).drafting.draft_id})
        await self._read()

    async def _keep(self) -> rx.event.EventSpec | None:
        """Keep what the page's state holds, as far as it was touched."""
        drafting, timing, waves = await self._beside()
        choices = ChoicesAsMade(
            mode="file" if self.mode == "file" else "type", anew=self.anew, mixed=self.mixed, without=self.without
        )
        fields = {"choices": choices, "timing": timing_state.as_typed(timing), "waves": waves_state.as_typed(waves)}
        return at(drafting.draft_id) if await drafting_state.keep(drafting, fields) else None
