"""The state of the New proposal page: what was asked for, and the draft that the server keeps."""

from __future__ import annotations

from asyncio import to_thread

import reflex as rx
from reflex.state import BaseState

from app import routes
from app.clock import new_id, utc_now
from app.components.wave_plan import NotAPlan
from app.identity.guard import allow, current_actor, when_a_window_comes_back
from app.identity.roles import Permission
from app.intake import draft_commands, drafts
from app.intake.draft_commands import Timing
from app.lifecycle.errors import NotFound, Refused
from app.lifecycle.proposing.submission import Mixed
from app.pages.new_proposal import read
from app.pages.new_proposal.as_read_view import AsReadView, UnsureView
from app.pages.new_proposal.as_read_view import unsure as shown_unsure
from app.pages.new_proposal.drafting_state import DraftingState
from app.pages.new_proposal.mending_state import Mending
from app.pages.new_proposal.opening_state import DRAFT_ID, Opening, at
from app.pages.new_proposal.read import Foreseen
from app.pages.new_proposal.submitting_state import Submitting
from app.pages.new_proposal.timing_state import TimingState
from app.pages.new_proposal.view import DraftView, OutcomeView
from app.pages.new_proposal.waves_state import WavesState
from app.pages.new_proposal.weight_view import LocksView, WeightView
from app.states.page import refusal

MOST_TOLD = 200_000


