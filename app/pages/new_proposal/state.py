"""The state of the New proposal page: what was asked for, and the draft that the server keeps."""

from __future__ import annotations

import json
import re
from asyncio import to_thread
from collections.abc import AsyncIterator, Callable

import reflex as rx
from reflex.state import BaseState

from app import routes
from app.clock import new_id, utc_now
from app.components.views import RefusalView
from app.identity.guard import allow, current_actor, when_a_window_comes_back
from app.identity.roles import Permission
from app.intake import drafts
from app.intake.drafts import DraftSubmitted
from app.lifecycle.errors import NotFound, Refused, SeenContentChanged
from app.lifecycle.submission import MAX_REASON, Mixed
from app.pages.new_proposal import drafting, reading, showing
from app.pages.new_proposal.as_read import AsReadView, UnsureView
from app.pages.new_proposal.as_read import unsure as shown_unsure
from app.pages.new_proposal.drafting import OURS, ChoicesAsMade, Opened, TimingAsTyped, WavesAsTyped
from app.pages.new_proposal.drafting_state import DraftingState
from app.pages.new_proposal.planning import NotAPlan
from app.pages.new_proposal.reading import Foreseen, Timing
from app.pages.new_proposal.showing import DraftView, OutcomeView, RowView
from app.pages.new_proposal.timing_state import TimingState
from app.pages.new_proposal.waves_state import WavesState
from app.pages.new_proposal.weighing import LocksView, WeightView
from app.states import live

ASK = "ask-large"
MOST_TOLD = 200_000
DRAFT_ID = re.compile(r"^[0-9a-f-]{8,64}$")


