"""Reaching a verdict and taking the step that follows from it: when submitted, when asked again, when facts moved."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from app import outbox
from app.identity.actor import SYSTEM, Actor
from app.lifecycle.clock import timers
from app.lifecycle.deciding import deadlines
from app.lifecycle.proposing import evaluation, facts, policy
from app.lifecycle.proposing.evaluation import Judged, PreparedVerdicts
from app.lifecycle.proposing.stale_facts import anything_moved
from app.lifecycle.publishing import comparison, effects, releases, waves
from app.lifecycle.publishing.comparison import Comparison, Span
from app.lifecycle.publishing.effects import EffectKind
from app.lifecycle.records import Effect, Proposal
from app.lifecycle.rulebook import shadowing
from app.lifecycle.table import moves
from app.lifecycle.table.case import Case
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import Action, Job
from app.lifecycle.windows import returns
from rules.finding import Verdict

INLINE_UP_TO = 200
"""Proposals up to this size are judged while the submitter waits; larger ones by the orchestrating process."""
_WAITS_ANEW = "It was approved; if a person must decide again, that is a new wait with its own due date."
_SEE_AGAIN = "Prices moved between approval and publication; a person looks again."
_MOVED = "Facts or rules moved since the verdict."


def begin(session: Session, proposal: Proposal, now: datetime) -> Proposal:
    """Judge a proposal that is being evaluated: at once, or if it is large by the orchestrating process."""
    if proposal.lines <= INLINE_UP_TO:
        return evaluate(session, proposal.id, now=now)
    outbox.ask(session, Job.EVALUATE, {"proposal_id": proposal.id}, now)
    return proposal


def prepare(session: Session, proposal_id: str, *, now: datetime) -> PreparedVerdicts | None:
    """Reach the verdicts on a proposal in a session that only reads; None if there is nothing to judge."""
    proposal = session.get(Proposal, proposal_id)
    if proposal is None or proposal.status != Status.EVALUATING or effects.under_way(session, proposal_id):
        return None
    return evaluation.prepared(session, proposal, policy.active_rule_set(session), now)


def keep_verdicts(session: Session, proposal_id: str, found: PreparedVerdicts, lines: Sequence[Judged]) -> bool:
    """Write one step of the verdicts that `prepare` reached; False if the proposal is not as it was read."""
    proposal = moves.loaded(session, proposal_id)
    if not found.fits(proposal):
        return False
    evaluation.write(session, proposal_id, lines)
    return True


def evaluate(session: Session, proposal_id: str, *, now: datetime, kept: PreparedVerdicts | None = None) -> Proposal:
    """Judge every line, split if asked to, and pass, hold or refuse. Does nothing unless the status is EVALUATING.

    `kept` are verdicts that `prepare` reached and `keep_verdicts` wrote; they count if nothing has changed since.
    """
    proposal = moves.loaded(session, proposal_id)
    if proposal.status != Status.EVALUATING or effects.under_way(session, proposal_id):
        return proposal
    if kept is None:
        kept = evaluation.prepared(session, proposal, policy.active_rule_set(session), now)
        evaluation.write(session, proposal.id, kept.lines)
    elif not kept.fits(proposal):
        return proposal
    parts = evaluation.conclude(session, proposal, kept, now=now)
    if len(parts) == 1:
        _take_next_step(session, proposal, now)
        return proposal
    lines = sum(part.lines for part in parts[1:])
    siblings = ",".join(part.id for part in parts[1:])
    effect = effects.begin(session, proposal.id, EffectKind.DIVIDE, total=lines, note=siblings, now=now)
    if effects.fits_one_step(lines):
        while divide(session, proposal, effect, now):
            pass
    else:
        effects.hand_on(session, proposal.id, now)
    return proposal


def divide(session: Session, proposal: Proposal, effect: Effect, now: datetime) -> bool:
    """Carry lines over to the siblings of a split; once all are where they belong, every part takes its next step."""
    held = moves.families(session, effect.note.split(","))
    siblings = [held[sibling] for sibling in effect.note.split(",")]
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
    shadowing.ask_along(session, proposal, now)
    own = facts.judged_on_own_facts(session, proposal) if action is Action.PASS else ""
    if own:
        action = Action.HOLD
    if proposal.wave_plan:
        waves.keep_waves(session, proposal, waves.plan_of(proposal))
    session.add(proposal)
    seen_again = proposal.must_be_seen and action is Action.HOLD
    moves.move(Case(session, proposal, action, SYSTEM, now), comment=_SEE_AGAIN if seen_again else own)
    if action is Action.HOLD:
        proposal.must_be_seen = False
        deadlines.set_out(session, proposal, now)
    if action is Action.PASS and proposal.effective_at and proposal.effective_at > now:
        timers.arm(session, proposal.id, timers.Kind.PUBLISH, proposal.effective_at, version=proposal.version)


def _let_return(session: Session, back: Proposal, found: Action, now: datetime) -> None:
    """Going back was approved with the change it ends; only what has become hard since is a person's to look at."""
    held = found is Action.REFUSE or back.must_be_seen
    action, comment = (Action.HOLD, returns.goes_back_anyway(back)) if held else (Action.PASS, "")
    back.must_be_seen = False
    session.add(back)
    moves.move(Case(session, back, action, SYSTEM, now), comment=comment)
    if action is Action.HOLD:
        returns.await_decision(session, back, now)


