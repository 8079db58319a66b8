"""Putting prices out and taking them back: the decision moves the status, its steps set and announce the prices.

`put_out` and `take_back` decide; `step_out` and `step_back` do the next lines. What is small is done with the decision.
"""

from datetime import datetime, timedelta

from sqlmodel import Session

from app import outbox
from app.canary.waves import MAX_WAVES
from app.database import pulse
from app.identity.actor import SYSTEM
from app.lifecycle.clock import timers
from app.lifecycle.proposing import evaluation, policy
from app.lifecycle.publishing import brakes, comparison, effects, publication, waves
from app.lifecycle.publishing.comparison import Comparison, Span, Standing
from app.lifecycle.publishing.effects import EffectKind
from app.lifecycle.records import CanaryWave, Effect, Proposal
from app.lifecycle.rolling_back import agreed_limits, restored_prices
from app.lifecycle.table import moves
from app.lifecycle.table.case import Case
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import Action
from app.lifecycle.windows import bounds, return_lines, returns
from app.words.duration import duration
from app.words.instants import written


def put_out(
    case: Case, compared: Comparison, *, wave: CanaryWave | None = None, comment: str = "", told: str = ""
) -> None:
    """Move a proposal by the case's action and send out what was compared: all of it, or one wave.

    Raises `Refused` with nothing changed. What is larger than a step is carried out by the orchestrating process.
    """
    session, proposal, now = case.session, case.proposal, case.now
    outbox.take_turn(session)
    at_once = effects.fits_one_step(compared.compared)
    left = compared.left_out if at_once else ()
    all_told = (told, compared.record(), "" if proposal.returns else comparison.named_left_out(left))
    planned = proposal.published_lines + compared.compared - len(left)
    moves.move(case, comment=comment, told=" ".join(filter(None, all_told)), lines=planned)
    proposal.published_at = proposal.published_at or now
    if wave is not None:
        proposal.wave, wave.published_at = wave.number, now
        session.add(wave)
    session.add(proposal)
    number = wave.number if wave else 0
    effect = effects.begin(session, proposal.id, EffectKind.PUBLISH, total=compared.compared, wave=number, now=now)
    if at_once:
        _out(session, proposal, effect, Span(number), compared, now)
        as_told = proposal.published_lines == planned
        (_close if as_told else _complete)(session, proposal, effect, now)
    else:
        effects.hand_on(session, proposal.id, now)


def step_out(session: Session, proposal: Proposal, effect: Effect, now: datetime) -> bool:
    """Send the next lines out; False when nothing is left to do, or while all publishing is stopped.

    A freeze that began meanwhile holds nothing here: half a price list for its length would be worse.
    A window whose end comes meanwhile stops where it is: what has not gone out by then never does.
    """
    over = bounds.why_over(proposal, now) is not None
    if not over and brakes.stopped(session):
        return False
    outbox.take_turn(session)
    span = None if over else publication.next_span(session, proposal.id, wave=effect.wave, after=effect.after)
    if span is None:
        _complete(session, proposal, effect, now)
        return False
    if proposal.returns:
        return_lines.aim(session, proposal, span.holds())
    _out(session, proposal, effect, span, comparison.compare(session, proposal, now=now, span=span), now)
    return True


def take_back(case: Case, *, comment: str) -> int:
    """Move a proposal by the case's action and give its SKUs their earlier prices, the last wave first.

    Returns how many SKUs that is about; of a large one the steps find out which of them were repriced meanwhile.
    Raises `Refused` with nothing changed. What was still going out stops where it is; what was coming back and waited
    for somebody goes on.
    """
    session, proposal, now = case.session, case.proposal, case.now
    if not comment:
        moves.refuse(case, comment=comment)  # before anything is written
    outbox.take_turn(session)
    waited = effects.waiting(session, proposal.id)
    if waited is not None:
        return _go_on_back(case, waited, comment=comment)
    at_once = effects.fits_one_step(proposal.published_lines)
    about = publication.count_ours(session, proposal.id) if at_once else proposal.published_lines
    moves.refuse(case, comment=comment)
    bound = "" if at_once else _agreed(case)
    alone = _alone(case)
    rests_on = restored_prices.stands_for_steps(session, proposal, now) if not at_once and (bound or alone) else ""
    stop_what_is_under_way(session, proposal, now)
    moves.move(case, comment=comment, lines=about)
    pulse(session, "prices")  # what lies beneath them is another from here on
    effect = effects.begin(
        session, proposal.id, EffectKind.ROLL_BACK, total=about, wave=MAX_WAVES + 1, now=now, note=bound, alone=alone
    )
    effect.rests_on = rests_on
    while at_once and (span := _next_back(session, proposal, effect)):
        _back(session, proposal, effect, span, now)
    if at_once:
        effects.finish(session, effect, now)
        effects.look_again_at_waiting(session, proposal.id, now)
    else:
        effects.hand_on(session, proposal.id, now)
    return about


