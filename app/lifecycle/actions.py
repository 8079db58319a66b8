"""What happens to a proposal: each action loads, refuses or moves, records, returns. None opens a session."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert
from sqlmodel import Session, col

from app import outbox
from app.canary.guards import Evidence, Judgement, Outcome
from app.canary.waves import WavePlan
from app.clock import new_id
from app.contracts.holds import Held
from app.identity.actor import SYSTEM, Actor
from app.lifecycle import (
    brakes,
    canary,
    deadlines,
    effects,
    evaluation,
    going_out,
    moves,
    policy,
    publication,
    releasing,
    restoring,
    returning,
    timers,
    waves,
    windows,
)
from app.lifecycle.effects import Kind
from app.lifecycle.errors import BadSubmission, NotAllowed, NotFound
from app.lifecycle.evaluation import Judged, Prepared
from app.lifecycle.going_out import Comparison, Span
from app.lifecycle.guards import LENT_TO_PLAN, PLANNED, Case, lay_hand
from app.lifecycle.records import CanaryWave, Counter, Effect, Hand, Line, Proposal, Timer
from app.lifecycle.status import Status
from app.lifecycle.submission import NOTHING_HELD, LaidOut, Row, Submission, laid_out, listed, refuse_bad
from app.lifecycle.timers import LATE
from app.lifecycle.transitions import BY_MOVE, Action, Job
from app.wording import plain
from rules.finding import Verdict

INLINE_UP_TO = 200
"""Proposals up to this size are judged while the submitter waits; larger ones by the orchestrating process."""


@dataclass(frozen=True, slots=True)
class RolledBack:
    """What a rollback takes back, and how many SKUs it leaves alone because a newer price stands there."""

    undone: int
    left_alone: int


def lay_out(
    session: Session, submission: Submission, *, actor: Actor, now: datetime, held: Held = NOTHING_HELD
) -> LaidOut:
    """Check a submission and lay its lines out, reading only.

    Raises `BadSubmission` with every bad line, or `NotAllowed`.
    """
    transition = BY_MOVE[(None, Action.SUBMIT)]
    if actor.kind != "system" and not any(actor.may(permission) for permission in transition.by or ()):
        raise NotAllowed(f"Only an analyst may submit price changes, and {actor.name} is not one.")
    known = listed(session, [line.sku for line in submission.lines], now=now)
    refuse_bad(submission, known, now=now)
    return laid_out(submission, known, new_id(), held)


def keep_lines(session: Session, lines: Sequence[Row]) -> None:
    """Write lines of a proposal that does not exist yet: nobody sees them before `submit` has committed."""
    session.connection().execute(insert(Line), lines)


def forget_lines(session: Session, proposal_id: str) -> bool:
    """Delete at most one step's lines of a proposal that never came to be; False if none are left."""
    span = publication.next_span(session, proposal_id, wave=0, after=0)
    if span is None or session.get(Proposal, proposal_id) is not None:
        return False
    session.connection().execute(delete(Line).where(col(Line.proposal_id) == proposal_id, span.holds()))
    return True


def submit(
    session: Session,
    submission: Submission,
    *,
    actor: Actor,
    now: datetime,
    held: Held = NOTHING_HELD,
    kept: LaidOut | None = None,
) -> Proposal:
    """Create a proposal from a checked submission. Raises `BadSubmission` with every bad line, or `NotAllowed`.

    Of a large one the lines are `kept` already: laid out by `lay_out`, written by `keep_lines`.
    """
    laid = kept or lay_out(session, submission, actor=actor, now=now, held=held)
    proposal = _new_proposal(session, submission, laid, actor=actor, now=now)
    if kept is None:
        keep_lines(session, laid.rows)
    if submission.waves:
        waves.keep_waves(session, proposal, submission.waves)
    if too_long := windows.why_too_long(session, proposal, now):
        raise BadSubmission(too_long.detail, code=too_long.code)
    moves.tell(Case(session, proposal, Action.SUBMIT, actor, now), source=None, comment="", lines=proposal.lines)
    if proposal.lines <= INLINE_UP_TO:
        return evaluate(session, proposal.id, now=now)
    outbox.ask(session, Job.EVALUATE, {"proposal_id": proposal.id}, now)
    return proposal


