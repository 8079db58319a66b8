"""Submitting a draft, once and as it was shown."""

from __future__ import annotations

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
from app.pages.new_proposal import drafting_state, timing_state, waves_state
from app.pages.new_proposal.opening_state import Opening

ASK = "ask-large"


class Submitting(Opening, mixin=True):
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
        if isinstance(answer, Refused):
            self._key = new_id()
            if isinstance(answer, (SeenContentChanged, DraftSubmitted)):
                await self._look_again()
            return
        await self._begin_anew()
        yield rx.redirect(routes.proposal(answer))

    async def _submit(self) -> str | Refused:
        actor, beside = await current_actor(self), await self._beside()
        fields = drafting_state.seen_fields(beside.drafting) | {"reason": self._reason_seen}
        timing = Timing(*timing_state.moments(beside.timing, insist=True), waves_state.plan_of(beside.waves))
        draft_id, reason, mixed, seen, key = self.draft.id, self._reason, self.mixed, self._digest, self._key
        return await self._carry_out(
            lambda: draft_commands.submit(
                draft_id, actor, seen=seen, fields=fields, reason=reason, mixed=mixed, timing=timing, key=key
            ),
            after="",
        )

    async def _complete(self) -> bool:
        self.reason_bad, beside = not self._reason, await self._beside()
        timed, planned = timing_state.is_complete(beside.timing), waves_state.is_complete(beside.waves)
        if self.draft.problems and not self.without:
            return False
        return bool(self.draft.id and self.outcome.lines) and not self.reason_bad and timed and planned