def _go_on_back(case: Case, waited: Effect, *, comment: str) -> int:
    moves.refuse(case, comment=comment)
    bound = _agreed(case)
    moves.move(case, comment=comment, lines=waited.total)
    waited.note, waited.alone = bound, _alone(case)
    effects.go_on(case.session, waited, case.now)
    return waited.total - waited.done


def _alone(case: Case) -> str:
    """Return the person who orders this with nobody's agreement, or for whom Baton does."""
    if case.in_name_of:
        return case.in_name_of
    return case.actor.id if case.action is Action.ROLL_BACK and case.actor.kind not in ("system", "context") else ""


def _agreed(case: Case) -> str:
    """Return how far two people agree to go below the rules, if that is what this is; its guard found it exact."""
    if case.action is not Action.AGREE_ROLL_BACK:
        return ""
    return restored_prices.restoring(case.session, case.proposal, case.now).broken or agreed_limits.NOTHING_HARD


def step_back(session: Session, proposal: Proposal, effect: Effect, now: datetime) -> bool:
    """Give the next SKUs their earlier prices; False when nothing is left to do, or it has to wait for somebody.

    While nothing else has moved, the look at all of it before the decision holds; later, each step looks at its own.
    What one person ordered stops before the first line that a hard rule forbids by now; what two agreed to, before the
    first that is farther from its rule than they saw; either, before it would go on upon their own facts.
    """
    outbox.take_turn(session)
    if effect.waits:
        return False
    span = _next_back(session, proposal, effect)
    if span is None:
        effects.finish(session, effect, now)
        effects.look_again_at_waiting(session, proposal.id, now)
        moves.move(_by_itself(session, proposal, now), lines=effect.done, comment=_done(effect, "taken back", now))
        return False
    effect.rests_on = restored_prices.still_looked_at(session, effect, now)
    if not effect.rests_on and _goes_too_far(session, proposal, effect, span, now):
        effects.wait(session, effect)
        return False
    _back(session, proposal, effect, span, now)
    return True


def _goes_too_far(session: Session, proposal: Proposal, effect: Effect, span: Span, now: datetime) -> bool:
    if not (effect.alone or effect.note):
        return False
    return restored_prices.goes_too_far(
        session, proposal, effect, restored_prices.of_span(session, proposal, span, now)
    )


def stop_what_is_under_way(session: Session, proposal: Proposal, now: datetime, *, why: str = "") -> None:
    """End what is being carried out where it is: what follows speaks of the lines that really went out."""
    effect = effects.under_way(session, proposal.id)
    if effect is not None and effect.kind == EffectKind.PUBLISH:
        _complete(session, proposal, effect, now, why=why)
    elif effect is not None:
        effects.finish(session, effect, now)


def hold(session: Session, proposal: Proposal, wave: CanaryWave, compared: Comparison, now: datetime) -> None:
    """Hold a canary whose next wave no longer stands, and judge that wave's lines again for whoever looks at it."""
    stands = f"Wave {wave.number} no longer stands as it was passed. {compared.difference()}"
    moves.move(
        Case(session, proposal, Action.PAUSE, SYSTEM, now), comment=stands[:1500], lines=proposal.published_lines
    )
    judge_wave_again(session, proposal, wave, now)


def judge_wave_again(session: Session, proposal: Proposal, wave: CanaryWave, now: datetime) -> None:
    """Write today's facts and verdicts of a wave that has not gone out: the person who decides decides on these.

    Under another rule set the waves behind it are judged again too: a proposal says one set for all that is to come.
    """
    others = policy.active_number(session) != proposal.rule_set
    lines = publication.count(session, proposal.id, Span(wave.number, onward=others))
    effect = effects.begin(session, proposal.id, EffectKind.JUDGE_AGAIN, total=lines, wave=wave.number, now=now)
    if effects.fits_one_step(lines):
        while step_again(session, proposal, effect, now):
            pass
    else:
        effects.hand_on(session, proposal.id, now)


def step_again(session: Session, proposal: Proposal, effect: Effect, now: datetime) -> bool:
    """Judge the next lines again; False when nothing is left to do. Begins anew if other rules come into force."""
    active = str(policy.active_number(session))
    if active != (effect.note or str(proposal.rule_set)):
        effect.note, effect.after, effect.done = active, 0, 0
    onward = bool(effect.note)
    span = publication.next_span(session, proposal.id, wave=effect.wave, after=effect.after, onward=onward)
    if span is None:
        proposal.rule_set = int(effect.note or active)
        if onward:
            proposal.stands_at, proposal.stands_under = effect.begun_at, proposal.rule_set
        evaluation.recount(session, proposal)
        effects.finish(session, effect, now)
        return False
    found = comparison.compare(session, proposal, now=now, span=span)
    evaluation.rewrite(session, proposal, found.moved)
    effects.advance(session, effect, after=span.upto or 0, done=found.compared)
    return True


