"""The end of a price window: what is out goes back line by line, whatever its canary is doing."""

from datetime import datetime, timedelta

from sqlmodel import Session

from app import outbox
from app.database import pulse
from app.identity.actor import SYSTEM, Actor
from app.lifecycle.audit import audit_trail
from app.lifecycle.audit.verbs import Done, Verb
from app.lifecycle.clock import timers
from app.lifecycle.proposing import policy, verdicts
from app.lifecycle.publishing import brakes, comparison, effects, releases
from app.lifecycle.publishing.comparison import Comparison
from app.lifecycle.publishing.effects import EffectKind
from app.lifecycle.records import Proposal
from app.lifecycle.table import moves
from app.lifecycle.table.case import Case
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import Action
from app.lifecycle.windows import bounds, return_lines, returns

STAYED = "The window is over: what had not gone out stays as it is."
_WENT_BACK = "Every line went back."
_UNDONE = "The change that it would have ended was rolled back."


def go_back(session: Session, back: Proposal, action: Action, *, actor: Actor, comment: str, now: datetime) -> None:
    """Publish a return: every line on which the window's price stands, and no other. Says what it leaves alone.

    A large one is carried out in steps, which find out for themselves what to leave alone.
    """
    case = Case(session, back, action, actor, now)
    moves.refuse(case, comment=comment)
    outbox.take_turn(session)
    _stop_window(session, moves.loaded(session, back.returns or ""), now)
    if not effects.fits_one_step(back.lines):
        releases.put_out(case, Comparison(back.lines, back.rule_set or 0, ()), comment=comment)
        return
    return_lines.aim(session, back)
    told = returns.in_words(returns.left_alone(session, back.id), back.lines)
    found = comparison.compare(session, back, now=now)
    releases.put_out(case, found, comment=comment, told=told)
    say_on_window(session, back, Verb.ENDED, actor, told or _WENT_BACK, now)


def ended(session: Session, back: Proposal, left: str, now: datetime) -> None:
    """Say on the window's passport that all of a large return is back, and what of it was left alone."""
    say_on_window(session, back, Verb.ENDED, SYSTEM, left or _WENT_BACK, now)


def aim(session: Session, proposal_id: str) -> None:
    """Aim a return at the prices that stand beneath it now, if it is still to come."""
    back = moves.loaded(session, proposal_id)
    if back.status in bounds.OPEN:
        return_lines.aim(session, back)
        pulse(session, "proposals")


def keep(session: Session, back: Proposal, *, actor: Actor, reason: str, told: str, now: datetime) -> None:
    """Let a window's prices stay: it has no end any more. The return itself has just been called off."""
    say_on_window(session, back, Action.KEEP, actor, reason, now, told=told)
    window = session.get(Proposal, back.returns)
    if window is not None:
        window.ends_at = None
        session.add(window)
        pulse(session, "prices")  # what lies beneath them does not show again


def say_on_window(
    session: Session, back: Proposal, action: Done, actor: Actor, comment: str, now: datetime, *, told: str = ""
) -> None:
    """Write on the window's own passport what became of its return."""
    window = session.get(Proposal, back.returns)
    if window is None:
        return
    detail: audit_trail.Detail = {
        "from": window.status,
        "to": window.status,
        "comment": comment,
        "lines": back.published_lines,
        "number": window.number,
    }
    if told:
        detail["told"] = told
    audit_trail.record(session, chain=window.id, actor=actor, action=action, now=now, detail=detail)
    pulse(session, "proposals")


def _stop_window(session: Session, window: Proposal, now: datetime) -> None:
    """End what goes out of a window, and its canary, where they stand: the rest no longer goes out."""
    if window.status not in returns.UNDONE:
        releases.stop_what_is_under_way(session, window, now)
    if window.status in (Status.CANARY, Status.HELD):
        moves.move(Case(session, window, Action.FINISH, SYSTEM, now), comment=STAYED, lines=window.published_lines)


def plan_return(session: Session, window: Proposal, now: datetime) -> None:
    """Judge the return of a window once its publication, or a wave of it, is out; it has grown with every step."""
    back = returns.coming(session, window, now=now) if window.published_lines else None
    if back is not None and _covers_all(session, back, now):
        settle(session, back, now)