class NewProposalState(Opening, Mending, Submitting, rx.State):
    """One new proposal. The rows live in the draft, not here."""

    @rx.event
    @allow(Permission.READ)
    async def load(self) -> None:
        """Begin the page from its address, and watch the drafts of this person."""
        actor = await current_actor(self)
        self._watch(NewProposalState.refresh, drafts.topic(actor))
        await self._begin()

    @rx.event
    @allow(Permission.SUBMIT)
    async def opened(self, draft_id: str) -> rx.event.EventSpec | None:
        """Show the lines that `upload.js` just had read."""
        if not DRAFT_ID.match(draft_id):
            return None
        self.without, self.mixed, self.anew, self.unsure = False, "together", False, UnsureView()
        self._key, self.kind, self.after = new_id(), "", ""
        opened = await self._stands(draft_id)
        if opened is None:
            return None
        (await self.get_state(DraftingState))._take(draft_id, opened)
        await self._show_lines(opened)
        await self._keep()
        return at(draft_id)

    @rx.event
    @allow(Permission.SUBMIT)
    async def choose_mode(self, mode: str) -> rx.event.EventSpec | None:
        """Choose whether lines are typed or come as a file."""
        self.mode, self.unsure = ("file" if mode == "file" else "type"), UnsureView()
        return await self._bring()

    @rx.event
    @allow(Permission.SUBMIT)
    async def edit_lines(self) -> rx.event.EventSpec | None:
        """Let the lines be typed again, beginning with those that stand."""
        actor, draft_id = await current_actor(self), (await self.get_state(DraftingState)).draft_id
        try:
            await to_thread(draft_commands.edit_lines, draft_id, actor, utc_now())
        except Refused as refused:
            self.refusal = refusal(refused)
            return None
        self.mode = "type"
        return await self._bring()

    @rx.event
    @allow(Permission.SUBMIT)
    async def leave_lines(self) -> rx.event.EventSpec | None:
        """Go back to the lines as they were read."""
        self.anew, self.unsure = False, UnsureView()
        opened = await self._stands((await self.get_state(DraftingState)).draft_id)
        if opened is not None:
            await self._show_lines(opened)
        return await self._keep()

    @rx.event
    @allow(Permission.SUBMIT)
    async def go_on_with_what_was_left(self) -> rx.event.EventSpec | None:
        """Begin a draft with the lines that this one, submitted, left behind."""
        actor, draft_id = await current_actor(self), (await self.get_state(DraftingState)).draft_id
        try:
            left = await to_thread(read.kinds_left, draft_id, actor)
            anew = await to_thread(draft_commands.with_what_was_left, draft_id, actor, left, utc_now())
        except Refused as refused:
            self.refusal = refusal(refused)
            return None
        return rx.redirect(routes.with_query(routes.NEW_PROPOSAL, draft=anew))

    @rx.event
    @allow(Permission.SUBMIT)
    def not_read(self, refusal: str) -> None:
        """Show in which ways the file could be read that `upload.js` just sent; nothing if it is another refusal."""
        self.unsure = shown_unsure(refusal[:MOST_TOLD])

    @rx.event
    @allow(Permission.SUBMIT)
    async def choose_mixed(self, mixed: str) -> rx.event.EventSpec | None:
        """Choose what happens when verdicts differ between lines."""
        self.mixed = "split" if mixed == "split" else "together"
        await self._read()
        return await self._keep()

    @rx.event
    @allow(Permission.SUBMIT)
    async def go_without(self) -> rx.event.EventSpec | None:
        """Leave the bad rows out, knowingly."""
        self.without = True
        return await self._keep()

    @rx.event
    @allow(Permission.SUBMIT)
    async def foresee(self) -> rx.event.EventSpec | None:
        """Look ahead with the lines, moments and waves as they stand on the page, and keep them."""
        await self._foresee()
        return await self._keep()

    async def _foresee(self) -> None:
        actor, now = await current_actor(self), utc_now()
        draft_id, mixed, seen = self.draft.id, self._mixed(), Foreseen()
        timing = await self._timing_so_far()
        if draft_id:
            try:
                seen = await to_thread(lambda: read.foresee(draft_id, actor, now, mixed=mixed, timing=timing))
            except NotFound:
                self.lost = True
        self.foreseen_bad, self.warnings = seen.bad, list(seen.warnings)

    async def _timing_so_far(self) -> Timing:
        begins, ends = (await self.get_state(TimingState))._look()
        try:
            return Timing(begins, ends, (await self.get_state(WavesState))._plan())
        except NotAPlan:
            return Timing(begins, ends)

    async def _begin_anew(self) -> None:
        self._key, self.without, self.mixed, self.mode, self.anew = new_id(), False, "together", "type", False
        self._reason, self._reason_seen, self.reason_bad = "", 0, False
        (await self.get_state(DraftingState))._blank()
        (await self.get_state(TimingState))._begin_anew()
        (await self.get_state(WavesState))._begin_anew()
        self._forget()

    async def _bring(self) -> rx.event.EventSpec | None:
        self.anew = self.anew or self.draft.id != ""
        self._forget()
        begun = (await self.get_state(DraftingState)).begun
        return await self._keep() if begun else None

    async def _read(self) -> None:
        actor = await current_actor(self)
        draft_id, kind, after, mixed = self.draft.id, self.kind or None, self.after, self._mixed()
        try:
            seen = await to_thread(lambda: read.draft_page(draft_id, actor, kind=kind, after=after, mixed=mixed))
        except NotFound:
            self._forget()
            self.lost = True
            return
        self.draft, self.outcome, self.kind, self.as_read = seen.draft, seen.outcome, seen.kind, seen.as_read
        self.rows, self.next_after = seen.rows, seen.next_after
        self.weight, self.locks, self._seen = seen.weight, seen.locks, seen.digest
        waves = await self.get_state(WavesState)
        await waves._look(draft_id, mixed, seen.suggested)
        await self._foresee()

    def _forget(self) -> None:
        self.draft, self.outcome, self.rows, self.kind = DraftView(), OutcomeView(), [], ""
        self.as_read, self.unsure = AsReadView(), UnsureView()
        self.weight, self.locks = WeightView(), LocksView()
        self.foreseen_bad, self.warnings = "", []

    def _mixed(self) -> Mixed:
        return "split" if self.mixed == "split" else "together"


async def _come_back(state: BaseState) -> None:
    if state.router.url.path == routes.NEW_PROPOSAL:
        await (await state.get_state(NewProposalState))._begin_again()


when_a_window_comes_back.append(_come_back)
