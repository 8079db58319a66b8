"""What happens to a proposal: each action loads, refuses or moves, records, returns. None opens a session."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlmodel import Session, col

from app import outbox
from app.canary.guards import Evidence, Judgement, Outcome
from app.canary.waves import WavePlan
from app.clock import new_id
from app.database import pulse
from app.identity.actor import SYSTEM, Actor
from app.lifecycle import brakes, canary, deadlines, moves, policy, timers, waves
from app.lifecycle.content import content_hash
from app.lifecycle.errors import NotAllowed, NotFound
from app.lifecycle.evaluation import Part, Prepared, judged, prepared, split
from app.lifecycle.guards import LENT_TO_PLAN, PLANNED, Case, lay_hand
from app.lifecycle.publication import announce_publication, announce_rollback, moved_lines, restore_prices, set_prices
from app.lifecycle.records import Counter, Hand, Line, Proposal, Timer
from app.lifecycle.status import Status
from app.lifecycle.submission import Listed, Submission, listed, refuse_bad
from app.lifecycle.timers import LATE, Kind
from app.lifecycle.transitions import BY_MOVE, Action, Job
from app.lifecycle.windows import returning
from app.lifecycle.wording import plain
from app.pricelist.records import Price, Product
from rules.ruleset import RuleSet

INLINE_UP_TO = 200
"""Proposals up to this size are judged while the submitter waits; larger ones by the orchestrating process."""


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
    refuse_bad(submission, known, now=now)
    proposal = _new_proposal(session, submission, known, actor=actor, now=now)
    moves.tell(Case(session, proposal, Action.SUBMIT, actor, now), source=None, comment="", lines=proposal.lines)
    if proposal.lines <= INLINE_UP_TO:
        return evaluate(session, proposal.id, now=now)
    outbox.ask(session, Job.EVALUATE, {"proposal_id": proposal.id}, now)
    return proposal


def prepare(session: Session, proposal_id: str, *, now: datetime) -> Prepared | None:
    """Reach the verdicts of a large proposal in a session that only reads; None if there is nothing to judge."""
    proposal = session.get(Proposal, proposal_id)
    if proposal is None or proposal.status != Status.EVALUATING:
        return None
    return prepared(session, proposal, _rules_for(session, proposal), now)


def evaluate(session: Session, proposal_id: str, *, now: datetime, before: Prepared | None = None) -> Proposal:
    """Judge every line, split if asked to, and pass, hold or refuse. Does nothing unless the status is EVALUATING.

    `before` are the verdicts that `prepare` reached; they count if nothing has changed since.
    """
    proposal = _load(session, proposal_id)
    if proposal.status != Status.EVALUATING:
        return proposal
    rules = _rules_for(session, proposal)
    found = judged(session, proposal, rules, now, before)
    for part in split(session, found, next_number=lambda: _next_number(session), now=now):
        _take_next_step(session, part, now)
    return proposal


def _rules_for(session: Session, proposal: Proposal) -> RuleSet:
    return policy.rule_set(session, proposal.rule_set) if proposal.rule_set else policy.active_rule_set(session)


def _take_next_step(session: Session, part: Part, now: datetime) -> None:
    """Pass, hold or refuse one part. What a person must see again is held even if it is clean."""
    proposal, action = part.proposal, part.action
    if proposal.must_be_seen and action is Action.PASS:
        action = Action.HOLD
    if proposal.returns and action is not Action.REFUSE and not proposal.must_be_seen:
        action = Action.PASS  # going back was approved with the change it ends
    if proposal.wave_plan:
        waves.keep_waves(session, proposal, waves.plan_of(proposal))
    session.add(proposal)
    moves.move(Case(session, proposal, action, SYSTEM, now), comment=_SEE_AGAIN if proposal.must_be_seen else "")
    if action is Action.HOLD:
        proposal.must_be_seen = False
        deadlines.set_out(session, proposal, now)
    if action is Action.PASS and proposal.effective_at and proposal.effective_at > now:
        timers.arm(session, proposal.id, Kind.PUBLISH, proposal.effective_at, version=proposal.version)


_SEE_AGAIN = "Prices moved between approval and publication; a person looks again."


def decide(
    session: Session, proposal_id: str, action: Action, *, actor: Actor, comment: str, now: datetime
) -> Proposal:
    """Approve, reject, return or withdraw a proposal, as the table and its guards allow."""
    proposal = _load(session, proposal_id)
    out = proposal.published_lines if action is Action.PAUSE else None
    moves.move(Case(session, proposal, action, actor, now), comment=comment, lines=out)
    if action is Action.APPROVE and proposal.effective_at and proposal.effective_at > now:
        timers.arm(session, proposal.id, Kind.PUBLISH, proposal.effective_at, version=proposal.version)
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
    """Publish an approved, due proposal, in one piece or as the first wave of its plan.

    While publishing is stopped or frozen it waits. If a current price moved since the verdict, nothing is published:
    an undated proposal is judged again, a dated one goes back to a person. Does nothing if the proposal is not
    APPROVED or not yet due.
    """
    proposal = _load(session, proposal_id)
    if proposal.status != Status.APPROVED or (proposal.effective_at and proposal.effective_at > now):
        return proposal
    if brakes.stopped(session):
        return proposal
    if brakes.closed(session, now):
        timers.arm(session, proposal.id, Kind.PUBLISH, brakes.opens_at(session, now), version=proposal.version)
        return proposal
    if moved_lines(session, proposal.id):
        proposal.must_be_seen = proposal.effective_at is not None
        return re_evaluate(session, proposal.id, actor=SYSTEM, now=now)
    if proposal.waves > 1:
        canary.go_out(session, proposal, Action.RELEASE, actor=SYSTEM, comment=_lateness(proposal, now), now=now)
        return proposal
    return _publish_all(session, proposal, Action.PUBLISH, actor=SYSTEM, comment=_lateness(proposal, now), now=now)


def expedite(session: Session, proposal_id: str, *, actor: Actor, reason: str, now: datetime) -> Proposal:
    """Publish at once in an emergency: no waiting for its date, a freeze or waves. Needs its own role and a reason.

    Four eyes, unmoved facts and the kill switch still hold, and what is hard stays refused.
    """
    proposal = _load(session, proposal_id)
    return _publish_all(session, proposal, Action.EXPEDITE, actor=actor, comment=reason, now=now)


def plan_waves(session: Session, proposal_id: str, plan: WavePlan | None, *, actor: Actor, now: datetime) -> Proposal:
    """Let an approver demand waves (or other waves) of a proposal that waits; somebody else then approves it."""
    proposal = _load(session, proposal_id)
    case = Case(session, proposal, Action.PLAN_WAVES, actor, now)
    lender = moves.on_whose_right(case)
    moves.move(case, comment=waves.in_words(plan))
    waves.give_plan(session, proposal, plan, salt=proposal.id)
    lay_hand(session, proposal.id, actor.id, PLANNED)
    if lender:
        lay_hand(session, proposal.id, lender.id, LENT_TO_PLAN)
    return proposal


def continue_canary(session: Session, proposal_id: str, *, actor: Actor, reason: str, now: datetime) -> Proposal:
    """Let a held canary go on: a person has seen the evidence and takes the next wave on themselves."""
    proposal = _load(session, proposal_id)
    if waves.next_wave(session, proposal) is None:
        moves.move(Case(session, proposal, Action.CONTINUE, actor, now), comment=reason, lines=proposal.published_lines)
        _finish_canary(session, proposal, now)
        return proposal
    canary.go_out(session, proposal, Action.CONTINUE, actor=actor, comment=reason, now=now)
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
    elif judgement.outcome is Outcome.PASS and waves.next_wave(session, proposal) is None:
        _finish_canary(session, proposal, now)
    else:
        canary.step(session, proposal, judgement.outcome, sentence, now)
    return judgement


def remind(session: Session, proposal_id: str, *, now: datetime) -> None:
    """Remind the approvers of a proposal that has waited half its time."""
    _by_the_clock(session, proposal_id, Action.REMIND, "Half of the time to decide has passed.", now)


def escalate(session: Session, proposal_id: str, *, now: datetime) -> None:
    """Hand a proposal that nobody decided in time to the next level too."""
    proposal = _load(session, proposal_id)
    if proposal.status == Status.PENDING_APPROVAL:
        proposal.level += 1
        session.add(proposal)
    _by_the_clock(session, proposal_id, Action.ESCALATE, "Nobody decided in time; the rule owners may now decide.", now)


def expire(session: Session, proposal_id: str, *, now: datetime) -> None:
    """Expire a proposal that nobody decided in twice its time: nothing changes, the analyst may propose again."""
    _by_the_clock(session, proposal_id, Action.EXPIRE, "Nobody decided in twice the time; nothing was changed.", now)


def keep_appointment(session: Session, timer: Timer, *, now: datetime) -> None:
    """Do what a timer that has come due was made for. A wave's evidence is gathered outside: see `judge_wave`."""
    deeds: dict[str, Callable[..., object]] = {
        Kind.PUBLISH: publish,
        Kind.REMIND: remind,
        Kind.ESCALATE: escalate,
        Kind.EXPIRE: expire,
    }
    deeds[timer.kind](session, timer.proposal_id, now=now)