def prepare(session: Session, proposal_id: str, *, now: datetime) -> Prepared | None:
    """Reach the verdicts on a proposal in a session that only reads; None if there is nothing to judge."""
    proposal = session.get(Proposal, proposal_id)
    if proposal is None or proposal.status != Status.EVALUATING or effects.under_way(session, proposal_id):
        return None
    return evaluation.prepared(session, proposal, policy.active_rule_set(session), now)


def keep_verdicts(session: Session, proposal_id: str, found: Prepared, lines: Sequence[Judged]) -> bool:
    """Write one step of the verdicts that `prepare` reached; False if the proposal is not as it was read."""
    proposal = _load(session, proposal_id)
    if not found.fits(proposal):
        return False
    evaluation.write(session, proposal_id, lines)
    return True


def evaluate(session: Session, proposal_id: str, *, now: datetime, kept: Prepared | None = None) -> Proposal:
    """Judge every line, split if asked to, and pass, hold or refuse. Does nothing unless the status is EVALUATING.

    `kept` are verdicts that `prepare` reached and `keep_verdicts` wrote; they count if nothing has changed since.
    """
    proposal = _load(session, proposal_id)
    if proposal.status != Status.EVALUATING or effects.under_way(session, proposal_id):
        return proposal
    if kept is None:
        kept = evaluation.prepared(session, proposal, policy.active_rule_set(session), now)
        evaluation.write(session, proposal.id, kept.lines)
    elif not kept.fits(proposal):
        return proposal
    parts = evaluation.conclude(session, proposal, kept, next_number=lambda: _next_number(session), now=now)
    if len(parts) == 1:
        _take_next_step(session, proposal, now)
        return proposal
    lines = sum(part.lines for part in parts[1:])
    siblings = ",".join(part.id for part in parts[1:])
    effects.begin(session, proposal.id, Kind.DIVIDE, total=lines, note=siblings, now=now)
    if effects.fits_one_step(lines):
        while carry_out(session, proposal.id, now=now):
            pass
    else:
        effects.hand_on(session, proposal.id, now)
    return proposal


def carry_out(session: Session, proposal_id: str, *, now: datetime) -> bool:
    """Do the next step of what is under way with a proposal; False if there is nothing to do now."""
    proposal = moves.locked(session, proposal_id)
    effect = effects.under_way(session, proposal_id) if proposal else None
    if proposal is None or effect is None:
        return False
    more = _STEPS[Kind(effect.kind)](session, proposal, effect, now)
    if not more and effect.finished_at:
        _follow(session, proposal, effect, now)
    return more


def _follow(session: Session, proposal: Proposal, effect: Effect, now: datetime) -> None:
    """Do what follows once something large has been carried out to its end."""
    if effect.kind == Kind.PUBLISH and proposal.returns:
        returning.ended(session, proposal, effect.note, now)
    elif effect.kind == Kind.PUBLISH:
        _plan_return(session, proposal, now)
    elif effect.kind == Kind.GROW:
        _judge_return(session, proposal, now)
    elif effect.kind == Kind.ROLL_BACK:
        _after_taking_back(session, proposal, now)
        if effect.done == 0:
            confirm_rolled_back(session, proposal.id, now=now)


def _divide(session: Session, proposal: Proposal, effect: Effect, now: datetime) -> bool:
    """Carry lines over to the siblings of a split; once all are where they belong, every part takes its next step."""
    siblings = [session.get_one(Proposal, sibling) for sibling in effect.note.split(",")]
    for sibling in siblings:
        if taken := evaluation.take_lines(session, proposal, sibling):
            effects.advance(session, effect, after=0, done=taken)
            return True
    effects.finish(session, effect, now)
    for part in (proposal, *siblings):
        _take_next_step(session, part, now)
    return False