def _out(session: Session, proposal: Proposal, effect: Effect, span: Span, found: Comparison, now: datetime) -> None:
    """Set, record and announce one span of lines that was compared."""
    held, left = found.standing(Standing.HOLDS), found.left_out
    evaluation.write(session, proposal.id, held)
    without = [moved.stored.line for moved in left]
    facts = None if proposal.returns else comparison.facts_stand(now)  # a return goes back whatever its facts
    done = publication.set_prices(session, proposal.id, now, span, without=without, where=facts)
    proposal.published_lines += done
    session.add(proposal)
    session.flush()
    publication.announce_publication(session, proposal, now, span)
    if proposal.returns:
        return_lines.aim_all_sharing(session, proposal.id, span, now)
    elif back := returns.cover(session, proposal, span, now):
        moves.tell(Case(session, back, Action.SUBMIT, SYSTEM, now), source=None, comment="", lines=back.lines)
    why = comparison.named_left_out(left)
    effects.advance(session, effect, after=span.upto or 0, done=done, left=found.compared - done, told=why)
    if not effect.wave and not proposal.returns and effect.done + effect.left >= effect.total:
        proposal.rule_set = found.rule_set  # all of it was compared under this one
    pulse(session, "prices")


def _complete(session: Session, proposal: Proposal, effect: Effect, now: datetime, *, why: str = "") -> None:
    _close(session, proposal, effect, now)
    over, frozen = _never_out(proposal, effect, now), _through_a_freeze(session, proposal, effect, now)
    told = (_done(effect, "gone out", now), why, effect.note, over, frozen)
    moves.move(_by_itself(session, proposal, now), lines=proposal.published_lines, comment=" ".join(filter(None, told)))


def _close(session: Session, proposal: Proposal, effect: Effect, now: datetime) -> None:
    effects.finish(session, effect, now)
    effects.look_again_at_waiting(session, proposal.id, now)
    wave = next((wave for wave in waves.of(session, proposal.id) if wave.number == effect.wave), None)
    if wave is not None and wave.published_at and proposal.status == Status.CANARY:
        bakes_until = wave.published_at + timedelta(seconds=wave.bake_seconds)
        timers.arm(session, proposal.id, timers.Kind.WAVE, max(bakes_until, now), version=wave.number)


def _through_a_freeze(session: Session, proposal: Proposal, effect: Effect, now: datetime) -> str:
    """Say that a freeze began while this went out, or nothing: what has begun is finished, an end waits for none."""
    freeze = None if proposal.returns else brakes.begun_since(session, effect.begun_at, now)
    if freeze is None:
        return ""
    return f"A freeze began meanwhile, on {written(freeze.starts)} ({freeze.reason}); what has begun is finished."


def _never_out(proposal: Proposal, effect: Effect, now: datetime) -> str:
    """Say how much of a window was still to go out at its end, or nothing."""
    rest = effect.total - effect.done - effect.left
    if rest <= 0 or proposal.ends_at is None or not bounds.why_over(proposal, now):
        return ""
    return f"The window ended on {written(proposal.ends_at)}: {rest:,} of its lines never went out."


def _next_back(session: Session, proposal: Proposal, effect: Effect) -> Span | None:
    """Return the next span of what went out with the highest wave that is left; None if there is none."""
    span = publication.next_span(session, proposal.id, wave=effect.wave, after=effect.after, where=publication.OUT)
    while span is None:
        below = publication.last_wave_out(session, proposal.id, upto=effect.wave - 1)
        if below is None:
            return None
        effect.wave, effect.after = below, 0
        span = publication.next_span(session, proposal.id, wave=below, after=0, where=publication.OUT)
    return span


def _back(session: Session, proposal: Proposal, effect: Effect, span: Span, now: datetime) -> None:
    """Restore one span."""
    done = publication.restore_prices(session, proposal.id, now, span)
    publication.announce_rollback(session, proposal, now, span, before=effect.done, of=effect.total)
    return_lines.aim_all_sharing(session, proposal.id, span, now)
    effects.advance(session, effect, after=span.upto or 0, done=done)
    pulse(session, "prices")


def _by_itself(session: Session, proposal: Proposal, now: datetime) -> Case:
    return Case(session, proposal, Action.COMPLETE, SYSTEM, now)


def _done(effect: Effect, how: str, now: datetime) -> str:
    return f"{effect.done:,} of {effect.total:,} {how} in {duration((now - effect.begun_at).total_seconds())}."
