"""Outside measures of a wave: what was sold, seen or returned at the new prices, against the untouched SKUs."""

from datetime import datetime

from pydantic import ValidationError
from sqlmodel import Session

from app.canary.evidence import GuardLimits, Measure, MeasureLimit
from app.canary.waves import WavePlan
from app.database import pulse
from app.identity.actor import Actor
from app.identity.roles import Permission
from app.lifecycle.audit import audit_trail
from app.lifecycle.audit.verbs import Verb
from app.lifecycle.deciding import four_eyes
from app.lifecycle.errors import NotAllowed, Refused, TransitionRefused
from app.lifecycle.proposing.interest import interest_in
from app.lifecycle.publishing import waves
from app.lifecycle.records import Proposal
from app.lifecycle.table import moves
from app.lifecycle.table.sentences import STANDS
from app.lifecycle.table.status import Status
from app.lifecycle.views.queries import find
from app.words.instants import written
from app.words.typed import plain


class MeasureRefused(Refused):
    """A measure that would be judged wrongly, or by nobody."""

    code, status, title = "measure_refused", 422, "The measure is not taken"


def post(
    session: Session, reference: str, measure: Measure, limit: MeasureLimit | None, *, actor: Actor, now: datetime
) -> Proposal:
    """Keep a measure for the wave that is out, to be judged when its bake ends; a new limit joins the plan's.

    Raises `MeasureRefused` for a name that the plan does not know and that brings no limit: nobody would judge it;
    `FourEyes` for somebody with an interest in the proposal.
    """
    proposal = moves.locked(session, find(session, reference).id)
    assert proposal is not None, "just found"
    if not (actor.kind == "system" or actor.may(Permission.POST_MEASURES)):
        raise NotAllowed(f"{actor.name} may not post measures.")
    interest = interest_in(session, proposal, actor, now)
    if interest is not None:
        raise interest
    if proposal.status not in (Status.CANARY, Status.HELD):
        stands = STANDS[Status(proposal.status)]
        raise TransitionRefused(f"This proposal is {stands}; no wave of it is out to be measured. Nothing was kept.")
    _refuse_odd_times(session, proposal, measure, now)
    _limited(session, proposal, measure.name, limit, actor)
    waves.keep_measure(session, proposal, measure, by=actor)
    told = f"{measure.name}: {measure.treated:f} against {measure.control:f} on {measure.sample:,}"
    if limit is not None:
        told += f"; limit {limit.tolerance_bp} bp, {limit.direction} the control"
    _tell(session, proposal, actor, plain(told), now)
    return proposal


def _refuse_odd_times(session: Session, proposal: Proposal, measure: Measure, now: datetime) -> None:
    out = next(wave.published_at for wave in waves.of(session, proposal.id) if wave.number == proposal.wave)
    if measure.at > now:
        raise MeasureRefused("The measure was taken in the future. Nothing was kept.", code="measure_in_the_future")
    if out is not None and measure.at < out:
        raise MeasureRefused(
            f"The measure was taken before wave {proposal.wave} went out ({written(out)}), so it says nothing about"
            " it. Nothing was kept.",
            code="measure_before_wave",
        )


def _limited(session: Session, proposal: Proposal, name: str, limit: MeasureLimit | None, actor: Actor) -> None:
    """Make sure that somebody judges the measure: by the plan's limit, or by the one posted with it."""
    plan = waves.plan_of(proposal)
    assert plan is not None, "a proposal that is out in part has a plan"
    known = {kept.name: kept for kept in plan.guards.measures}
    if limit is None:
        if name not in known:
            names = ", ".join(known) or "none"
            raise MeasureRefused(
                f"The plan has no limit for {name}, so nobody would judge it. Post it with a threshold, or under a"
                f" name that the plan knows ({names}). Nothing was kept.",
                code="unknown_measure",
            )
        return
    if name in known:
        if known[name] != limit:
            raise MeasureRefused(
                f"The plan already has another limit for {name}; a limit is not moved while a wave is out."
                " Post the measure without a threshold.",
                code="limit_exists",
            )
        return
    _widen(session, proposal, plan, limit, actor)


def _widen(session: Session, proposal: Proposal, plan: WavePlan, limit: MeasureLimit, actor: Actor) -> None:
    try:
        limits = {**dict(plan.guards), "measures": (*plan.guards.measures, limit)}
        guards = GuardLimits.model_validate(limits)
    except ValidationError as broken:
        raise MeasureRefused(str(broken.errors()[0]["msg"]), code="too_many_limits") from broken
    proposal.wave_plan = plan.model_copy(update={"guards": guards}).to_json()
    session.add(proposal)
    four_eyes.record_hand(session, proposal.id, actor.id, four_eyes.LIMITED)


def _tell(session: Session, proposal: Proposal, actor: Actor, comment: str, now: datetime) -> None:
    audit_trail.record(
        session,
        chain=proposal.id,
        actor=actor,
        action=Verb.MEASURE,
        now=now,
        detail={
            "from": proposal.status, "to": proposal.status, "comment": comment, "lines": proposal.published_lines,
        },
    )  # fmt: skip
    session.flush()
    pulse(session, "proposals")