def _take_next_step(session: Session, proposal: Proposal, now: datetime) -> None:
    """Pass, hold or refuse by the verdict. What a person must see again is held even if it is clean."""
    action = evaluation.NEXT[Verdict(proposal.verdict or Verdict.HARD)]
    if proposal.must_be_seen and action is Action.PASS:
        action = Action.HOLD
    if proposal.returns:
        _let_return(session, proposal, action, now)
        return
    if proposal.wave_plan:
        waves.keep_waves(session, proposal, waves.plan_of(proposal))
    session.add(proposal)
    moves.move(Case(session, proposal, action, SYSTEM, now), comment=_SEE_AGAIN if proposal.must_be_seen else "")
    if action is Action.HOLD:
        proposal.must_be_seen = False
        deadlines.set_out(session, proposal, now)
    if action is Action.PASS and proposal.effective_at and proposal.effective_at > now:
        timers.arm(session, proposal.id, timers.Kind.PUBLISH, proposal.effective_at, version=proposal.version)


def _let_return(session: Session, back: Proposal, found: Action, now: datetime) -> None:
    """Going back was approved with the change it ends; only what has become hard since is a person's to look at."""
    held = found is Action.REFUSE or back.must_be_seen
    action, comment = (Action.HOLD, windows.goes_back_anyway(back)) if held else (Action.PASS, "")
    back.must_be_seen = False
    session.add(back)
    moves.move(Case(session, back, action, SYSTEM, now), comment=comment)
    if action is Action.HOLD:
        windows.await_decision(session, back, now)


_WAITS_ANEW = "It was approved; if a person must decide again, that is a new wait with its own due date."
_SEE_AGAIN = "Prices moved between approval and publication; a person looks again."


def decide(
    session: Session, proposal_id: str, action: Action, *, actor: Actor, comment: str, now: datetime
) -> Proposal:
    """Approve, reject, return, withdraw or make permanent, as the table and its guards allow."""
    proposal = _load(session, proposal_id)
    out = proposal.published_lines if action is Action.PAUSE else None
    moves.move(Case(session, proposal, action, actor, now), comment=comment, lines=out)
    if action is Action.KEEP:
        returning.keep(session, proposal, actor=actor, reason=comment, now=now)
    if action is Action.APPROVE and proposal.returns:
        windows.hasten(session, proposal, now)
    goes_out = action is Action.APPROVE and not proposal.returns
    if goes_out and proposal.effective_at and proposal.effective_at > now:
        timers.arm(session, proposal.id, timers.Kind.PUBLISH, proposal.effective_at, version=proposal.version)
    return proposal


def re_evaluate(session: Session, proposal_id: str, *, actor: Actor, now: datetime, comment: str = "") -> Proposal:
    """Read the facts afresh under the active rule set and judge again. What waits keeps its place and its due date.

    Large proposals are judged in the background.
    """
    proposal = _load(session, proposal_id)
    waits = proposal.status == Status.PENDING_APPROVAL
    told = comment if waits else f"{comment} {_WAITS_ANEW}".strip()
    moves.move(Case(session, proposal, Action.RE_EVALUATE, actor, now), comment=told)
    if not waits:
        deadlines.forget(session, proposal)
    if proposal.lines <= INLINE_UP_TO:
        return evaluate(session, proposal_id, now=now)
    return proposal


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
    return going_out.compare(session, proposal, now=now, span=Span(wave.number if wave else 0))


def judge_again(session: Session, proposal_id: str, *, now: datetime, looked: Comparison | None = None) -> None:
    """Judge again what waits, for a person or for its time, because facts or rules moved under it.

    What waits for approval is re-evaluated. What is approved, and the next wave of a held canary, stays where it is as
    long as it stands as it was passed; otherwise a person learns of the difference now, and not when it is too late.
    """
    proposal = _load(session, proposal_id)
    if effects.under_way(session, proposal.id):
        return
    if proposal.status == Status.PENDING_APPROVAL:
        re_evaluate(session, proposal.id, actor=SYSTEM, now=now, comment=_MOVED)
        return
    wave = waves.next_wave(session, proposal) if proposal.status == Status.HELD else None
    if proposal.status != Status.APPROVED and wave is None:
        return
    found = looked or going_out.compare(session, proposal, now=now, span=Span(wave.number if wave else 0))
    if found.stopped and wave is None:
        _see_again(session, proposal, found, now)
    elif found.stopped and wave is not None:
        told = f"Wave {wave.number} was judged again. {found.difference()}"
        case = Case(session, proposal, Action.RE_EVALUATE, SYSTEM, now)
        moves.move(case, comment=told[:1500], lines=proposal.published_lines)
        releasing.judge_wave_again(session, proposal, wave.number, found.compared, now)


