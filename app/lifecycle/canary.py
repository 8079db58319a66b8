"""The conductor's half of a canary: one wave, a look at the guards, then the next, a person, or the way back."""

from datetime import datetime, timedelta

from sqlmodel import Session

from app.canary.guards import Evidence, Judgement, Outcome, judge
from app.database import pulse
from app.identity.actor import SYSTEM, Actor
from app.lifecycle import brakes, moves, timers, waves, windows
from app.lifecycle.guards import Case
from app.lifecycle.publication import announce_publication, moved_lines, set_prices
from app.lifecycle.records import CanaryWave, Proposal
from app.lifecycle.status import Status
from app.lifecycle.timers import Kind
from app.lifecycle.transitions import Action


def go_out(session: Session, proposal: Proposal, action: Action, *, actor: Actor, comment: str, now: datetime) -> None:
    """Move by `action` (release, advance or continue) and publish the next wave; then it bakes."""
    wave = waves.next_wave(session, proposal)
    assert wave is not None, "a canary that has no next wave is finished, not advanced"
    set_now = set_prices(session, proposal.id, now, wave.number)
    left = wave.lines - set_now
    proposal.wave, proposal.published_lines = wave.number, proposal.published_lines + set_now
    proposal.published_at = proposal.published_at or now
    wave.published_at = now
    session.add(wave)
    session.add(proposal)
    told = f"{left:,} lines left out: their prices moved. {comment}".strip() if left else comment
    moves.move(Case(session, proposal, action, actor, now), comment=told, lines=proposal.published_lines)
    announce_publication(session, proposal, now, wave.number)
    timers.arm(session, proposal.id, Kind.WAVE, now + timedelta(seconds=wave.bake_seconds), version=wave.number)
    pulse(session, "prices")


def weigh(session: Session, proposal: Proposal, evidence: Evidence, now: datetime) -> Judgement:
    """Judge the wave that is out against its guards and keep every reading."""
    plan = waves.plan_of(proposal)
    assert plan is not None, "only a canary is weighed"
    judgement = judge(plan.guards, evidence)
    waves.keep_judgement(session, _out(session, proposal), judgement, now)
    pulse(session, "proposals")
    return judgement


def step(session: Session, proposal: Proposal, outcome: Outcome, sentence: str, now: datetime) -> None:
    """Go on after a wave was weighed and did not breach: to the next wave, to a person, or to the end."""
    if proposal.status != Status.CANARY:
        return
    wave = waves.next_wave(session, proposal)
    if outcome is not Outcome.PASS:
        moves.move(Case(session, proposal, Action.PAUSE, SYSTEM, now), comment=sentence, lines=proposal.published_lines)
    elif wave is None:
        finish(session, proposal, now)
    elif windows.why_over(proposal, now):
        return  # its end is due too, and stops it
    elif moved := moved_lines(session, proposal.id, wave.number):
        moves.move(
            Case(session, proposal, Action.PAUSE, SYSTEM, now),
            lines=proposal.published_lines,
            comment=(
                f"{moved:,} prices of wave {wave.number} moved since the verdict; a person decides whether to go on"
                " without them."
            ),
        )
    elif brakes.stopped(session) or brakes.closed(session, now):
        wait_for_opening(session, proposal, now)
    else:
        go_out(session, proposal, Action.ADVANCE, actor=SYSTEM, comment=sentence, now=now)


def finish(session: Session, proposal: Proposal, now: datetime) -> None:
    """Close a canary whose last wave has baked."""
    moves.move(Case(session, proposal, Action.FINISH, SYSTEM, now), lines=proposal.published_lines)


def wait_for_opening(session: Session, proposal: Proposal, now: datetime) -> None:
    """Look again when a freeze ends, or in a minute while publishing is stopped."""
    again = now + timedelta(minutes=1) if brakes.stopped(session) else brakes.opens_at(session, now)
    timers.arm(session, proposal.id, Kind.WAVE, again, version=proposal.wave)


def _out(session: Session, proposal: Proposal) -> CanaryWave:
    return next(wave for wave in waves.of(session, proposal.id) if wave.number == proposal.wave)
