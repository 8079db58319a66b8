"""The conductor's half of a canary: one wave, a look at the guards, then the next, a person, or the way back."""

from datetime import datetime, timedelta

from sqlmodel import Session

from app.canary.guards import Evidence, Judgement, judge
from app.database import pulse
from app.identity.actor import SYSTEM
from app.lifecycle.clock import timers
from app.lifecycle.clock.timers import Kind
from app.lifecycle.publishing import brakes, waves
from app.lifecycle.records import CanaryWave, Proposal
from app.lifecycle.table import moves
from app.lifecycle.table.guards import Case
from app.lifecycle.table.transitions import Action


def weigh(session: Session, proposal: Proposal, evidence: Evidence, now: datetime) -> Judgement:
    """Judge the wave that is out against its guards and keep every reading."""
    plan = waves.plan_of(proposal)
    assert plan is not None, "only a canary is weighed"
    judgement = judge(plan.guards, evidence)
    waves.keep_judgement(session, _out(session, proposal), judgement, now)
    pulse(session, "proposals")
    return judgement


def finish(session: Session, proposal: Proposal, now: datetime) -> None:
    """Close a canary whose last wave has baked."""
    moves.move(Case(session, proposal, Action.FINISH, SYSTEM, now), lines=proposal.published_lines)


def wait_for_opening(session: Session, proposal: Proposal, now: datetime) -> None:
    """Look again when a freeze ends, or in a minute while publishing is stopped."""
    again = now + timedelta(minutes=1) if brakes.stopped(session) else brakes.opens_at(session, now)
    timers.arm(session, proposal.id, Kind.WAVE, again, version=proposal.wave)


def _out(session: Session, proposal: Proposal) -> CanaryWave:
    return next(wave for wave in waves.of(session, proposal.id) if wave.number == proposal.wave)