_MOVED = "Facts or rules moved since the verdict."


def publish(session: Session, proposal_id: str, *, now: datetime, looked: Comparison | None = None) -> Proposal:
    """Publish an approved, due proposal, in one piece or as the first wave of its plan.

    While publishing is stopped or frozen it waits. Its lines are compared with their facts and the active rule set
    (see `going_out`); if any no longer stands as it was passed, nothing is published: it is judged again and goes back
    to a person, or is refused. Does nothing if the proposal is not APPROVED, not yet due, or something is under way.
    """
    proposal = _load(session, proposal_id)
    if proposal.returns:
        return end_window(session, proposal_id, now=now)
    if proposal.status != Status.APPROVED or (proposal.effective_at and proposal.effective_at > now):
        return proposal
    if over := windows.why_over(proposal, now):
        moves.move(Case(session, proposal, Action.EXPIRE, SYSTEM, now), comment=over.detail)
        return proposal
    if brakes.stopped(session) or effects.under_way(session, proposal.id):
        return proposal
    if brakes.closed(session, now):
        timers.arm(session, proposal.id, timers.Kind.PUBLISH, brakes.opens_at(session, now), version=proposal.version)
        return proposal
    found = looked or going_out.compare(session, proposal, now=now)
    if found.stopped:
        return _see_again(session, proposal, found, now)
    late = _lateness(proposal, now)
    wave = waves.next_wave(session, proposal) if proposal.waves > 1 else None
    if wave is None:
        _put_out(Case(session, proposal, Action.PUBLISH, SYSTEM, now), found, comment=late)
    else:
        _put_out(Case(session, proposal, Action.RELEASE, SYSTEM, now), found.of_wave(wave), wave=wave, comment=late)
    return proposal


def _see_again(session: Session, proposal: Proposal, found: Comparison, now: datetime) -> Proposal:
    """Put what no longer stands before a person again, with the difference; what is hard by now is refused."""
    proposal.must_be_seen = True
    session.add(proposal)
    told = f"It no longer stands as it was passed. {found.difference()}"
    return re_evaluate(session, proposal.id, actor=SYSTEM, now=now, comment=told[:1500])


def _put_out(case: Case, found: Comparison, *, wave: CanaryWave | None = None, comment: str = "") -> None:
    releasing.put_out(case, found, wave=wave, comment=comment)
    if effects.under_way(case.session, case.proposal.id) is None:
        _plan_return(case.session, case.proposal, case.now)


def expedite(session: Session, proposal_id: str, *, actor: Actor, reason: str, now: datetime) -> Proposal:
    """Publish at once in an emergency: no waiting for its date, a freeze or waves. Needs its own role and a reason.

    Four eyes and the kill switch still hold, and what no longer stands on its facts stays where it is.
    """
    proposal = _load(session, proposal_id)
    if proposal.returns:
        returning.go_back(session, proposal, Action.EXPEDITE, actor=actor, comment=reason, now=now)
        return proposal
    case = Case(session, proposal, Action.EXPEDITE, actor, now)
    moves.refuse(case, comment=reason)
    _put_out(case, going_out.compare(session, proposal, now=now), comment=reason)
    return proposal


def plan_waves(session: Session, proposal_id: str, plan: WavePlan | None, *, actor: Actor, now: datetime) -> Proposal:
    """Let an approver demand waves (or other waves) of a proposal that waits; somebody else then approves it."""
    proposal = _load(session, proposal_id)
    case = Case(session, proposal, Action.PLAN_WAVES, actor, now)
    lender = moves.on_whose_right(case)
    moves.move(case, comment=waves.in_words(plan))
    waves.give_plan(session, proposal, plan, salt=proposal.id, now=now)
    if too_long := windows.why_too_long(session, proposal, now):
        raise too_long
    lay_hand(session, proposal.id, actor.id, PLANNED)
    if lender:
        lay_hand(session, proposal.id, lender.id, LENT_TO_PLAN)
    return proposal


