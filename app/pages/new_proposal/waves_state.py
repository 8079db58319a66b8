"""The state of how a change goes out: at once, in the suggested waves, or in waves of one's own."""

from __future__ import annotations

from typing import TypeVar

import reflex as rx

from app.canary.waves import WavePlan
from app.clock import new_id
from app.components import wave_plan
from app.components.wave_plan import LimitsView, MeasureRow, NotAPlan, PlanView, WaveAsTyped
from app.identity.guard import allow, current_actor
from app.identity.roles import Permission
from app.lifecycle.errors import Refused
from app.lifecycle.proposing.submission import Mixed
from app.pages.new_proposal import read
from app.pages.new_proposal.typed import WavesAsTyped
from app.states.page import answered

MAX_WHAT = 20_000

Row = TypeVar("Row", WaveAsTyped, MeasureRow)


class WavesState(rx.State):
    """A wave plan as it is typed, and which SKUs would fall where. The lines live in the draft."""

    goes: str = "one"
    why: str = ""
    suggested: bool = False
    steps: list[WaveAsTyped] = list(wave_plan.FIRST_STEPS)
    limits: LimitsView = LimitsView()
    measures: list[MeasureRow] = []
    plan: PlanView = PlanView()
    categories: list[str] = []
    brands: list[str] = []
    _draft_id: str = ""
    _mixed: Mixed = "together"
    _suggestion: str = ""

    @rx.event
    @allow(Permission.SUBMIT)
    async def choose(self, goes: str) -> None:
        """Choose between all at once, the suggested plan and one's own."""
        if goes == "own":
            await self._own()
        self.goes = goes if goes in ("suggested", "own") else "one"
        await self._preview()

    @rx.event
    @allow(Permission.SUBMIT)
    async def add_step(self) -> None:
        """Add a wave before the last one."""
        more = WaveAsTyped(key=new_id(), bake=self.steps[-1].bake, unit=self.steps[-1].unit)
        self.steps = wave_plan.numbered([*self.steps[:-1], more, self.steps[-1]])
        await self._preview()

    @rx.event
    @allow(Permission.SUBMIT)
    async def remove_step(self, key: str) -> None:
        """Take a wave out of the plan; the last one stays."""
        self.steps = wave_plan.numbered(step for step in self.steps if step.key != key or step.takes == "rest")
        await self._preview()

    @rx.event
    @allow(Permission.SUBMIT)
    async def note_step(self, key: str, name: str, text: str) -> None:
        """Keep what was typed into a wave."""
        if name in ("takes", "what", "bake", "unit"):
            self.steps = [_changed(step, key, name, str(text)[:MAX_WHAT]) for step in self.steps]
            await self._preview()

    @rx.event
    @allow(Permission.SUBMIT)
    async def note_limit(self, name: str, text: str) -> None:
        """Keep what was typed as a guard's limit."""
        if name in ("applied", "parked"):
            self.limits = self.limits.model_copy(update={name: str(text)[:20]})
            await self._preview()

    @rx.event
    @allow(Permission.SUBMIT)
    def add_measure(self) -> None:
        """Add an outside measure to the guards."""
        if len(self.measures) < wave_plan.MAX_MEASURES:
            self.measures = [*self.measures, MeasureRow(key=new_id())]

    @rx.event
    @allow(Permission.SUBMIT)
    async def remove_measure(self, key: str) -> None:
        """Take an outside measure away."""
        self.measures = [row for row in self.measures if row.key != key]
        await self._preview()

    @rx.event
    @allow(Permission.SUBMIT)
    async def note_measure(self, key: str, name: str, text: str) -> None:
        """Keep what was typed into a measure."""
        if name in ("name", "direction", "tolerance", "sample"):
            self.measures = [_changed(row, key, name, str(text)[:60]) for row in self.measures]
            await self._preview()

    @rx.event
    @allow(Permission.SUBMIT)
    async def require_measure(self, key: str, required: bool) -> None:
        """Say whether the next wave waits for this measure."""
        self.measures = [_changed(row, key, "required", bool(required)) for row in self.measures]
        await self._preview()

    async def _own(self) -> None:
        if self.goes == "suggested" and self._suggestion:
            self.steps = wave_plan.steps_of(WavePlan.from_json(self._suggestion))
        if not self.categories:
            actor, draft_id = await current_actor(self), self._draft_id
            names = await answered(lambda: read.names(draft_id, actor))
            self.categories, self.brands = ([], []) if isinstance(names, Refused) else names

    async def _preview(self) -> None:
        try:
            plan = plan_of(self)
        except NotAPlan as refused:
            self.plan = self.plan.model_copy(update={"bad": str(refused)})
            return
        self.plan = PlanView() if plan is None else await self._previewed(plan)

    async def _previewed(self, plan: WavePlan) -> PlanView:
        actor, draft_id, mixed = await current_actor(self), self._draft_id, self._mixed
        found = await answered(lambda: read.fall(draft_id, actor, plan, mixed=mixed))
        if isinstance(found, Refused):
            return PlanView(bad="This draft is gone. Bring the lines again.")
        return wave_plan.show(plan, found)


async def look(waves: WavesState, draft_id: str, mixed: Mixed, suggestion: WavePlan | None) -> None:
    """Look at another draft, or at the same one after it changed."""
    if waves._draft_id not in ("", draft_id):
        begin_anew(waves)
    waves._draft_id, waves._mixed = draft_id, mixed
    waves._suggestion = suggestion.to_json() if suggestion else ""
    waves.suggested, waves.why = suggestion is not None, suggestion.why if suggestion else ""
    if waves.goes == "suggested" and not suggestion:
        waves.goes = "one"
    await waves._preview()


def plan_of(waves: WavesState) -> WavePlan | None:
    """Return the plan as it stands, none for all at once. Raises `NotAPlan`."""
    if waves.goes == "one":
        return None
    if waves.goes == "own":
        return wave_plan.plan_from(waves.steps, waves.limits, waves.measures)
    suggestion = WavePlan.from_json(waves._suggestion)
    return suggestion.model_copy(update={"guards": wave_plan.guards_from(waves.limits, waves.measures)})


def is_complete(waves: WavesState) -> bool:
    """Tell whether the plan can be submitted as it stands."""
    try:
        plan_of(waves)
    except NotAPlan:
        return False
    return True


def as_typed(waves: WavesState) -> WavesAsTyped:
    """Return the plan as it was typed."""
    return WavesAsTyped.model_validate({name: getattr(waves, name) for name in WavesAsTyped.model_fields})


def hold(waves: WavesState, draft_id: str, typed: WavesAsTyped) -> None:
    """Hold the plan of a draft as it was typed before; `look` says which lines fall where."""
    waves._draft_id = draft_id
    waves.goes, waves.steps = typed.goes, list(typed.steps) or list(wave_plan.FIRST_STEPS)
    waves.limits, waves.measures = typed.limits, list(typed.measures)[: wave_plan.MAX_MEASURES]


def begin_anew(waves: WavesState) -> None:
    """Begin with all lines at once, about no draft yet."""
    hold(waves, "", WavesAsTyped())
    waves.plan, waves.categories, waves.brands = PlanView(), [], []


def _changed(row: Row, key: str, name: str, value: str | bool) -> Row:
    if row.key != key:
        return row
    update: dict[str, str | bool] = {name: value}
    if name == "takes":
        if value not in wave_plan.TAKES or getattr(row, "takes", "") == "rest":
            return row
        update["what"] = ""
    return row.model_copy(update=update)
