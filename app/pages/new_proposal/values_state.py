"""What the page shows of a new proposal, and how it is read, for the parts of its state."""

from __future__ import annotations

from typing import NamedTuple

from app.clock import new_id, utc_now
from app.components.wave_plan import NotAPlan
from app.identity.guard import current_actor
from app.intake.draft_commands import Timing
from app.lifecycle.errors import Refused
from app.lifecycle.proposing.submission import Mixed
from app.pages.new_proposal import drafting_state, read, timing_state, waves_state
from app.pages.new_proposal.as_read_view import AsReadView, UnsureView
from app.pages.new_proposal.drafting_state import DraftingState
from app.pages.new_proposal.read import Foreseen
from app.pages.new_proposal.timing_state import TimingState
from app.pages.new_proposal.view import DraftRowView, DraftView, OutcomeView
from app.pages.new_proposal.waves_state import WavesState
from app.pages.new_proposal.weight_view import LocksView, WeightView
from app.states.page import ForwardingState, answered


class Beside(NamedTuple):
    """The states beside the page's own."""

    drafting: DraftingState
    timing: TimingState
    waves: WavesState


class DraftValues(ForwardingState, mixin=True):
    """The page's values. The rows live in the draft, not here."""

    may: bool = True
    mode: str = "type"
    anew: bool = False
    reason_bad: bool = False
    mixed: Mixed = "together"
    without: bool = False
    draft: DraftView = DraftView()
    as_read: AsReadView = AsReadView()
    unsure: UnsureView = UnsureView()
    outcome: OutcomeView = OutcomeView()
    weight: WeightView = WeightView()
    locks: LocksView = LocksView()
    kind: str = ""
    rows: list[DraftRowView] = []
    after: str = ""
    next_after: str = ""
    lost: bool = False
    submitting: bool = False
    foreseen_bad: str = ""
    warnings: list[str] = []
    _key: str = ""
    _digest: str = ""
    _reason: str = ""
    _reason_seen: int = 0
    _as_it_was: str = ""

    async def _beside(self) -> Beside:
        """Return the states beside this one; their own modules say what may be done with each."""
        drafting, timing = await self.get_state(DraftingState), await self.get_state(TimingState)
        return Beside(drafting, timing, await self.get_state(WavesState))

    async def _begin_anew(self) -> None:
        """Show an empty page, about a draft of which nothing is kept yet."""
        self._key, self.without, self.mixed, self.mode, self.anew = new_id(), False, "together", "type", False
        self._reason, self._reason_seen, self.reason_bad = "", 0, False
        beside = await self._beside()
        drafting_state.begin_anew(beside.drafting)
        timing_state.begin_anew(beside.timing)
        waves_state.begin_anew(beside.waves)
        self._forget()

    def _forget(self) -> None:
        """Show no lines."""
        self.draft, self.outcome, self.rows, self.kind = DraftView(), OutcomeView(), [], ""
        self.as_read, self.unsure = AsReadView(), UnsureView()
        self.weight, self.locks = WeightView(), LocksView()
        self.foreseen_bad, self.warnings = "", []

    async def _read(self) -> None:
        """Show the lines of this draft as they stand in the store."""
        actor, draft_id, mixed = await current_actor(self), self.draft.id, self.mixed
        kind, after = self.kind or None, self.after
        seen = await answered(lambda: read.draft_page(draft_id, actor, kind=kind, after=after, mixed=mixed))
        if isinstance(seen, Refused):
            self._forget()
            self.lost = True
            return
        found = dict(vars(seen))
        suggested, self._digest = found.pop("suggested"), found.pop("digest")
        self._show(**found)
        await waves_state.look((await self._beside()).waves, draft_id, mixed, suggested)
        await self._foresee()

    async def _foresee(self) -> None:
        """Say what the draft runs into with its moments and waves as they stand on the page."""
        actor, draft_id, mixed = await current_actor(self), self.draft.id, self.mixed
        timing, now, seen = await self._timing_so_far(), utc_now(), Foreseen()
        if draft_id:
            found = await answered(lambda: read.foresee(draft_id, actor, now, mixed=mixed, timing=timing))
            self.lost = self.lost or isinstance(found, Refused)
            seen = seen if isinstance(found, Refused) else found
        self.foreseen_bad, self.warnings = seen.bad, list(seen.warnings)

    async def _timing_so_far(self) -> Timing:
        beside = await self._beside()
        begins, ends = timing_state.moments(beside.timing)
        try:
            return Timing(begins, ends, waves_state.plan_of(beside.waves))
        except NotAPlan:
            return Timing(begins, ends)
