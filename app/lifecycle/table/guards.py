"""The conditions of the transition table beyond status and permission, each with its words.

A guard answers None (go on) or the refusal to raise. The same answer shuts the button on the screen.
"""

from collections.abc import Callable

from app.lifecycle.deciding import four_eyes
from app.lifecycle.errors import (
    FactsMoved,
    FourEyes,
    InMotion,
    NotAllowed,
    NothingMoved,
    Refused,
    RulesMoved,
    SecondPersonNeeded,
    SeenContentChanged,
    TransitionRefused,
)
from app.lifecycle.proposing import stale_facts
from app.lifecycle.publishing import brakes, comparison, effects, waves
from app.lifecycle.publishing.comparison import Span
from app.lifecycle.rolling_back import restored_prices
from app.lifecycle.table.case import Case
from app.lifecycle.table.transitions import Action, Guard
from app.lifecycle.windows import bounds, made_permanent
from app.words.counting import part, plural
from app.words.instants import written

SHOWN = 20
"""How many moved facts a refusal lists; the count is always whole."""


def refusal(guard: Guard, case: Case) -> Refused | None:
    """Return why this guard forbids the case, or None."""
    return _GUARDS[guard](case)


def _open(case: Case) -> Refused | None:
    refused = _not_stopped(case)
    window = None if refused or case.proposal.returns else brakes.closed(case.session, case.now)
    if window is None:
        return refused
    return TransitionRefused(
        f"Nothing publishes until {written(window.ends)}: {window.reason}. It goes out then.",
        code="frozen",
        extra={"until": written(window.ends)},
    )


def _not_stopped(case: Case) -> Refused | None:
    stop = brakes.stopped(case.session)
    if stop is None:
        return None
    return TransitionRefused(
        f"Publishing was stopped by {stop.stopped_by}: {stop.reason}. It goes on when publishing is resumed.",
        code="publishing_stopped",
    )


def _own(case: Case) -> Refused | None:
    if case.actor.kind == "system" or case.proposal.submitted_by == case.actor.id:
        return None
    return NotAllowed("Only the person who submitted a proposal can withdraw it.", code="not_yours")


def _a_return(case: Case) -> Refused | None:
    if case.proposal.returns:
        return None
    return TransitionRefused("Only the return of a temporary price can be made permanent.", code="no_return")


def _keeps_nothing_hard(case: Case) -> Refused | None:
    found = made_permanent.keeping(case.session, case.proposal, case.now)
    if found.first_hard is None:
        return None
    return TransitionRefused(
        f"{found.sentence} Nobody makes such a price permanent, as nobody could propose it. Nothing was changed:"
        " propose a price that passes instead; it stays when the window ends.",
        code="keeps_hard",
        extra={"skus": found.skus, "hard": found.hard, "first": found.first_hard.sku},
    )


def _returns_by_hand(case: Case) -> Refused | None:
    """What is approved is judged again by Baton alone; a return also by whoever would make its prices permanent."""
    if case.actor.kind == "system" or case.proposal.returns:
        return None
    return NotAllowed("Only Baton itself judges again what is approved, as soon as its facts or the rules move.")


def _no_return(case: Case) -> Refused | None:
    if case.proposal.returns is None or case.actor.kind in ("system", "context"):
        return None
    return NotAllowed(
        "A temporary price always ends: its return belongs to the plan that was approved. An approver may make the"
        " prices permanent instead, with a reason.",
        code="return_stays",
    )


def _window_ahead(case: Case) -> Refused | None:
    return bounds.why_over(case.proposal, case.now)


def _window_over(case: Case) -> Refused | None:
    if bounds.why_over(case.proposal, case.now):
        return None
    return TransitionRefused("It is too early for this.", code="not_due")


def _waves_fit(case: Case) -> Refused | None:
    return bounds.why_too_long(case.session, case.proposal, case.now)


def _facts_unmoved(case: Case) -> Refused | None:
    active = stale_facts.rules_moved(case.session, case.proposal)
    if active is not None:
        return RulesMoved(
            f"This verdict was reached by rule set {case.proposal.rule_set}; rule set {active} is in force now."
            " An approval binds to the rules that judged: re-evaluate, read the findings again, then decide.",
            extra={"judged_by": case.proposal.rule_set, "active": active},
        )
    moved = stale_facts.moved_facts(case.session, case.proposal, case.now, lines=SHOWN)
    if not moved:
        return None
    count = stale_facts.count_moved(case.session, case.proposal, case.now)
    return FactsMoved(
        f"{plural(count, 'fact has', 'facts have')} moved since this verdict. An approval binds to what was seen:"
        " re-evaluate, read the findings again, then decide.",
        extra={
            "moved": [
                {"sku": m.sku, "what": m.words or m.what, "before": m.before, "after": m.after, "currency": m.currency}
                for m in moved[:SHOWN]
            ],
            "moved_count": count,
        },
    )


def _still_stands(case: Case) -> Refused | None:
    stopped = case.looked or comparison.compare(case.session, case.proposal, now=case.now)
    if not stopped.stopped:
        return None
    return FactsMoved(
        f"What was approved no longer stands. {stopped.difference()} Baton puts it before a person again;"
        " decide there. Nothing was published."
    )