def continue_canary(session: Session, proposal_id: str, *, actor: Actor, reason: str, now: datetime) -> Proposal:
    """Let a held canary go on: a person has seen the evidence and takes the next wave on themselves."""
    proposal = _load(session, proposal_id)
    case = Case(session, proposal, Action.CONTINUE, actor, now)
    moves.move(case, comment=reason, lines=proposal.published_lines)
    return advance(session, proposal_id, now=now)


def advance(
    session: Session, proposal_id: str, *, now: datetime, looked: Comparison | None = None, comment: str = ""
) -> Proposal:
    """Send the next wave of a canary out, or finish it if there is none. Does nothing unless it is its turn.

    While publishing is stopped or frozen it waits. Lines that no longer stand as they were passed hold the canary;
    those that a person has seen as hard are left out.
    """
    proposal = _load(session, proposal_id)
    if proposal.status != Status.CANARY or effects.under_way(session, proposal.id):
        return proposal
    wave = waves.next_wave(session, proposal)
    if wave is None:
        canary.finish(session, proposal, now)
    elif windows.why_over(proposal, now):
        return proposal  # its end is due too, and stops it
    elif brakes.stopped(session) or brakes.closed(session, now):
        canary.wait_for_opening(session, proposal, now)
    elif looked is None and not effects.fits_one_step(wave.lines):
        outbox.ask(session, Job.ADVANCE, {"proposal_id": proposal.id}, now)
    else:
        found = looked or going_out.compare(session, proposal, now=now, span=Span(wave.number))
        if found.stopped:
            releasing.hold(session, proposal, wave, found, now)
        else:
            _put_out(Case(session, proposal, Action.ADVANCE, SYSTEM, now), found, wave=wave, comment=comment)
    return proposal


def judge_wave(session: Session, proposal_id: str, evidence: Evidence, *, now: datetime) -> Judgement | None:
    """Weigh the wave whose time is up: next wave, a person, the way back, or the end. Nothing if it is not a canary."""
    proposal = _load(session, proposal_id)
    if proposal.status != Status.CANARY:
        return None
    judgement = canary.weigh(session, proposal, evidence, now)
    sentence = " ".join(reading.sentence for reading in judgement.deciding)[:1500]
    if judgement.outcome is Outcome.BREACH:
        roll_back(session, proposal.id, actor=SYSTEM, reason=sentence, now=now)
    elif judgement.outcome is Outcome.PASS:
        advance(session, proposal.id, now=now, comment=sentence)
    else:
        case = Case(session, proposal, Action.PAUSE, SYSTEM, now)
        moves.move(case, comment=sentence, lines=proposal.published_lines)
    return judgement


def remind(session: Session, proposal_id: str, *, now: datetime) -> None:
    """Remind the approvers of a proposal that has waited half its time."""
    _by_the_clock(session, proposal_id, Action.REMIND, "Half of the time to decide has passed.", now)


def escalate(session: Session, proposal_id: str, *, now: datetime) -> None:
    """Hand a proposal that nobody decided in time to the next level too."""
    if _by_the_clock(
        session, proposal_id, Action.ESCALATE, "Nobody decided in time; the rule owners may now decide.", now
    ):
        proposal = _load(session, proposal_id)
        proposal.level += 1
        session.add(proposal)


def expire(session: Session, proposal_id: str, *, now: datetime) -> None:
    """Expire a proposal that nobody decided in twice its time: nothing changes, the analyst may propose again."""
    _by_the_clock(session, proposal_id, Action.EXPIRE, "Nobody decided in twice the time; nothing was changed.", now)


