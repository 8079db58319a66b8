"""A submission becomes a proposal: checked, laid out, written, and handed to whoever judges it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, insert
from sqlmodel import Session, col

from app.clock import new_id
from app.contracts.holds import Held
from app.identity.actor import Actor
from app.lifecycle.errors import BadSubmission, NotAllowed
from app.lifecycle.proposing import policy, verdicts
from app.lifecycle.proposing.numbering import next_number
from app.lifecycle.proposing.submission import NOTHING_HELD, LaidOut, Row, Submission, laid_out, listed, refuse_bad
from app.lifecycle.publishing import publication, waves
from app.lifecycle.records import Hand, Line, Proposal
from app.lifecycle.table import moves
from app.lifecycle.table.case import Case
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import BY_MOVE, Action
from app.lifecycle.windows import bounds
from app.words.typed import plain


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
    if too_long := bounds.why_too_long(session, proposal, now):
        raise BadSubmission(too_long.detail, code=too_long.code)
    submitted = Case(session, proposal, Action.SUBMIT, actor, now)
    moves.tell(submitted, source=None, comment="", lines=proposal.lines, more={"prices": laid.prices})
    return verdicts.begin(session, proposal, now)


def _new_proposal(session: Session, submission: Submission, laid: LaidOut, *, actor: Actor, now: datetime) -> Proposal:
    proposal = Proposal(
        id=laid.proposal_id,
        number=next_number(session),
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
