"""The conditions of the transition table beyond status and permission, each with its words.

A guard answers None (go on) or the refusal to raise. The same answer shuts the button on the screen.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, literal, select
from sqlalchemy import case as when
from sqlmodel import Session, col

from app.identity import people
from app.identity.actor import Actor
from app.identity.records import User, UserRole
from app.identity.roles import PERMISSIONS, Permission
from app.lifecycle.deciding import delegations
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
from app.lifecycle.proposing import facts, policy
from app.lifecycle.publishing import brakes, effects, last_look, waves
from app.lifecycle.publishing.last_look import Comparison, Span
from app.lifecycle.records import Hand, Line, Proposal
from app.lifecycle.rolling_back import restored_prices
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import BY_MOVE, Action, Guard
from app.lifecycle.windows import made_permanent, returns
from app.pricelist.facts import competitor_at, cost_at
from app.pricelist.records import Price, Product
from app.words.counting import part, plural
from app.words.instants import written

ESCALATED = 2
"""From this level on the rule owners decide too."""
_WAITING = (Action.APPROVE, Action.REJECT, Action.RETURN, Action.PLAN_WAVES)
SHOWN = 20
"""How many moved facts a refusal lists; the count is always whole."""


PLANNED = "planned the waves of"
LIMITED = "set a limit for the waves of"
LENT_TO_PLAN = "lent the right by which somebody planned the waves of"
_PLANNING = (PLANNED, LENT_TO_PLAN)


@dataclass(frozen=True, slots=True)
class Case:
    """One attempt: who wants to do what to which proposal, and when.

    `looked` is the comparison of what would go out, and `restores` what was found of the prices that would come back,
    where that was looked at for this very attempt before the store was taken. `in_name_of` is the person for whom Baton
    acts, where it does.
    """

    session: Session
    proposal: Proposal
    action: Action
    actor: Actor
    now: datetime
    looked: Comparison | None = None
    restores: restored_prices.Restoring | None = None
    in_name_of: str = ""


@dataclass(frozen=True, slots=True)
class MovedFact:
    """A fact that differs from the one the verdict was reached on. Money in minor units, None for unknown."""

    sku: str
    what: str
    before: int | None
    after: int | None
    currency: str


def refusal(guard: Guard, case: Case) -> Refused | None:
    """Return why this guard forbids the case, or None."""
    return _GUARDS[guard](case)


def moved_facts(session: Session, proposal: Proposal, now: datetime, *, lines: int | None = None) -> list[MovedFact]:
    """Return every fact of a proposal (or of its first moved `lines`) that moved since its lines were read.

    That a newer price stands is no such fact of a return: it leaves that line alone.
    """
    of_proposal = (*_moved(now), col(Line.proposal_id) == proposal.id)
    query = select(*_FACTS, cost_at(now), competitor_at(now)).where(*of_proposal)
    rows = session.execute(query.order_by(col(Line.line)).limit(lines))
    moved: list[MovedFact] = []
    for sku, currency, old, seen, cost, theirs, amount, version, cost_now, theirs_now in rows:
        if version != seen and proposal.returns is None:
            moved.append(MovedFact(sku, "price", old, amount, currency))
        if cost_now != cost:
            moved.append(MovedFact(sku, "cost", cost, cost_now, currency))
        if theirs_now != theirs:
            moved.append(MovedFact(sku, "competitor", theirs, theirs_now, currency))
    return moved


def count_moved(session: Session, proposal: Proposal, now: datetime) -> int:
    """Return how many facts `moved_facts` would list, without reading them."""
    others = [cost_at(now).is_distinct_from(col(Line.cost)), competitor_at(now).is_distinct_from(col(Line.competitor))]
    parts = others + ([_PRICE_MOVED] if proposal.returns is None else [])
    of_line = sum((when((part, 1), else_=0) for part in parts), start=literal(0))
    return session.scalar(select(func.sum(of_line)).where(*_moved(now), col(Line.proposal_id) == proposal.id)) or 0


def _four_eyes(case: Case) -> Refused | None:
    hand = _hand(case, case.actor.id)
    if hand is not None:
        return FourEyes(f"You {hand.how} this proposal, and nobody decides on their own work. {_instead(case)}")
    fact = None if case.actor.kind == "system" else facts.supplied_by(case.session, case.proposal, case.actor.id)
    if fact is not None:
        sku, kind = fact
        return FourEyes(
            f"You supplied the {facts.WORDS[kind]} of {sku}, and nobody decides on evidence of their own."
            f" {_instead(case)}"
        )
    return None


def _instead(case: Case) -> str:
    """Say who decides instead, or what to do in an installation that has nobody else."""
    if others_may(case):
        return "Ask somebody else who may."
    wait = " wait until it is escalated to the rule owners, or" if case.action in _WAITING else ""
    return f"Nobody else here may:{wait} have a second person added (baton user add EMAIL --role ROLE)."


def others_may(case: Case) -> bool:
    """Tell whether anybody active, without a hand in the proposal or its facts, may do this as things stand."""
    transition = BY_MOVE.get((Status(case.proposal.status), case.action))
    asked = set(transition.by or ()) if transition else set()
    asked -= {Permission.DECIDE_ESCALATED} if case.proposal.level < ESCALATED else set()
    roles = {role for permission in asked for role in PERMISSIONS[permission]}
    hands = select(col(Hand.user_id)).where(col(Hand.proposal_id) == case.proposal.id)
    query = (
        select(col(User.id))
        .join(UserRole, col(UserRole.user_id) == col(User.id))
        .where(people.here(), col(UserRole.role).in_(roles), col(User.id) != case.actor.id)
        .where(col(User.id).not_in(hands))
        .distinct()
    )
    found = case.session.scalars(query).all()
    return any(facts.supplied_by(case.session, case.proposal, user_id) is None for user_id in found)


def lay_hand(session: Session, proposal_id: str, user_id: str, how: str) -> None:
    """Note that somebody changed what goes out, so that they do not decide on it."""
    if session.get(Hand, (proposal_id, user_id)) is None:
        session.add(Hand(proposal_id=proposal_id, user_id=user_id, how=how))


def lender_for(case: Case) -> User | None:
    """Return the person on whose right somebody without one of their own would decide: one who may themselves.

    A right is lent to a person, who uses it on Baton's pages: no token of theirs carries it.
    """
    return lender_to_the_person(case) if case.actor.kind == "person" else None


def lender_to_the_person(case: Case) -> User | None:
    """Return who lent the person behind an actor the right to decide here, whether or not the actor may use it."""
    lenders = delegations.lenders_of(case.session, case.actor.id, case.now)
    return next((lender for lender in lenders if not _barred(case, lender.id)), None)


def _barred(case: Case, user_id: str) -> bool:
    return _hand(case, user_id) is not None or facts.supplied_by(case.session, case.proposal, user_id) is not None


def _hand(case: Case, user_id: str) -> Hand | None:
    """Return the hand that bars a person; who planned the waves may plan them again."""
    hand = case.session.get(Hand, (case.proposal.id, user_id))
    again = hand is not None and hand.how in _PLANNING and case.action is Action.PLAN_WAVES
    return None if again else hand


def _escalated(case: Case) -> Refused | None:
    own = case.actor.kind == "system" or case.actor.may(Permission.DECIDE)
    if own or not case.actor.may(Permission.DECIDE_ESCALATED) or case.proposal.level >= ESCALATED or lender_for(case):
        return None
    return NotAllowed("This is the approvers' to decide until it is escalated to you.", code="not_escalated")


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
    return returns.why_over(case.proposal, case.now)


def _window_over(case: Case) -> Refused | None:
    if returns.why_over(case.proposal, case.now):
        return None
    return TransitionRefused("It is too early for this.", code="not_due")


def _waves_fit(case: Case) -> Refused | None:
    return returns.why_too_long(case.session, case.proposal, case.now)


def rules_moved(session: Session, proposal: Proposal) -> int | None:
    """Return the number of the active rule set if the proposal was judged by another one, else None."""
    active = policy.active_number(session)
    return active if active != proposal.rule_set else None


def _facts_unmoved(case: Case) -> Refused | None:
    active = rules_moved(case.session, case.proposal)
    if active is not None:
        return RulesMoved(
            f"This verdict was reached by rule set {case.proposal.rule_set}; rule set {active} is in force now."
            " An approval binds to the rules that judged: re-evaluate, read the findings again, then decide.",
            extra={"judged_by": case.proposal.rule_set, "active": active},
        )
    moved = moved_facts(case.session, case.proposal, case.now, lines=SHOWN)
    if not moved:
        return None
    count = count_moved(case.session, case.proposal, case.now)
    return FactsMoved(
        f"{plural(count, 'fact has', 'facts have')} moved since this verdict. An approval binds to what was seen:"
        " re-evaluate, read the findings again, then decide.",
        extra={
            "moved": [
                {"sku": m.sku, "what": m.what, "before": m.before, "after": m.after, "currency": m.currency}
                for m in moved[:SHOWN]
            ],
            "moved_count": count,
        },
    )


def _still_stands(case: Case) -> Refused | None:
    stopped = case.looked or last_look.compare(case.session, case.proposal, now=case.now)
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
    found = case.looked or last_look.compare(case.session, case.proposal, now=case.now, span=Span(wave.number))
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


def anything_moved(session: Session, proposal: Proposal, now: datetime) -> bool:
    """Tell whether a proposal was judged on other facts or by other rules than those of now."""
    if policy.others_in_force(policy.active_rule_set(session), proposal, now):
        return True
    moved = (
        select(col(Line.line))
        .join(Price, col(Price.sku) == col(Line.sku))
        .join(Product, col(Product.sku) == col(Line.sku))
        .where(col(Line.proposal_id) == proposal.id, last_look.has_moved(now))
    )
    return session.scalar(moved.limit(1)) is not None


def _something_moved(case: Case) -> Refused | None:
    """A person has something judged again only if that can say something else."""
    if case.actor.kind == "system" or anything_moved(case.session, case.proposal, case.now):
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


_PRICE_MOVED = col(Price.version) != col(Line.base_version)


def _moved(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (col(Price.sku) == col(Line.sku), col(Product.sku) == col(Line.sku), last_look.facts_differ(now))


_FACTS = (
    col(Line.sku),
    col(Line.currency),
    col(Line.old),
    col(Line.base_version),
    col(Line.cost),
    col(Line.competitor),
    col(Price.amount),
    col(Price.version),
)

_GUARDS: dict[Guard, Callable[[Case], Refused | None]] = {
    Guard.FOUR_EYES: _four_eyes,
    Guard.OWN: _own,
    Guard.FACTS_UNMOVED: _facts_unmoved,
    Guard.DUE: _due,
    Guard.OPEN: _open,
    Guard.NOT_STOPPED: _not_stopped,
    Guard.ESCALATED: _escalated,
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