class NewProposalState(rx.State):
    """One new proposal. The rows live in the draft, not here."""

    loaded: bool = False
    may: bool = True
    mode: str = "type"
    anew: bool = False
    reason_bad: bool = False
    mixed: str = "together"
    without: bool = False
    draft: DraftView = DraftView()
    as_read: AsReadView = AsReadView()
    unsure: UnsureView = UnsureView()
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
    _reason: str = ""
    _reason_seen: int = 0
    _as_it_was: str = ""

    @rx.event
    @allow(Permission.READ)
    async def load(self) -> None:
        """Begin the page from its address, and watch the drafts of this person."""
        actor = await current_actor(self)
        live.subscribe(self.router.session.client_token, drafts.topic(actor), NewProposalState.hear)
        await self._begin()

    @rx.event
    @allow(Permission.READ)
    async def hear(self) -> None:
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
            await self._show(opened)

    @rx.event
    @allow(Permission.SUBMIT)
    async def begun(self, draft_id: str) -> rx.event.EventSpec | None:
        """Be about the draft of which `drafting.js` has just kept the first words."""
        opened = await self._stands(draft_id) if DRAFT_ID.match(draft_id) else None
        if opened is None:
            return None
        (await self.get_state(DraftingState))._take(draft_id, opened)
        return _at(draft_id)

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
        await self._show(opened)
        await self._keep()
        return _at(draft_id)

    @rx.event
    @allow(Permission.SUBMIT)
    async def reopen(self) -> None:
        """Show the draft of this page as it stands in the store."""
        await self._look_again()

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
            await to_thread(lambda: drafting.edit_lines(draft_id, actor, utc_now()))
        except Refused as refused:
            self.refusal = RefusalView(title=f"{refused.title}.", detail=refused.detail, code=refused.code)
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
            await self._show(opened)
        return await self._keep()

    @rx.event
    @allow(Permission.SUBMIT)
    async def go_on_with_what_was_left(self) -> rx.event.EventSpec | None:
        """Begin a draft with the lines that this one, submitted, left behind."""
        actor, draft_id = await current_actor(self), (await self.get_state(DraftingState)).draft_id
        try:
            anew = await to_thread(lambda: drafting.with_what_was_left(draft_id, actor, utc_now()))
        except Refused as refused:
            self.refusal = RefusalView(title=f"{refused.title}.", detail=refused.detail, code=refused.code)
            return None
        return rx.redirect(routes.with_query(routes.NEW_PROPOSAL, draft=anew))

    @rx.event
    @allow(Permission.SUBMIT)
    def not_read(self, refusal: str) -> None:
        """Show in which ways the file could be read that `upload.js` just sent; nothing if it is another refusal."""
        self.unsure = shown_unsure(refusal[:MOST_TOLD])

    @rx.event
    @allow(Permission.SUBMIT)
    async def correct(self, row: int, sku: str, price: str) -> None:
        """Judge one bad row again as it was corrected in its place."""
        actor, draft_id = await current_actor(self), self.draft.id
        await self._mend(lambda: reading.correct(draft_id, actor, row, sku, price, utc_now()))

    @rx.event
    @allow(Permission.SUBMIT)
    async def take_meant(self, row: int) -> None:
        """Take the SKU that is spelled alike in one bad row, or in all (0)."""
        actor, draft_id = await current_actor(self), self.draft.id
        await self._mend(lambda: reading.take_meant(draft_id, actor, utc_now(), row=row or None))

    @rx.event
    @allow(Permission.SUBMIT)
    def note_reason(self, reason: str, seen: int) -> None:
        """Hear the reason as it stands on the page, and which version of it the page has seen."""
        self._reason, self._reason_seen = reason[:MAX_REASON].strip(), seen
        self.reason_bad = self.reason_bad and not self._reason

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
    async def foresee(self) -> rx.event.EventSpec | None:
        """Look ahead with the lines, moments and waves as they stand on the page, and keep them."""
        await self._foresee()
        return await self._keep()

    @rx.event
    @allow(Permission.SUBMIT)
    async def keep(self) -> rx.event.EventSpec | None:
        """Keep what was chosen, the moments and the waves as they stand on the page."""
        return await self._keep()

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
        self._key, self.without, self.mixed, self.mode, self.anew = new_id(), False, "together", "type", False
        self._reason, self._reason_seen, self.reason_bad = "", 0, False
        (await self.get_state(DraftingState))._blank()
        (await self.get_state(TimingState))._begin_anew()
        (await self.get_state(WavesState))._begin_anew()
        self._forget()

    async def _timing(self) -> Timing:
        begins, ends = (await self.get_state(TimingState))._look(insist=True)
        return Timing(begins, ends, (await self.get_state(WavesState))._plan())

    async def _submit(self) -> str:
        actor = await current_actor(self)
        timing = await self._timing()
        draft_id, reason, mixed, seen, key = self.draft.id, self._reason, self._mixed(), self._seen, self._key
        versions, reason_seen = dict((await self.get_state(DraftingState))._versions), self._reason_seen

        def submitted() -> str:
            drafting.refuse_changed(draft_id, actor, versions, reason, reason_seen)
            return reading.submit(draft_id, actor, seen=seen, reason=reason, mixed=mixed, timing=timing, key=key)

        try:
            return await to_thread(submitted)
        except Refused as refused:
            self.refusal = RefusalView(title=f"{refused.title}.", detail=refused.detail, code=refused.code)
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

    async def _mend(self, mending: Callable[[], int]) -> None:
        try:
            await to_thread(mending)
        except Refused as refused:
            self.refusal = RefusalView(title=f"{refused.title}.", detail=refused.detail, code=refused.code)
        self._key = new_id()
        await self._read()
        if not self.rows:
            self.kind = ""
            await self._read()

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
        self.kind = kind if showing.is_kind(kind) else ""
        self.after = after if after.isdecimal() else ""
        drafting_ = await self.get_state(DraftingState)
        other = draft_id != drafting_.draft_id or not drafting_.begun
        if other:
            await self._begin_anew()
            self.kind, self.after = (kind if showing.is_kind(kind) else ""), (after if after.isdecimal() else "")
        opened = await self._stands(draft_id)
        if opened is None:
            return
        theirs = [name for name in OURS if opened.versions.get(name, 0) > drafting_._versions.get(name, 0)]
        drafting_._take(draft_id, opened)
        await self._put(opened, theirs)
        await self._show(opened)

    async def _stands(self, draft_id: str) -> Opened | None:
        actor = await current_actor(self)
        try:
            return await to_thread(lambda: drafting.opened(draft_id, actor))
        except NotFound:
            await self._begin_anew()
            self.lost = True
            return None

    async def _put(self, opened: Opened, names: list[str]) -> None:
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

    async def _show(self, opened: Opened) -> None:
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
            await self._show(opened)

    async def _bring(self) -> rx.event.EventSpec | None:
        self.anew = self.anew or self.draft.id != ""
        self._forget()
        begun = (await self.get_state(DraftingState)).begun
        return await self._keep() if begun else None

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
        return _at(drafting_.draft_id) if begins else None

    async def _read(self) -> None:
        actor = await current_actor(self)
        draft_id, kind, after, mixed = self.draft.id, self.kind or None, self.after, self._mixed()
        try:
            seen = await to_thread(lambda: reading.read(draft_id, actor, kind=kind, after=after, mixed=mixed))
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


def _at(draft_id: str) -> rx.event.EventSpec:
    """Let the address say which draft this is, so that a reload finds it; whoever has gone elsewhere stays there."""
    return rx.call_script(f"window.batonDrafting.at({json.dumps(draft_id)})")


async def _come_back(state: BaseState) -> None:
    if state.router.url.path == routes.NEW_PROPOSAL:
        await (await state.get_state(NewProposalState))._begin_again()


when_a_window_comes_back.append(_come_back)
