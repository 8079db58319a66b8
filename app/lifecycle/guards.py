"""The conditions of the transition table beyond status and permission, each with its words.

A guard answers None (go on) or the refusal to raise. The same answer shuts the button on the screen.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from app.identity.actor import Actor
from app.identity.records import User
from app.identity.roles import Permission
from app.lifecycle import brakes, delegations, windows
from app.lifecycle.errors import FactsMoved, FourEyes, NotAllowed, Refused, TransitionRefused
from app.lifecycle.records import Hand, Line, Proposal
from app.lifecycle.transitions import Action, Guard
from app.pricelist.records import Price, Product

SHOWN = 20
"""How many moved facts a refusal lists; the count is always whole."""


@dataclass(frozen=True, slots=True)
class Case:
    """One attempt: who wants to do what to which proposal, and when."""

    session: Session
    proposal: Proposal
    action: Action
    actor: Actor
    now: datetime


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


def moved_facts(session: Session, proposal: Proposal) -> list[MovedFact]:
    """Return every fact of a proposal that moved since its lines were read.

    That a newer price stands is no such fact of a return: it leaves that line alone.
    """
    rows = session.execute(_FACTS.where(col(Line.proposal_id) == proposal.id).order_by(col(Line.line)))
    moved: list[MovedFact] = []
    for line, price, product in rows:
        if price.version != line.base_version and proposal.returns is None:
            moved.append(MovedFact(line.sku, "price", line.old, price.amount, line.currency))
        if product.cost != line.cost:
            moved.append(MovedFact(line.sku, "cost", line.cost, product.cost, line.currency))
        if product.competitor_price != line.competitor:
            moved.append(MovedFact(line.sku, "competitor", line.competitor, product.competitor_price, line.currency))
    return moved


def _four_eyes(case: Case) -> Refused | None:
    hand = _hand(case, case.actor.id)
    if hand is None:
        return None
    return FourEyes(f"You {hand.how} this proposal, and nobody decides on their own work. Ask another approver.")


def lender_for(case: Case) -> User | None:
    """Return the person on whose right somebody without one of their own would decide: one who may themselves."""
    lenders = delegations.lenders_of(case.session, case.actor.id, case.now)
    return next((lender for lender in lenders if _hand(case, lender.id) is None), None)


def _hand(case: Case, user_id: str) -> Hand | None:
    return case.session.get(Hand, (case.proposal.id, user_id))


def _escalated(case: Case) -> Refused | None:
    own = case.actor.kind == "system" or case.actor.may(Permission.DECIDE)
    if own or not case.actor.may(Permission.DECIDE_ESCALATED) or case.proposal.level > 1 or lender_for(case):
        return None
    return NotAllowed("This is the approvers' to decide until it is escalated to you.", code="not_escalated")


def _open(case: Case) -> Refused | None:
    refused = _not_stopped(case)
    window = None if refused or case.proposal.returns else brakes.closed(case.session, case.now)
    if window is None:
        return refused
    return TransitionRefused(
        f"Nothing publishes until {window.ends:%d %b %H:%M} UTC: {window.reason}. It goes out then.", code="frozen"
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


def _no_return(case: Case) -> Refused | None:
    if case.proposal.returns is None or case.actor.kind in ("system", "context"):
        return None
    return NotAllowed(
        "A temporary price always ends: its return belongs to the plan that was approved. An approver may make the"
        " prices permanent instead, with a reason.",
        code="return_stays",
    )


def _window_ahead(case: Case) -> Refused | None:
    return windows.why_over(case.proposal, case.now)


def _window_over(case: Case) -> Refused | None:
    if windows.why_over(case.proposal, case.now):
        return None
    return TransitionRefused("It is too early for this.", code="not_due")


def _waves_fit(case: Case) -> Refused | None:
    return windows.why_too_long(case.session, case.proposal, case.now)


def _facts_unmoved(case: Case) -> Refused | None:
    moved = moved_facts(case.session, case.proposal)
    if not moved:
        return None
    noun = "fact has" if len(moved) == 1 else "facts have"
    return FactsMoved(
        f"{len(moved):,} {noun} moved since this verdict. An approval binds to what was seen:"
        " re-evaluate, read the findings again, then decide.",
        extra={
            "moved": [
                {"sku": m.sku, "what": m.what, "before": m.before, "after": m.after, "currency": m.currency}
                for m in moved[:SHOWN]
            ],
            "moved_count": len(moved),
        },
    )


def _due(case: Case) -> Refused | None:
    due = case.proposal.expires_at if case.action is Action.EXPIRE else case.proposal.effective_at
    if due is None and case.action is not Action.EXPIRE:
        return None
    if due is not None and due <= case.now:
        return None
    return TransitionRefused("It is too early for this.", code="not_due")


_FACTS = (
    select(Line, Price, Product)
    .join(Price, col(Price.sku) == col(Line.sku))
    .join(Product, col(Product.sku) == col(Line.sku))
    .where(
        (col(Price.version) != col(Line.base_version))
        | col(Product.cost).is_distinct_from(col(Line.cost))
        | col(Product.competitor_price).is_distinct_from(col(Line.competitor))
    )
)

_GUARDS: dict[Guard, Callable[[Case], Refused | None]] = {
    Guard.FOUR_EYES: _four_eyes,
    Guard.OWN: _own,
    Guard.FACTS_UNMOVED: _facts_unmoved,
    Guard.DUE: _due,
    Guard.OPEN: _open,
    Guard.NOT_STOPPED: _not_stopped,
    Guard.ESCALATED: _escalated,
    Guard.A_RETURN: _a_return,
    Guard.NO_RETURN: _no_return,
    Guard.WINDOW_AHEAD: _window_ahead,
    Guard.WINDOW_OVER: _window_over,
    Guard.WAVES_FIT: _waves_fit,
}