def _by_the_clock(session: Session, proposal_id: str, action: Action, comment: str, now: datetime) -> None:
    proposal = _load(session, proposal_id)
    if proposal.status == Status.PENDING_APPROVAL:
        moves.move(Case(session, proposal, action, SYSTEM, now), comment=comment)


def _publish_all(
    session: Session, proposal: Proposal, action: Action, *, actor: Actor, comment: str, now: datetime
) -> Proposal:
    proposal.published_at, proposal.published_lines = now, proposal.lines
    session.add(proposal)
    moves.move(Case(session, proposal, action, actor, now), comment=comment)
    set_prices(session, proposal.id, now)
    announce_publication(session, proposal, now)
    pulse(session, "prices")
    _plan_return(session, proposal, now)
    return proposal


def _finish_canary(session: Session, proposal: Proposal, now: datetime) -> None:
    canary.finish(session, proposal, now)
    _plan_return(session, proposal, now)


def _plan_return(session: Session, proposal: Proposal, now: datetime) -> None:
    """Let a price window's own end be a proposal of its own, linked, that goes back to the earlier prices."""
    if proposal.ends_at is None:
        return
    back = returning(session, proposal, number=_next_number(session), now=now)
    moves.tell(Case(session, back, Action.SUBMIT, SYSTEM, now), source=None, comment="", lines=back.lines)
    evaluate(session, back.id, now=now)


