"""A canary's whole course: a wave goes out, bakes, is weighed; then the next, a person, the end, or the way back."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from app import outbox
from app.canary.evidence import Evidence, Judgement, Outcome
from app.canary.wave_guards import judge, resting_on
from app.database import pulse
from app.identity import people
from app.identity.actor import SYSTEM, Actor
from app.identity.records import User
from app.identity.roles import Role
from app.lifecycle.clock import timers
from app.lifecycle.clock.timers import Kind
from app.lifecycle.publishing import brakes, comparison, effects, releases, waves
from app.lifecycle.publishing.comparison import Comparison, Span
from app.lifecycle.publishing.publish import send_out
from app.lifecycle.records import CanaryWave, Proposal
from app.lifecycle.rolling_back import requests, restored_prices, rollbacks
from app.lifecycle.rolling_back.restored_prices import Restoring
from app.lifecycle.table import moves
from app.lifecycle.table.case import Case
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import Action, Job
from app.lifecycle.windows import bounds


def continue_canary(
    session: Session, proposal_id: str, *, actor: Actor, reason: str, now: datetime, looked: Comparison | None = None
) -> Proposal:
    """Let a held canary go on: a person has seen the evidence and takes the next wave on themselves.

    Refused if that wave no longer stands as it was passed: they have not read what it would be by now. `looked` is what
    `look` found of a large wave, before the store was taken.
    """
    proposal = moves.loaded(session, proposal_id)
    case = Case(session, proposal, Action.CONTINUE, actor, now, looked)
    moves.move(case, comment=reason, lines=proposal.published_lines)
    return advance(session, proposal_id, now=now, looked=looked)


def advance(
    session: Session, proposal_id: str, *, now: datetime, looked: Comparison | None = None, comment: str = ""
) -> Proposal:
    """Send the next wave of a canary out, or finish it if there is none. Does nothing unless it is its turn.

    While publishing is stopped or frozen it waits. Lines that no longer stand as they were passed hold the canary;
    those that a person has seen as hard are left out.
    """
    proposal = moves.loaded(session, proposal_id)
    if proposal.status != Status.CANARY or effects.under_way(session, proposal.id):
        return proposal
    wave = waves.next_wave(session, proposal)
    brakes.steady(session)
    if wave is None:
        _finish(session, proposal, now)
    elif bounds.why_over(proposal, now) and proposal.published_lines:
        return proposal  # its end is due too, and stops it
    elif bounds.why_over(proposal, now):
        _finish(session, proposal, now)  # nothing is out that could return
    elif brakes.stopped(session) or brakes.closed(session, now):
        _wait_for_opening(session, proposal, now)
    elif looked is None and not effects.fits_one_step(wave.lines):
        outbox.ask(session, Job.ADVANCE, {"proposal_id": proposal.id}, now)
    else:
        found = looked or comparison.compare(session, proposal, now=now, span=Span(wave.number))
        if found.stopped:
            releases.hold(session, proposal, wave, found, now)
        else:
            send_out(Case(session, proposal, Action.ADVANCE, SYSTEM, now), found, wave=wave, comment=comment)
    return proposal


def judge_wave(session: Session, proposal_id: str, evidence: Evidence, *, now: datetime) -> Judgement | None:
    """Weigh the wave whose time is up: next wave, a person, the way back, or the end. Nothing if it is not a canary.

    A breach that rests on one person's measures alone brings back no more than that person could order alone.
    """
    proposal = moves.loaded(session, proposal_id)
    if proposal.status != Status.CANARY:
        return None
    judgement = _weigh(session, proposal, evidence, now)
    sentence = " ".join(reading.sentence for reading in judgement.deciding)[:1500]
    if judgement.outcome is Outcome.BREACH:
        _go_back(session, proposal, evidence, sentence=sentence, now=now)
    elif judgement.outcome is Outcome.PASS:
        advance(session, proposal.id, now=now, comment=sentence)
    else:
        case = Case(session, proposal, Action.PAUSE, SYSTEM, now)
        moves.move(case, comment=sentence, lines=proposal.published_lines)
    return judgement


def _weigh(session: Session, proposal: Proposal, evidence: Evidence, now: datetime) -> Judgement:
    """Judge the wave that is out against its guards and keep every reading."""
    plan = waves.plan_of(proposal)
    assert plan is not None, "only a canary is weighed"
    judgement = judge(plan.guards, evidence)
    waves.keep_judgement(session, _out(session, proposal), judgement, now)
    pulse(session, "proposals")
    return judgement


def _finish(session: Session, proposal: Proposal, now: datetime) -> None:
    """Close a canary whose last wave has baked."""
    moves.move(Case(session, proposal, Action.FINISH, SYSTEM, now), lines=proposal.published_lines)


def _wait_for_opening(session: Session, proposal: Proposal, now: datetime) -> None:
    """Look again when a freeze ends, or in a minute while publishing is stopped."""
    again = now + timedelta(minutes=1) if brakes.stopped(session) else brakes.opens_at(session, now)
    timers.arm(session, proposal.id, Kind.WAVE, again, version=proposal.wave)


def _out(session: Session, proposal: Proposal) -> CanaryWave:
    return next(wave for wave in waves.of(session, proposal.id) if wave.number == proposal.wave)


@dataclass(frozen=True, slots=True)
class OnOneWord:
    """The person on whose measures alone a breach rests, and why they do not order the way back alone (or nothing)."""

    user_id: str
    name: str
    why: str
    found: Restoring

    @property
    def sentence(self) -> str:
        """Say on whose word it rests and why that takes two."""
        return f"It rests on what {self.name} alone posted. {self.why}"


def on_one_word(session: Session, proposal: Proposal, evidence: Evidence, now: datetime) -> OnOneWord | None:
    """Return the person without whose measures a wave would not breach; None if Baton or a feed measured it too.

    A feed is an account whose one role is to post measures: whoever orders roll-backs has another.
    """
    plan = waves.plan_of(proposal)
    source = resting_on(plan.guards, evidence) if plan else ""
    if not source or people.roles_of(session, source) == {Role.MEASURER}:
        return None
    found = restored_prices.last_found(session, proposal, now)
    user = session.get(User, source)
    name = user.name if user else source
    return OnOneWord(source, name, restored_prices.why_two(session, proposal, source, found), found)


def _go_back(session: Session, proposal: Proposal, evidence: Evidence, *, sentence: str, now: datetime) -> None:
    """Take every wave back that is out. Who alone measured the breach counts as who orders it."""
    word = on_one_word(session, proposal, evidence, now)
    if word is not None and word.why:
        _hold_and_ask(session, proposal, word, sentence, now)
        return
    in_name_of = word.user_id if word else ""
    rollbacks.roll_back(session, proposal.id, actor=SYSTEM, reason=sentence, now=now, in_name_of=in_name_of)


def _hold_and_ask(session: Session, proposal: Proposal, word: OnOneWord, sentence: str, now: datetime) -> None:
    """Let nothing more go out, and ask another person to agree to the way back."""
    if effects.goes_out(session, proposal.id):
        releases.stop_what_is_under_way(session, proposal, now)
    told = f"{sentence} {word.sentence}"[:1500]
    held = Case(session, proposal, Action.PAUSE, SYSTEM, now)
    moves.move(held, comment=f"{told} Another person agrees to the way back.", lines=proposal.published_lines)
    asked = restored_prices.open_request(session, proposal)
    if asked is not None and asked.seen == word.found.seen:
        return
    requests.ask_in_name_of(
        session,
        proposal,
        word.user_id,
        told=f"{told} The roll-back is asked for in their name; another person agrees.",
        found=word.found,
        lines=proposal.published_lines,
        now=now,
    )