def end_window(session: Session, proposal_id: str, *, now: datetime) -> Proposal:
    """Let a window's earlier prices return on time, decided or not, through a freeze too. Only a stop makes it wait."""
    back = _load(session, proposal_id)
    coming = back.returns and back.status in windows.OPEN
    if not coming or (back.effective_at and back.effective_at > now):
        return back
    window = _load(session, back.returns or "")
    if effects.under_way(session, window.id) and window.status not in windows.UNDONE:
        releasing.stop_what_is_under_way(session, window, now)
        _plan_return(session, window, now)
    stopped = brakes.stopped(session)
    if stopped or back.status == Status.EVALUATING or effects.under_way(session, back.id):
        again = timedelta(hours=1) if stopped else timedelta(seconds=5)  # whoever resumes publishing hurries it
        timers.arm(session, back.id, timers.Kind.RETURN, now + again, version=back.version)
        return back
    returning.go_back(session, back, Action.PUBLISH, actor=SYSTEM, comment=_lateness(back, now), now=now)
    return back


def check_return(session: Session, proposal_id: str, *, now: datetime) -> None:
    """Judge a return again before its time if its facts or the rules moved, so that a person can still decide."""
    back = _load(session, proposal_id)
    if back.status not in windows.OPEN:
        return
    if back.status == Status.APPROVED and windows.facts_moved(session, back, policy.active_rule_set(session).number):
        re_evaluate(session, back.id, actor=SYSTEM, now=now)
    windows.look_again(session, back, now)


def keep_appointment(session: Session, timer: Timer, *, now: datetime) -> None:
    """Do what a timer that has come due was made for. A wave's evidence is gathered outside: see `judge_wave`."""
    deeds: dict[str, Callable[..., object]] = {
        timers.Kind.PUBLISH: publish,
        timers.Kind.REMIND: remind,
        timers.Kind.ESCALATE: escalate,
        timers.Kind.EXPIRE: expire,
        timers.Kind.RETURN: end_window,
        timers.Kind.RETURN_CHECK: check_return,
    }
    deeds[timer.kind](session, timer.proposal_id, now=now)


def _by_the_clock(session: Session, proposal_id: str, action: Action, comment: str, now: datetime) -> bool:
    proposal = _load(session, proposal_id)
    waits = proposal.status == Status.PENDING_APPROVAL
    if waits:
        moves.move(Case(session, proposal, action, SYSTEM, now), comment=comment)
    return waits


def _plan_return(session: Session, proposal: Proposal, now: datetime) -> None:
    """Let a price window's own end be a proposal of its own, linked, that goes back to the earlier prices."""
    back = windows.coming(session, proposal, next_number=lambda: _next_number(session), now=now)
    if back is not None:
        _grow(session, back, now)


def _grow(session: Session, back: Proposal, now: datetime) -> None:
    """Let a return cover every line of its window that is out, and judge it; of many lines in steps."""
    left = windows.to_take_over(session, back)
    if not left or effects.under_way(session, back.id):  # what grows goes on until nothing is left
        return
    effects.begin(session, back.id, Kind.GROW, total=left, now=now)
    if effects.fits_one_step(left):
        while carry_out(session, back.id, now=now):
            pass
    else:
        effects.hand_on(session, back.id, now)


def _after_taking_back(session: Session, proposal: Proposal, now: datetime) -> None:
    """Call off the return of a window that was rolled back; try a return again that the contexts could not apply."""
    _call_off_return(session, proposal, now)
    window = session.get(Proposal, proposal.returns) if proposal.returns else None
    if window is not None:
        _grow(session, windows.tried_again(session, window, next_number=lambda: _next_number(session), now=now), now)


def _judge_return(session: Session, back: Proposal, now: datetime) -> None:
    if back.status == Status.EVALUATING:
        moves.tell(Case(session, back, Action.SUBMIT, SYSTEM, now), source=None, comment="", lines=back.lines)
    else:
        moves.move(Case(session, back, Action.RE_EVALUATE, SYSTEM, now))
    if back.lines <= INLINE_UP_TO:
        evaluate(session, back.id, now=now)
    else:
        outbox.ask(session, Job.EVALUATE, {"proposal_id": back.id}, now)


