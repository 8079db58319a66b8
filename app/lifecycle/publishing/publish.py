"""Prices go out: in one piece, wave by wave, or at once in an emergency; always compared with the facts of now."""

from datetime import datetime

from sqlmodel import Session

from app import outbox
from app.identity.actor import SYSTEM, Actor
from app.lifecycle.clock import timers
from app.lifecycle.proposing import verdicts
from app.lifecycle.publishing import brakes, comparison, effects, releases, waves
from app.lifecycle.publishing.comparison import Comparison, Span
from app.lifecycle.records import CanaryWave, Proposal
from app.lifecycle.table import moves
from app.lifecycle.table.case import Case
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import Action, Job
from app.lifecycle.windows import bounds, way_back


def look(session: Session, proposal_id: str, *, now: datetime) -> Comparison | None:
    """Compare what is about to go out of a large proposal, in a session that only reads; None if it is not large.

    Of a canary that is out in part it is the next wave. The steps that follow compare once more, each its own lines.
    """
    proposal = session.get(Proposal, proposal_id)
    if proposal is None:
        return None
    out_in_part = proposal.status in (Status.CANARY, Status.HELD)
    wave = waves.next_wave(session, proposal) if out_in_part else None
    if effects.fits_one_step(wave.lines if wave else proposal.lines):
        return None
    return comparison.compare(session, proposal, now=now, span=Span(wave.number if wave else 0))


def publish(session: Session, proposal_id: str, *, now: datetime, looked: Comparison | None = None) -> Proposal:
    """Publish an approved, due proposal, in one piece or as the first wave of its plan.

    While publishing is stopped or frozen it waits. Its lines are compared with their facts and the active rule set
    (see `comparison`); if any no longer stands as it was passed, nothing is published: it is judged again and goes back
    to a person, or is refused. Does nothing if the proposal is not APPROVED, not yet due, or something is under way.
    """
    proposal = moves.loaded(session, proposal_id)
    if proposal.returns:
        return way_back.end_window(session, proposal_id, now=now)
    if proposal.status != Status.APPROVED or (proposal.effective_at and proposal.effective_at > now):
        return proposal
    if over := bounds.why_over(proposal, now):
        moves.move(Case(session, proposal, Action.EXPIRE, SYSTEM, now), comment=over.detail)
        return proposal
    brakes.steady(session)
    if brakes.stopped(session) or effects.under_way(session, proposal.id):
        return proposal
    if brakes.closed(session, now):
        timers.arm(session, proposal.id, timers.Kind.PUBLISH, brakes.opens_at(session, now), version=proposal.version)
        return proposal
    if looked is None and not effects.fits_one_step(proposal.lines):
        outbox.ask(session, Job.PUBLISH, {"proposal_id": proposal.id}, now)
        return proposal
    found = looked or comparison.compare(session, proposal, now=now)
    wave = waves.next_wave(session, proposal) if proposal.waves > 1 else None
    if looked and wave and effects.fits_one_step(wave.lines):  # no step follows that would compare once more
        found = found.renewed(comparison.compare(session, proposal, now=now, span=Span(wave.number)), wave)
    if found.stopped:
        return verdicts.see_again(session, proposal, found, now)
    late = timers.lateness(proposal.effective_at, now)
    if wave is None:
        send_out(Case(session, proposal, Action.PUBLISH, SYSTEM, now), found, comment=late)
    else:
        send_out(Case(session, proposal, Action.RELEASE, SYSTEM, now), found.of_wave(wave), wave=wave, comment=late)
    return proposal


def expedite(
    session: Session, proposal_id: str, *, actor: Actor, reason: str, now: datetime, looked: Comparison | None = None
) -> Proposal:
    """Publish at once in an emergency: no waiting for its date, a freeze or waves. Needs its own role and a reason.

    Four eyes and the kill switch still hold, and what no longer stands on its facts stays where it is. `looked` is
    what `look` found of a large proposal, before the store was taken.
    """
    proposal = moves.loaded(session, proposal_id)
    if proposal.returns:
        way_back.go_back(session, proposal, Action.EXPEDITE, actor=actor, comment=reason, now=now)
        return proposal
    found = looked or comparison.compare(session, proposal, now=now)
    case = Case(session, proposal, Action.EXPEDITE, actor, now, found)
    moves.refuse(case, comment=reason)  # what the record adds to it is no reason
    send_out(case, found, comment=reason)
    return proposal


def send_out(case: Case, found: Comparison, *, wave: CanaryWave | None = None, comment: str = "") -> None:
    """Let the lines that still stand go out, and plan their return once all are out. Raises if the table refuses."""
    releases.put_out(case, found, wave=wave, comment=comment)
    if effects.under_way(case.session, case.proposal.id) is None:
        way_back.plan_return(case.session, case.proposal, case.now)
