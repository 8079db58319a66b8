"""How the page comes to show a draft as it stands in the store, and keeps what is chosen on it there."""

from __future__ import annotations

import json
import re
from asyncio import to_thread

import reflex as rx

from app.clock import new_id
from app.components.views import RefusalView
from app.identity.guard import allow, current_actor
from app.identity.roles import Permission
from app.lifecycle.errors import NotFound
from app.pages.new_proposal import read, view
from app.pages.new_proposal.drafting_state import DraftingState
from app.pages.new_proposal.timing_state import TimingState
from app.pages.new_proposal.typed import OURS, ChoicesAsMade, OpenedDraft, TimingAsTyped, WavesAsTyped
from app.pages.new_proposal.values_state import DraftValues
from app.pages.new_proposal.waves_state import WavesState

DRAFT_ID = re.compile(r"^[0-9a-f-]{8,64}$")


def at(draft_id: str) -> rx.event.EventSpec:
    """Let the address say which draft this is, so that a reload finds it; whoever has gone elsewhere stays there."""
    return rx.call_script(f"window.batonDrafting.at({json.dumps(draft_id)})")


class Opening(DraftValues, mixin=True):
    """The part of the page's state that opens and keeps a draft."""

    @rx.event
    @allow(Permission.READ)
    async def refresh(self) -> None:
        """Take over what another window did with this draft, where it was not touched here; list the others anew."""
        drafting_ = await self.get_state(DraftingState)
        if not self.may or not self.loaded:
            return
        await drafting_._list()
        if not drafting_.begun or self.submitting:
            return
        opened = await self._stands(drafting_.draft_id)
        if opened is None:
            return
        theirs = [name for name in OURS if opened.versions.get(name, 0) > drafting_._versions.get(name, 0)]
        other_lines = opened.edition != drafting_._edition
        drafting_._take(drafting_.draft_id, opened)
        if theirs:
            await self._put(opened, theirs)
        if theirs or other_lines:
            await self._show_lines(opened)

    @rx.event
    @allow(Permission.SUBMIT)
    async def begun(self, draft_id: str) -> rx.event.EventSpec | None:
        """Be about the draft of which `drafting.js` has just kept the first words."""
        opened = await self._stands(draft_id) if DRAFT_ID.match(draft_id) else None
        if opened is None:
            return None
        (await self.get_state(DraftingState))._take(draft_id, opened)
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
        actor = await current_actor(self)
        self.may = actor.may(Permission.SUBMIT)
        (await self.get_state(DraftingState)).owner = actor.id
        asked = self.router.url.query_parameters
        address = f"{asked.get('draft', '')}&{asked.get('rows', '')}&{asked.get('after', '')}&{asked.get('mode', '')}"
        if self._as_it_was == address:
            self._as_it_was = ""
            return
        self._key = self._key or new_id()
        self.refusal, self.submitting, self.lost = RefusalView(), False, False
        wanted = asked.get("draft", "")
        if self.may and DRAFT_ID.match(wanted):
            await self._open(wanted, asked.get("rows", ""), asked.get("after", ""))
        else:
            await self._begin_anew()
            self.mode = "file" if asked.get("mode") == "file" else "type"
        self.loaded = True
        (await self.get_state(TimingState))._arrive()
        if self.may:
            await (await self.get_state(DraftingState))._list()

    async def _begin_again(self) -> None:
        """Show the same before a window that comes back is told anything: nothing in it is taken away meanwhile."""
        if not self.loaded or self.router.url.query_parameters.get("draft"):
            await self._begin()
        asked = self.router.url.query_parameters
        self._as_it_was = (
            f"{asked.get('draft', '')}&{asked.get('rows', '')}&{asked.get('after', '')}&{asked.get('mode', '')}"
        )

    async def _open(self, draft_id: str, kind: str, after: str) -> None:
        self.kind = kind if view.is_kind(kind) else ""
        self.after = after if after.isdecimal() else ""
        drafting_ = await self.get_state(DraftingState)
        other = draft_id != drafting_.draft_id or not drafting_.begun
        if other:
            await self._begin_anew()
            self.kind, self.after = (kind if view.is_kind(kind) else ""), (after if after.isdecimal() else "")
        opened = await self._stands(draft_id)
        if opened is None:
            return
        theirs = [name for name in OURS if opened.versions.get(name, 0) > drafting_._versions.get(name, 0)]
        drafting_._take(draft_id, opened)
        await self._put(opened, theirs)
        await self._show_lines(opened)

    async def _stands(self, draft_id: str) -> OpenedDraft | None:
        actor = await current_actor(self)
        try:
            return await to_thread(lambda: read.opened(draft_id, actor))
        except NotFound:
            await self._begin_anew()
            self.lost = True
            return None

    async def _put(self, opened: OpenedDraft, names: list[str]) -> None:
        """Let the page hold what stands in these fields of the draft."""
        if "choices" in names:
            choices = opened.field("choices", ChoicesAsMade)
            self.mode, self.anew = choices.mode, choices.anew
            self.mixed, self.without = choices.mixed, choices.without
        if "timing" in names:
            (await self.get_state(TimingState))._put(opened.field("timing", TimingAsTyped))
        if "waves" in names:
            draft_id = (await self.get_state(DraftingState)).draft_id
            (await self.get_state(WavesState))._put(draft_id, opened.field("waves", WavesAsTyped))

    async def _show_lines(self, opened: OpenedDraft) -> None:
        """Show the lines as they were read, or the place where they come in."""
        if not opened.read or opened.submitted_as or opened.discarded or self.anew:
            self._forget()
            return
        self.draft = self.draft.model_copy(update={"id": (await self.get_state(DraftingState)).draft_id})
        await self._read()

    async def _look_again(self) -> None:
        drafting_ = await self.get_state(DraftingState)
        opened = await self._stands(drafting_.draft_id)
        if opened is not None:
            drafting_._take(drafting_.draft_id, opened)
            await self._put(opened, list(OURS))
            await self._show_lines(opened)

    async def _keep(self) -> rx.event.EventSpec | None:
        """Keep what the page's state holds, as far as it was touched."""
        drafting_ = await self.get_state(DraftingState)
        choices = ChoicesAsMade(
            mode="file" if self.mode == "file" else "type", anew=self.anew, mixed=self._mixed(), without=self.without
        )
        timing = (await self.get_state(TimingState))._as_typed()
        waves = (await self.get_state(WavesState))._as_typed()
        fields = {"choices": choices, "timing": timing, "waves": waves}
        touched = {
            name: field.model_dump_json()
            for name, field in fields.items()
            if field != type(field)() or name in drafting_._fields
        }
        begins = await drafting_._keep(touched)
        return at(drafting_.draft_id) if begins else None