def _covers_all(session: Session, back: Proposal, now: datetime) -> bool:
    """Let a return cover every line of its window that is out; False while that is still carried out, in steps."""
    if effects.under_way(session, back.id):
        return False
    left = returns.to_take_over(session, back)
    if not left:
        return True
    effect = effects.begin(session, back.id, EffectKind.GROW, total=left, now=now)
    if not effects.fits_one_step(left):
        effects.hand_on(session, back.id, now)
        return False
    while returns.grow(session, back, effect, now):
        pass
    return True


def after_taking_back(session: Session, proposal: Proposal, now: datetime) -> None:
    """Call off the return of a window that was rolled back; try a return again that the contexts could not apply."""
    _call_off_return(session, proposal, now)
    window = session.get(Proposal, proposal.returns) if proposal.returns else None
    if window is not None:
        _try_again(session, window, now)


def _try_again(session: Session, window: Proposal, now: datetime) -> None:
    back = returns.tried_again(session, window, now=now)
    lines = returns.to_take_over(session, back)
    moves.tell(Case(session, back, Action.SUBMIT, SYSTEM, now), source=None, comment="", lines=lines)
    if _covers_all(session, back, now):
        settle(session, back, now)


def settle(session: Session, back: Proposal, now: datetime) -> None:
    """Judge a return that covers what is out; one whose time has come goes back at once, judged or not."""
    if back.status not in bounds.OPEN:  # it was called off meanwhile
        return
    if back.effective_at and back.effective_at <= now:
        end_window(session, back.id, now=now)
        return
    if back.status != Status.EVALUATING:
        moves.move(Case(session, back, Action.RE_EVALUATE, SYSTEM, now))
    verdicts.begin(session, back, now)


def _call_off_return(session: Session, proposal: Proposal, now: datetime) -> None:
    """A window that was rolled back has nothing to return from, unless its price came to stand again meanwhile."""
    back = bounds.return_of(session, proposal.id) if proposal.ends_at else None
    if back is None or back.status not in bounds.OPEN:
        return
    back = moves.loaded(session, back.id)
    if return_lines.ready(session, back.id):
        back.effective_at = now
        session.add(back)
        timers.arm(session, back.id, timers.Kind.RETURN, now, version=back.version)
    else:
        releases.stop_what_is_under_way(session, back, now)
        moves.move(Case(session, back, Action.CALL_OFF, SYSTEM, now), comment=_UNDONE)


def end_window(session: Session, proposal_id: str, *, now: datetime) -> Proposal:
    """Let a window's earlier prices return on time, judged and decided or not, through a freeze too.

    What is still going out of the window stops where it is. Only a stop of all publishing makes its return wait.
    """
    back = moves.loaded(session, proposal_id)
    coming = back.returns and back.status in bounds.OPEN
    if not coming or (back.effective_at and back.effective_at > now):
        return back
    window = moves.loaded(session, back.returns or "")
    if effects.under_way(session, window.id) and window.status not in returns.UNDONE:
        outbox.take_turn(session)
        releases.stop_what_is_under_way(session, window, now)
        _covers_all(session, back, now)
    brakes.steady(session)
    stopped = brakes.stopped(session)
    if stopped or effects.under_way(session, back.id):
        again = timedelta(hours=1) if stopped else timedelta(seconds=5)  # whoever resumes publishing hurries it
        timers.arm(session, back.id, timers.Kind.RETURN, now + again, version=back.version)
        return back
    go_back(session, back, Action.PUBLISH, actor=SYSTEM, comment=timers.lateness(back.effective_at, now), now=now)
    return back


def check_return(session: Session, proposal_id: str, *, now: datetime) -> None:
    """Judge a return again before its time if its facts or the rules moved, so that a person can still decide."""
    back = moves.loaded(session, proposal_id)
    if back.status not in bounds.OPEN:
        return
    judged = back.status == Status.APPROVED and effects.under_way(session, back.id) is None
    if judged and returns.facts_moved(session, back, policy.active_rule_set(session), now):
        verdicts.re_evaluate(session, back.id, actor=SYSTEM, now=now)
    returns.look_again(session, back, now)
