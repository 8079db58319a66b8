"""The form in which an approver demands waves of a proposal: what was typed into it, as a plan. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from app.canary.waves import WavePlan, suggest
from app.components import wave_plan
from app.components.wave_plan import LimitsView, NotAPlan, WaveAsTyped
from app.lifecycle.errors import Refused
from app.lifecycle.views.values import ProposalSummary


class WavesRefused(Refused):
    """What was demanded is no plan."""

    code, title = "broken_wave_plan", "No waves were demanded"


def plan_of(form: Mapping[str, str], proposal: ProposalSummary) -> WavePlan | None:
    """Return the plan that the form asks for, None for all at once. Raises `WavesRefused`."""
    try:
        return _plan_of(form, proposal)
    except NotAPlan as refused:
        raise WavesRefused(str(refused)) from refused


def _plan_of(form: Mapping[str, str], proposal: ProposalSummary) -> WavePlan | None:
    goes = form.get("goes", "one")
    if goes == "suggested":
        return suggest(proposal.lines, proposal.soft, proposal.largest_change_bp or 0)
    if goes != "own":
        return None
    shares = [share for share in form.get("shares", "")[:200].replace("%", " ").replace(",", " ").split() if share]
    if not shares:
        raise NotAPlan("Name at least one share, like 5, 25; the last wave takes the rest.")
    step = WaveAsTyped(bake=form.get("bake", "")[:20], unit=form.get("unit", "min")[:3])
    steps = [step.model_copy(update={"what": share}) for share in shares] + [step.model_copy(update={"takes": "rest"})]
    return wave_plan.plan_from(wave_plan.numbered(steps), LimitsView(), [])