def re_evaluate(session: Session, proposal_id: str, *, actor: Actor, now: datetime, comment: str = "") -> Proposal:
    """Read the facts afresh under the active rule set and judge again. What waits keeps its place and its due date.

    Large proposals are judged in the background.
    """
    proposal = moves.loaded(session, proposal_id)
    waits = proposal.status == Status.PENDING_APPROVAL
    told = comment if waits else f"{comment} {_WAITS_ANEW}".strip()
    moves.move(Case(session, proposal, Action.RE_EVALUATE, actor, now), comment=told)
    if not waits:
        deadlines.forget(session, proposal)
    if proposal.lines <= INLINE_UP_TO:
        return evaluate(session, proposal_id, now=now)
    return proposal


def judge_again(session: Session, proposal_id: str, *, now: datetime, looked: Comparison | None = None) -> None:
    """Judge again what waits, for a person or for its time, because facts or rules moved under it.

    What waits for approval is re-evaluated. What is approved, and the next wave of a held canary, stays where it is as
    long as it stands as it was passed; otherwise a person learns of the difference now, and not when it is too late.
    `looked` was compared at the same instant.
    """
    proposal = moves.loaded(session, proposal_id)
    if effects.under_way(session, proposal.id):
        return
    if proposal.status == Status.PENDING_APPROVAL:
        if anything_moved(session, proposal, now):  # another process may have been first
            re_evaluate(session, proposal.id, actor=SYSTEM, now=now, comment=_MOVED)
        return
    wave = waves.next_wave(session, proposal) if proposal.status == Status.HELD else None
    if proposal.status != Status.APPROVED and wave is None:
        return
    found = looked or comparison.compare(session, proposal, now=now, span=Span(wave.number if wave else 0))
    if wave is None and not found.stopped:
        proposal.stands_at, proposal.stands_under = now, found.rule_set
        session.add(proposal)
    elif wave is None:
        see_again(session, proposal, found, now)
    elif found.stopped:
        told = f"Wave {wave.number} was judged again. {found.difference()}"
        case = Case(session, proposal, Action.RE_EVALUATE, SYSTEM, now)
        moves.move(case, comment=told[:1500], lines=proposal.published_lines)
        releases.judge_wave_again(session, proposal, wave, now)


def see_again(session: Session, proposal: Proposal, found: Comparison, now: datetime) -> Proposal:
    """Put what no longer stands before a person again, with the difference; what is hard by now is refused."""
    proposal.must_be_seen = True
    session.add(proposal)
    told = f"It no longer stands as it was passed. {found.difference()}"
    return re_evaluate(session, proposal.id, actor=SYSTEM, now=now, comment=told[:1500])
