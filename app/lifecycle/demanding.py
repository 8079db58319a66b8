"""An approver's demand of waves, or of none, from a plan that depends on what the proposal is."""

from collections.abc import Callable

from app.canary.waves import WavePlan
from app.database import reading
from app.identity.actor import Actor
from app.lifecycle import commands
from app.lifecycle.clock import schedule
from app.lifecycle.views import queries
from app.lifecycle.views.values import ProposalSummary


def demand_waves(
    actor: Actor, reference: str, wanted: Callable[[ProposalSummary], WavePlan | None], *, seen: str, key: str
) -> ProposalSummary:
    """Demand waves of what was seen; a plan before keeps its guards. Raises a `Refused`; then nothing changed."""
    with reading() as session:
        proposal = queries.summary(session, reference)
        before = schedule.canary_of(session, reference)
    plan = wanted(proposal)
    if plan and before:  # who demands other waves does not loosen the submitter's guards
        plan = plan.model_copy(update={"guards": before.plan.guards})
    return commands.plan_waves(actor, reference, plan, seen=seen, key=key)