def _lateness(proposal: Proposal, now: datetime) -> str:
    due = proposal.effective_at
    if due is None or now - due < LATE:
        return ""
    minutes = int((now - due).total_seconds()) // 60
    after = f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"
    return f"Late: due {due:%d %b %H:%M} UTC, published {after} after."


def roll_back(
    session: Session,
    proposal_id: str,
    *,
    actor: Actor,
    reason: str,
    now: datetime,
    action: Action = Action.ROLL_BACK,
) -> RolledBack:
    """Take a publication back: restore the earlier price of every SKU that no newer price has reached.

    A SKU whose authoritative version moved on is left alone. If that is all of them, the rollback is complete at once.
    """
    proposal = _load(session, proposal_id)
    told = restoring.with_count(session, proposal, actor, reason, now)
    about = releasing.take_back(Case(session, proposal, action, actor, now), comment=told)
    if effects.under_way(session, proposal.id) is None:
        _after_taking_back(session, proposal, now)
    if about == 0:
        confirm_rolled_back(session, proposal.id, now=now)
    return RolledBack(about, proposal.published_lines - about)


_UNDONE = "The change that it would have ended was rolled back."


def _call_off_return(session: Session, proposal: Proposal, now: datetime) -> None:
    """A window that was rolled back has nothing to return from, unless its price came to stand again meanwhile."""
    back = windows.return_of(session, proposal.id) if proposal.ends_at else None
    if back is None or back.status not in windows.OPEN:
        return
    back = _load(session, back.id)
    if windows.ready(session, back.id):
        back.effective_at = now
        session.add(back)
        timers.arm(session, back.id, timers.Kind.RETURN, now, version=back.version)
    else:
        moves.move(Case(session, back, Action.WITHDRAW, SYSTEM, now), comment=_UNDONE)


def confirm_rolled_back(session: Session, proposal_id: str, *, now: datetime) -> Proposal:
    """Close a rollback that every context has confirmed. Does nothing unless the status is ROLLING_BACK.

    While prices are still being taken back there is more to confirm than anybody has heard of.
    """
    proposal = _load(session, proposal_id)
    if proposal.status == Status.ROLLING_BACK and effects.under_way(session, proposal.id) is None:
        moves.move(Case(session, proposal, Action.CONFIRM_ROLL_BACK, SYSTEM, now))
        proposal.rolled_back_at = now
        session.add(proposal)
    return proposal


def _load(session: Session, proposal_id: str) -> Proposal:
    proposal = moves.locked(session, proposal_id)
    if proposal is None:
        raise NotFound("There is no such proposal.")
    return proposal


def _new_proposal(session: Session, submission: Submission, laid: LaidOut, *, actor: Actor, now: datetime) -> Proposal:
    proposal = Proposal(
        id=laid.proposal_id,
        number=_next_number(session),
        reason=plain(submission.reason),
        status=Status.EVALUATING,
        version=1,
        mixed=submission.mixed,
        source=submission.source,
        submitted_by=actor.id,
        submitted_at=now,
        updated_at=now,
        effective_at=submission.effective_at,
        ends_at=submission.ends_at,
        content_hash=laid.content_hash,
        lines=len(laid.rows),
        rule_set=policy.active_rule_set(session).number,
        currency=laid.currency,
        wave_plan=submission.waves.to_json() if submission.waves else None,
        unasked=",".join(laid.unasked),
    )
    session.add(proposal)
    how = "imported" if submission.source == "file" else "submitted"
    session.add(Hand(proposal_id=proposal.id, user_id=actor.id, how=how))
    session.flush()
    return proposal


def _next_number(session: Session) -> int:
    counter = session.get(Counter, "proposal", with_for_update=True) or Counter(name="proposal", n=0)
    counter.n += 1
    session.add(counter)
    session.flush()
    return counter.n


_STEPS: dict[Kind, Callable[[Session, Proposal, Effect, datetime], bool]] = {
    Kind.PUBLISH: releasing.step_out,
    Kind.ROLL_BACK: releasing.step_back,
    Kind.JUDGE_AGAIN: releasing.step_again,
    Kind.DIVIDE: _divide,
    Kind.PLACE: waves.place,
    Kind.GROW: windows.grow,
}
