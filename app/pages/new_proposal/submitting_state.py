"""Submitting a draft, once and as it was shown."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import AsyncIterator

import reflex as rx

from app import routes
from app.clock import new_id
from app.components.dialogs import opens, shuts
from app.components.views import RefusalView
from app.identity.guard import allow, current_actor
from app.identity.roles import Permission
from app.intake import draft_commands
from app.intake.draft_commands import Timing
from app.intake.drafts import DraftSubmitted
from app.lifecycle.errors import Refused, SeenContentChanged
from app.lifecycle.proposing.submission import MAX_REASON
from app.pages.new_proposal import read
from app.pages.new_proposal.drafting_state import DraftingState
from app.pages.new_proposal.timing_state import TimingState
from app.pages.new_proposal.values_state import DraftValues
from app.pages.new_proposal.waves_state import WavesState
from app.states.page import refusal

ASK = "ask-large"


class Submitting(DraftValues, mixin=True):
    """The part of the page's state that submits."""

    @rx.event
    @allow(Permission.SUBMIT)
    def note_reason(self, reason: str, seen: int) -> None:
        """Hear the reason as it stands on the page, and which version of it the page has seen."""
        self._reason, self._reason_seen = reason[:MAX_REASON].strip(), seen
        self.reason_bad = self.reason_bad and not self._reason

    @rx.event
    @allow(Permission.SUBMIT)
    async def submit(self) -> AsyncIterator[rx.event.EventSpec | None]:
        """Submit the draft once; the same key gives the same proposal. A large clean change is asked about first."""
        if self.submitting or not await self._complete():
            return
        if self.weight.large:
            yield opens(ASK)
            return
        async for event in self._go():
            yield event

    @rx.event
    @allow(Permission.SUBMIT)
    async def confirm(self) -> AsyncIterator[rx.event.EventSpec | None]:
        """Submit a large clean change whose figures were shown and confirmed."""
        if self.submitting or not await self._complete():
            return
        yield shuts(ASK)
        async for event in self._go():
            yield event

    async def _go(self) -> AsyncIterator[rx.event.EventSpec | None]:
        self.submitting, self.refusal = True, RefusalView()
        yield None
        answer = await self._submit()
        self.submitting = False
        if answer:
            await self._begin_anew()
            yield rx.redirect(routes.proposal(answer))

    async def _timing(self) -> Timing:
        begins, ends = (await self.get_state(TimingState))._look(insist=True)
        return Timing(begins, ends, (await self.get_state(WavesState))._plan())

    async def _submit(self) -> str:
        actor = await current_actor(self)
        timing = await self._timing()
        draft_id, reason, mixed, seen, key = self.draft.id, self._reason, self._mixed(), self._seen, self._key
        versions, reason_seen = dict((await self.get_state(DraftingState))._versions), self._reason_seen

        def submitted() -> str:
            read.refuse_changed(draft_id, actor, versions, reason, reason_seen)
            return draft_commands.submit(draft_id, actor, seen=seen, reason=reason, mixed=mixed, timing=timing, key=key)

        try:
            return await to_thread(submitted)
        except Refused as refused:
            self.refusal = refusal(refused)
            self._key = new_id()
            if isinstance(refused, (SeenContentChanged, DraftSubmitted)):
                await self._look_again()
            return ""

    async def _complete(self) -> bool:
        self.reason_bad = not self._reason
        timed = (await self.get_state(TimingState))._complete()
        planned = (await self.get_state(WavesState))._complete()
        if self.draft.problems and not self.without:
            return False
        return bool(self.draft.id and self.outcome.lines) and not self.reason_bad and timed and planned
