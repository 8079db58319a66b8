"""The state of the New proposal page: what was asked for, and the draft that the server keeps."""

from __future__ import annotations

import re
from asyncio import to_thread
from collections.abc import AsyncIterator

import reflex as rx

from app import routes
from app.clock import new_id, utc_now
from app.components.views import RefusalView
from app.identity.guard import allow, current_actor
from app.identity.roles import Permission
from app.intake.drafts import DraftSubmitted
from app.lifecycle.errors import NotFound, Refused, SeenContentChanged
from app.lifecycle.submission import MAX_REASON, Mixed
from app.pages.new_proposal import reading, showing
from app.pages.new_proposal.planning import NotAPlan
from app.pages.new_proposal.reading import Foreseen, Timing
from app.pages.new_proposal.showing import DraftView, OutcomeView, RowView
from app.pages.new_proposal.timing_state import TimingState
from app.pages.new_proposal.waves_state import WavesState
from app.pages.new_proposal.weighing import LocksView, WeightView

ASK = "ask-large"
DRAFT_ID = re.compile(r"^[0-9a-f-]{8,64}$")


class NewProposalState(rx.State):
    """One new proposal. The rows live in the draft, not here."""

    loaded: bool = False
    may: bool = True
    mode: str = "type"
    typed: str = ""
    typed_key: str = ""
    reason: str = ""
    reason_bad: bool = False
    mixed: str = "together"
    without: bool = False
    draft: DraftView = DraftView()
    outcome: OutcomeView = OutcomeView()
    weight: WeightView = WeightView()
    locks: LocksView = LocksView()
    kind: str = ""
    rows: list[RowView] = []
    after: str = ""
    next_after: str = ""
    lost: bool = False
    submitting: bool = False
    refusal: RefusalView = RefusalView()
    foreseen_bad: str = ""
    warnings: list[str] = []
    _key: str = ""
    _seen: str = ""

    @rx.event
    @allow(Permission.READ)
    async def load(self) -> None:
        """Begin the page from its address."""
        actor = await current_actor(self)
        self.may = actor.may(Permission.SUBMIT)
        asked = self.router.url.query_parameters
        self.mode = "file" if asked.get("mode") == "file" else "type"
        self._key = self._key or new_id()
        self.refusal, self.submitting, self.lost = RefusalView(), False, False
        wanted = asked.get("draft", "")
        if self.may and DRAFT_ID.match(wanted):
            await self._open(wanted, asked.get("rows", ""), asked.get("after", ""))
        else:
            self._forget()
            await self._prefill(asked.get("from", ""))
        self.loaded = True
        (await self.get_state(TimingState))._arrive()

    @rx.event
    @allow(Permission.SUBMIT)
    def opened(self, draft_id: str) -> rx.event.EventSpec | None:
        """Go to the draft that `upload.js` just made."""
        if not DRAFT_ID.match(draft_id):
            return None
        self.without, self.mixed = False, "together"
        self._key = new_id()
        return rx.redirect(routes.with_query(routes.NEW_PROPOSAL, draft=draft_id))

    @rx.event
    @allow(Permission.SUBMIT)
    def note_reason(self, reason: str) -> None:
        """Keep the reason that was typed."""
        self.reason = reason[:MAX_REASON]
        self.reason_bad = self.reason_bad and not self.reason.strip()

    @rx.event
    @allow(Permission.SUBMIT)
    async def choose_mixed(self, mixed: str) -> None:
        """Choose what happens when verdicts differ between lines."""
        self.mixed = "split" if mixed == "split" else "together"
        await self._read()

    @rx.event
    @allow(Permission.SUBMIT)
    def go_without(self) -> None:
        """Leave the bad rows out, knowingly."""
        self.without = True

    @rx.event
    @allow(Permission.SUBMIT)
    async def use(self, row: int) -> None:
        """Take the price that would pass in one row."""
        await self._use([row])

    @rx.event
    @allow(Permission.SUBMIT)
    async def use_all(self) -> None:
        """Take the price that would pass in every row of this kind."""
        await self._use(None)

    @rx.event
    @allow(Permission.SUBMIT)
    async def submit(self) -> AsyncIterator[rx.event.EventSpec | None]:
        """Submit the draft once; the same key gives the same proposal. A large clean change is asked about first."""
        if self.submitting or not await self._complete():
            return
        if self.weight.large:
            yield rx.call_script(f"document.getElementById('{ASK}').showModal()")
            return
        async for event in self._go():
            yield event

    @rx.event
    @allow(Permission.SUBMIT)
    async def confirm(self) -> AsyncIterator[rx.event.EventSpec | None]:
        """Submit a large clean change whose figures were shown and confirmed."""
        if self.submitting or not await self._complete():
            return
        yield rx.call_script(f"document.getElementById('{ASK}').close()")
        async for event in self._go():
            yield event

    @rx.event
    @allow(Permission.SUBMIT)
    async def leave_out_locked(self) -> None:
        """Leave out the lines that a context would refuse."""
        actor, draft_id, mixed = await current_actor(self), self.draft.id, self._mixed()
        try:
            await to_thread(lambda: reading.leave_out_locked(draft_id, actor, utc_now(), mixed=mixed))
        except Refused as refused:
            self.refusal = RefusalView(title=f"{refused.title}.", detail=refused.detail, code=refused.code)
        self._key = new_id()
        await self._read()

    async def _go(self) -> AsyncIterator[rx.event.EventSpec | None]:
        self.submitting, self.refusal = True, RefusalView()
        yield None
        answer = await self._submit()
        self.submitting = False
        if answer:
            await self._begin_anew()
            yield rx.redirect(routes.proposal(answer))

    @rx.event
    @allow(Permission.SUBMIT)
    async def foresee(self) -> None:
        """Look ahead with the lines, moments and waves as they stand on the page."""
        await self._foresee()

    async def _foresee(self) -> None:
        actor, now = await current_actor(self), utc_now()
        draft_id, mixed, seen = self.draft.id, self._mixed(), Foreseen()
        timing = await self._timing_so_far()
        if draft_id:
            try:
                seen = await to_thread(lambda: reading.foresee(draft_id, actor, now, mixed=mixed, timing=timing))
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
        self._key, self.without, self.reason = new_id(), False, ""
        (await self.get_state(TimingState))._begin_anew()
        (await self.get_state(WavesState))._begin_anew()

    async def _timing(self) -> Timing:
        begins, ends = (await self.get_state(TimingState))._look(insist=True)
        return Timing(begins, ends, (await self.get_state(WavesState))._plan())

    async def _submit(self) -> str:
        actor = await current_actor(self)
        timing = await self._timing()
        draft_id, reason, mixed = self.draft.id, self.reason.strip(), self._mixed()
        seen, key, before = self._seen, self._key, self.draft.submitted_as
        try:
            return await to_thread(
                lambda: reading.submit(
                    draft_id, actor, seen=seen, reason=reason, mixed=mixed, timing=timing, key=key, submitted_as=before
                )
            )
        except Refused as refused:
            self.refusal = RefusalView(title=f"{refused.title}.", detail=refused.detail, code=refused.code)
            self._key = new_id()
            if isinstance(refused, (SeenContentChanged, DraftSubmitted)):
                await self._read()
            return ""

    async def _complete(self) -> bool:
        self.reason_bad = not self.reason.strip()
        timed = (await self.get_state(TimingState))._complete()
        planned = (await self.get_state(WavesState))._complete()
        if self.draft.problems and not self.without:
            return False
        return bool(self.draft.id and self.outcome.lines) and not self.reason_bad and timed and planned

    async def _use(self, rows: list[int] | None) -> None:
        actor = await current_actor(self)
        if self.kind not in ("hard", "soft"):
            return
        draft_id, kind = self.draft.id, self.kind
        try:
            await to_thread(lambda: reading.use(draft_id, actor, utc_now(), kind=kind, rows=rows))
        except Refused as refused:
            self.refusal = RefusalView(title=f"{refused.title}.", detail=refused.detail, code=refused.code)
        self._key = new_id()
        await self._read()
        if not self.rows:
            self.kind = ""
            await self._read()

    async def _open(self, draft_id: str, kind: str, after: str) -> None:
        self.kind = kind if showing.is_kind(kind) else ""
        self.after = after if after.isdecimal() else ""
        if draft_id != self.draft.id:
            self.without = False
        self.draft = self.draft.model_copy(update={"id": draft_id})
        await self._read()

    async def _read(self) -> None:
        actor = await current_actor(self)
        draft_id, kind, after, mixed = self.draft.id, self.kind or None, self.after, self._mixed()
        try:
            seen = await to_thread(lambda: reading.read(draft_id, actor, kind=kind, after=after, mixed=mixed))
        except NotFound:
            self._forget()
            self.lost = True
            return
        self.draft, self.outcome, self.kind = seen.draft, seen.outcome, seen.kind
        self.rows, self.next_after = seen.rows, seen.next_after
        self.weight, self.locks, self._seen = seen.weight, seen.locks, seen.digest
        waves = await self.get_state(WavesState)
        await waves._look(draft_id, mixed, seen.suggested)
        await self._foresee()

    async def _prefill(self, draft_id: str) -> None:
        self.typed_key = draft_id
        self.typed = ""
        if self.may and DRAFT_ID.match(draft_id):
            actor = await current_actor(self)
            try:
                self.typed = await to_thread(lambda: reading.text_of(draft_id, actor))
            except NotFound:
                self.lost = True

    def _forget(self) -> None:
        self.draft, self.outcome, self.rows, self.kind = DraftView(), OutcomeView(), [], ""
        self.weight, self.locks = WeightView(), LocksView()
        self.foreseen_bad, self.warnings = "", []

    def _mixed(self) -> Mixed:
        return "split" if self.mixed == "split" else "together"