def _wave_stands(case: Case) -> Refused | None:
    """Whoever lets a canary go on has read what goes out next. Of a large wave the command brings what it compared."""
    wave = waves.next_wave(case.session, case.proposal)
    if wave is None or (case.looked is None and not effects.fits_one_step(wave.lines)):
        return None
    found = case.looked or comparison.compare(case.session, case.proposal, now=case.now, span=Span(wave.number))
    if not found.stopped:
        return None
    return FactsMoved(
        f"Wave {wave.number} no longer stands as it was passed. {found.difference()} Nothing went out and nothing was"
        " changed: Baton judges that wave again; read the findings, then decide.",
        extra={
            "moved": [
                {"sku": moved.stored.sku, "standing": moved.standing, "finding": moved.sentence()}
                for moved in found.stopped[:SHOWN]
            ],
            "moved_count": len(found.stopped),
        },
    )


def _nothing_under_way(case: Case) -> Refused | None:
    effect = effects.under_way(case.session, case.proposal.id)
    if effect is None:
        return None
    lines = part(effect.done, effect.total, "line is", "lines are")
    return TransitionRefused(
        f"{lines} done of what is under way here; try again when it is over.",
        code="under_way",
    )


def _due(case: Case) -> Refused | None:
    due = case.proposal.expires_at if case.action is Action.EXPIRE else case.proposal.effective_at
    if due is None and case.action is not Action.EXPIRE:
        return None
    if due is not None and due <= case.now:
        return None
    return TransitionRefused("It is too early for this.", code="not_due")


def _something_moved(case: Case) -> Refused | None:
    """A person has something judged again only if that can say something else."""
    if case.actor.kind == "system" or stale_facts.anything_moved(case.session, case.proposal, case.now):
        return None
    due = case.proposal.due_at
    return NothingMoved(
        "No price, cost, competitor price, product or rule moved since this verdict, so it would be the same again."
        f" Nothing changed; it waits{f' until {written(due)}' if due else ''} for a decision.",
        extra={"due": written(due)} if due else None,
    )


def _restores_nothing_hard(case: Case) -> Refused | None:
    if case.actor.kind in ("system", "context"):
        return None
    found = restored_prices.restoring(case.session, case.proposal, case.now, looked=case.restores)
    why = restored_prices.why_two(case.session, case.proposal, case.actor.id, found)
    if not why:
        return None
    return SecondPersonNeeded(
        f"{why} Nobody brings that back alone, and no price came back: ask for it, and another person who"
        " may decide or roll back agrees.",
        extra={"skus": found.skus, "hard": found.hard, "worst": found.worst.sku if found.worst else None},
    )


def _stopped_half_way(case: Case) -> Refused | None:
    if effects.waiting(case.session, case.proposal.id):
        return None
    return TransitionRefused("Already under way", code="under_way")


def _not_asked_yet(case: Case) -> Refused | None:
    found = restored_prices.restoring(case.session, case.proposal, case.now, looked=case.restores)
    if case.actor.kind != "system" and not restored_prices.why_two(case.session, case.proposal, case.actor.id, found):
        return TransitionRefused(f"{found.sentence} Nobody needs to be asked: roll it back.", code="nothing_to_ask")
    asked = restored_prices.open_request(case.session, case.proposal)
    if asked is None or asked.seen != found.seen:
        return None
    return TransitionRefused(
        f"{restored_prices.asker(case.session, asked)} asked for this already. Another person may agree.",
        code="asked_already",
    )


def _asked_by_another(case: Case) -> Refused | None:
    asked = restored_prices.open_request(case.session, case.proposal)
    if asked is None:
        return TransitionRefused("Nobody has asked for this roll-back.", code="not_asked")
    if asked.asked_by == case.actor.id:
        return FourEyes("You asked for this roll-back, and nobody agrees with themselves. Ask another person.")
    if case.restores is not None and not restored_prices.still_stands(case.session, case.proposal, case.now):
        return InMotion(
            "Prices or facts moved in the moment in which you agreed, every time that it was looked at; an agreement"
            " binds to exactly what was asked for. Nothing was changed; do it again."
        )
    if asked.seen == restored_prices.restoring(case.session, case.proposal, case.now).seen:
        return None
    who = restored_prices.asker(case.session, asked)
    return SeenContentChanged(
        f"What would come back is not what {who} asked for: prices, facts or rules moved since. Nothing was changed;"
        " look again and ask again."
    )


_GUARDS: dict[Guard, Callable[[Case], Refused | None]] = {
    Guard.FOUR_EYES: four_eyes.refuse_own_work,
    Guard.OWN: _own,
    Guard.FACTS_UNMOVED: _facts_unmoved,
    Guard.DUE: _due,
    Guard.OPEN: _open,
    Guard.NOT_STOPPED: _not_stopped,
    Guard.ESCALATED: four_eyes.refuse_before_escalation,
    Guard.STILL_STANDS: _still_stands,
    Guard.WAVE_STANDS: _wave_stands,
    Guard.NOTHING_UNDER_WAY: _nothing_under_way,
    Guard.SOMETHING_MOVED: _something_moved,
    Guard.RESTORES_NOTHING_HARD: _restores_nothing_hard,
    Guard.NOT_ASKED_YET: _not_asked_yet,
    Guard.ASKED_BY_ANOTHER: _asked_by_another,
    Guard.A_RETURN: _a_return,
    Guard.NO_RETURN: _no_return,
    Guard.KEEPS_NOTHING_HARD: _keeps_nothing_hard,
    Guard.RETURNS_BY_HAND: _returns_by_hand,
    Guard.WINDOW_AHEAD: _window_ahead,
    Guard.WINDOW_OVER: _window_over,
    Guard.WAVES_FIT: _waves_fit,
    Guard.STOPPED_HALF_WAY: _stopped_half_way,
}