def _lateness(proposal: Proposal, now: datetime) -> str:
    due = proposal.effective_at
    if due is None or now - due < LATE:
        return ""
    minutes = int((now - due).total_seconds()) // 60
    after = f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"
    return f"Late: due {due:%d %b %H:%M} UTC, published {after} after."


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
    _call_off_return(session, proposal, now)
    if undo == 0:
        confirm_rolled_back(session, proposal.id, now=now)
    return RolledBack(undo, proposal.published_lines - undo)


_UNDONE = "The change that it would have ended was rolled back."


def _call_off_return(session: Session, proposal: Proposal, now: datetime) -> None:
    """A window that was rolled back has nothing to return from."""
    waiting = select(col(Proposal.id)).where(
        col(Proposal.returns) == proposal.id, col(Proposal.status).in_((Status.APPROVED, Status.PENDING_APPROVAL))
    )
    for back in session.scalars(waiting).all():
        moves.move(Case(session, _load(session, back), Action.WITHDRAW, SYSTEM, now), comment=_UNDONE)


def confirm_rolled_back(session: Session, proposal_id: str, *, now: datetime) -> Proposal:
    """Close a rollback that every context has confirmed. Does nothing unless the status is ROLLING_BACK."""
    proposal = _load(session, proposal_id)
    if proposal.status == Status.ROLLING_BACK:
        proposal.rolled_back_at = now
        session.add(proposal)
        moves.move(Case(session, proposal, Action.CONFIRM_ROLL_BACK, SYSTEM, now))
    return proposal


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
        ends_at=submission.ends_at,
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
    if submission.waves:
        waves.give_plan(session, proposal, submission.waves, salt=submission.salt or proposal.id)
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


def _next_number(session: Session) -> int:
    counter = session.get(Counter, "proposal", with_for_update=True) or Counter(name="proposal", n=0)
    counter.n += 1
    session.add(counter)
    session.flush()
    return counter.n
