"""What happens to a proposal: each action loads, refuses or moves, records, returns. None opens a session."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, insert, select, update
from sqlmodel import Session, col

from app import outbox
from app.clock import new_id
from app.database import pulse
from app.identity.actor import SYSTEM, Actor
from app.lifecycle import moves, policy
from app.lifecycle.content import content_hash
from app.lifecycle.errors import NotAllowed, NotFound
from app.lifecycle.evaluation import judged, split
from app.lifecycle.guards import Case
from app.lifecycle.publication import announce_publication, announce_rollback, restore_prices, set_prices
from app.lifecycle.records import Counter, Hand, Line, Proposal
from app.lifecycle.status import Status
from app.lifecycle.submission import Listed, Submission, listed, refuse_bad
from app.lifecycle.transitions import BY_MOVE, Action, Job
from app.lifecycle.wording import plain
from app.pricelist.records import Price, Product

INLINE_UP_TO = 200
"""Proposals up to this size are judged while the submitter waits; larger ones by the orchestrating process."""
APPROVAL_DUE = timedelta(hours=24)
APPROVAL_EXPIRES = 2 * APPROVAL_DUE


@dataclass(frozen=True, slots=True)
class RolledBack:
    """What a rollback takes back, and how many SKUs it leaves alone because a newer price stands there."""

    undone: int
    left_alone: int


def submit(session: Session, submission: Submission, *, actor: Actor, now: datetime) -> Proposal:
    """Create a proposal from a checked submission. Raises `BadSubmission` with every bad line, or `NotAllowed`."""
    transition = BY_MOVE[(None, Action.SUBMIT)]
    if actor.kind != "system" and not any(actor.may(permission) for permission in transition.by or ()):
        raise NotAllowed(f"Only an analyst may submit price changes, and {actor.name} is not one.")
    known = listed(session, [line.sku for line in submission.lines])
    refuse_bad(submission, known)
    proposal = _new_proposal(session, submission, known, actor=actor, now=now)
    moves.tell(Case(session, proposal, Action.SUBMIT, actor, now), source=None, comment="", lines=proposal.lines)
    if proposal.lines <= INLINE_UP_TO:
        return evaluate(session, proposal.id, now=now)
    outbox.ask(session, Job.EVALUATE, {"proposal_id": proposal.id}, now)
    return proposal


def evaluate(session: Session, proposal_id: str, *, now: datetime) -> Proposal:
    """Judge every line, split if asked to, and pass, hold or refuse. Does nothing unless the status is EVALUATING."""
    proposal = _load(session, proposal_id)
    if proposal.status != Status.EVALUATING:
        return proposal
    rules = policy.rule_set(session, proposal.rule_set) if proposal.rule_set else policy.active_rule_set(session)
    parts = split(session, judged(session, proposal, rules, now), next_number=lambda: _next_number(session), now=now)
    for part in parts:
        case = Case(session, part.proposal, part.action, SYSTEM, now)
        if part.action is Action.HOLD:
            part.proposal.due_at, part.proposal.expires_at = now + APPROVAL_DUE, now + APPROVAL_EXPIRES
        session.add(part.proposal)
        moves.move(case)
    return proposal


def decide(
    session: Session, proposal_id: str, action: Action, *, actor: Actor, comment: str, now: datetime
) -> Proposal:
    """Approve, reject, return or withdraw a proposal, as the table and its guards allow."""
    proposal = _load(session, proposal_id)
    moves.move(Case(session, proposal, action, actor, now), comment=comment)
    return proposal


def re_evaluate(session: Session, proposal_id: str, *, actor: Actor, now: datetime) -> Proposal:
    """Read the facts afresh under the active rule set and judge again."""
    proposal = _load(session, proposal_id)
    moves.move(Case(session, proposal, Action.RE_EVALUATE, actor, now))
    _read_facts(session, proposal)
    if proposal.lines <= INLINE_UP_TO:
        return evaluate(session, proposal_id, now=now)
    return proposal


def publish(session: Session, proposal_id: str, *, now: datetime) -> Proposal:
    """Publish an approved, due proposal: set the authoritative prices and announce each.

    If a current price moved since the verdict, nothing is published and the proposal is judged again instead.
    Does nothing if the proposal is not APPROVED or not yet due.
    """
    proposal = _load(session, proposal_id)
    if proposal.status != Status.APPROVED or (proposal.effective_at and proposal.effective_at > now):
        return proposal
    if _prices_moved(session, proposal.id):
        return re_evaluate(session, proposal.id, actor=SYSTEM, now=now)
    proposal.published_at = now
    session.add(proposal)
    moves.move(Case(session, proposal, Action.PUBLISH, SYSTEM, now))
    set_prices(session, proposal.id, now)
    announce_publication(session, proposal, now)
    pulse(session, "prices")
    return proposal


def roll_back(session: Session, proposal_id: str, *, actor: Actor, reason: str, now: datetime) -> RolledBack:
    """Take a publication back: restore the earlier price of every SKU that no newer price has reached.

    A SKU whose authoritative version moved on is left alone. If that is all of them, the rollback is complete at once.
    """
    proposal = _load(session, proposal_id)
    undo = restore_prices(session, proposal.id, now, dry=True)
    moves.move(Case(session, proposal, Action.ROLL_BACK, actor, now), comment=reason, lines=undo)
    restore_prices(session, proposal.id, now)
    announce_rollback(session, proposal, now)
    pulse(session, "prices")
    if undo == 0:
        confirm_rolled_back(session, proposal.id, now=now)
    return RolledBack(undo, proposal.lines - undo)


def confirm_rolled_back(session: Session, proposal_id: str, *, now: datetime) -> Proposal:
    """Close a rollback that every context has confirmed. Does nothing unless the status is ROLLING_BACK."""
    proposal = _load(session, proposal_id)
    if proposal.status == Status.ROLLING_BACK:
        proposal.rolled_back_at = now
        session.add(proposal)
        moves.move(Case(session, proposal, Action.CONFIRM_ROLL_BACK, SYSTEM, now))
    return proposal


def expire_overdue(session: Session, *, now: datetime) -> list[str]:
    """Expire every proposal that nobody decided in time; return their ids."""
    overdue = session.scalars(
        select(col(Proposal.id)).where(col(Proposal.status) == Status.PENDING_APPROVAL, col(Proposal.expires_at) <= now)
    ).all()
    for proposal_id in overdue:
        moves.move(Case(session, _load(session, proposal_id), Action.EXPIRE, SYSTEM, now))
    return list(overdue)


def due_for_publication(session: Session, *, now: datetime) -> list[str]:
    """Return the ids of approved proposals whose effective time has come."""
    return list(
        session.scalars(
            select(col(Proposal.id)).where(col(Proposal.status) == Status.APPROVED, col(Proposal.effective_at) <= now)
        )
    )


def _load(session: Session, proposal_id: str) -> Proposal:
    proposal = moves.locked(session, proposal_id)
    if proposal is None:
        raise NotFound("There is no such proposal.")
    return proposal


def _new_proposal(
    session: Session, submission: Submission, known: dict[str, Listed], *, actor: Actor, now: datetime
) -> Proposal:
    lines = [_line(number, known[line.sku], line.price) for number, line in enumerate(submission.lines, start=1)]
    proposal = Proposal(
        id=new_id(),
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
        content_hash=content_hash(lines),
        lines=len(lines),
        rule_set=policy.active_rule_set(session).number,
        currency=str(lines[0]["currency"]),
    )
    session.add(proposal)
    how = "imported" if submission.source == "file" else "submitted"
    session.add(Hand(proposal_id=proposal.id, user_id=actor.id, how=how))
    session.flush()
    session.connection().execute(insert(Line), [{**line, "proposal_id": proposal.id} for line in lines])
    return proposal


def _line(number: int, found: Listed, price: int) -> dict[str, str | int | None]:
    return {
        "line": number,
        "sku": found.sku,
        "old": found.amount,
        "new": price,
        "currency": found.currency,
        "base_version": found.version,
        "category": found.category,
        "brand": found.brand,
        "cost": found.cost,
        "competitor": found.competitor,
    }


def _read_facts(session: Session, proposal: Proposal) -> None:
    connection, of_this = session.connection(), col(Line.proposal_id) == proposal.id
    connection.execute(
        update(Line)
        .where(of_this, col(Price.sku) == col(Line.sku))
        .values(old=Price.amount, base_version=Price.version, verdict=None, findings=None)
    )
    connection.execute(
        update(Line)
        .where(of_this, col(Product.sku) == col(Line.sku))
        .values(cost=Product.cost, competitor=Product.competitor_price, category=Product.category, brand=Product.brand)
    )
    rows = connection.execute(select(Line).where(of_this).order_by(col(Line.line))).mappings()
    proposal.content_hash = content_hash([dict(row) for row in rows])
    proposal.rule_set = policy.active_rule_set(session).number
    session.add(proposal)
    session.flush()


def _prices_moved(session: Session, proposal_id: str) -> bool:
    moved = session.scalar(
        select(func.count())
        .select_from(Line)
        .join(Price, col(Price.sku) == col(Line.sku))
        .where(col(Line.proposal_id) == proposal_id, col(Price.version) != col(Line.base_version))
    )
    return bool(moved)


def _next_number(session: Session) -> int:
    counter = session.get(Counter, "proposal", with_for_update=True) or Counter(name="proposal", n=0)
    counter.n += 1
    session.add(counter)
    session.flush()
    return counter.n
