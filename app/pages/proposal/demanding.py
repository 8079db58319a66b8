"""From what was pressed, or asked for in a dialog, to the command; waves are read from the form first."""

from __future__ import annotations

from collections.abc import Mapping

from app.canary.waves import WavePlan, suggest
from app.database import reading
from app.identity.actor import Actor
from app.lifecycle import commands, schedule
from app.lifecycle import queries as lifecycle
from app.lifecycle.errors import Refused
from app.lifecycle.transitions import Action
from app.lifecycle.views import ProposalSummary
from app.pages.new_proposal import planning
from app.pages.new_proposal.planning import LimitsView, NotAPlan, StepView


class WavesRefused(Refused):
    """What was demanded is no plan."""

    code, title = "broken_wave_plan", "No waves were demanded"


def acted(actor: Actor, action: Action, form: Mapping[str, str]) -> ProposalSummary:
    """Do what a form asks for, of what was seen when it was filled. Raises a `Refused`; then nothing changed."""
    if action is Action.PLAN_WAVES:
        return demanded(actor, form)
    reference, seen, key = form.get("reference", ""), form.get("seen", ""), f"{form.get('nonce', '')}:{action}"
    return commands.act(actor, reference, action, comment=form.get("reason", "")[:2000], seen=seen, key=key)


def demanded(actor: Actor, form: Mapping[str, str]) -> ProposalSummary:
    """Demand what the form says, of what was seen when it opened. Raises a `Refused`; then nothing changed."""
    reference, key = form.get("reference", ""), f"{form.get('nonce', '')}:plan-waves"
    with reading() as session:
        proposal = lifecycle.summary(session, reference)
        before = schedule.canary_of(session, reference)
    try:
        plan = plan_of(form, proposal)
    except NotAPlan as refused:
        raise WavesRefused(str(refused)) from refused
    if plan and before:  # who demands other waves does not loosen the submitter's guards
        plan = plan.model_copy(update={"guards": before.plan.guards})
    return commands.plan_waves(actor, reference, plan, seen=form.get("seen", ""), key=key)


def plan_of(form: Mapping[str, str], proposal: ProposalSummary) -> WavePlan | None:
    """Return the plan that the form asks for, None for all at once. Raises `NotAPlan`."""
    goes = form.get("goes", "one")
    if goes == "suggested":
        return suggest(proposal.lines, proposal.soft, proposal.largest_change_bp or 0)
    if goes != "own":
        return None
    shares = [share for share in form.get("shares", "")[:200].replace("%", " ").replace(",", " ").split() if share]
    if not shares:
        raise NotAPlan("Name at least one share, like 5, 25; the last wave takes the rest.")
    step = StepView(bake=form.get("bake", "")[:20], unit=form.get("unit", "min")[:3])
    steps = [step.model_copy(update={"what": share}) for share in shares] + [step.model_copy(update={"takes": "rest"})]
    return planning.plan_from(planning.numbered(steps), LimitsView(), [])
