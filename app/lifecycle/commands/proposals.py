"""What is commanded of proposals: submit them, act on them, plan their waves."""

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime

from pydantic import TypeAdapter
from sqlmodel import Session
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt

from app.canary.waves import WavePlan
from app.clock import utc_now
from app.contracts.holds import Held
from app.database import TRIES, reading, transaction
from app.identity.actor import Actor
from app.lifecycle import actions
from app.lifecycle.clock import schedule
from app.lifecycle.commands.keyed import carried_out, once, refuse_odd_key, remembered
from app.lifecycle.deciding import seen_content
from app.lifecycle.errors import FactsMoved, InMotion, NotAllowed, Refused
from app.lifecycle.proposing.submission import NOTHING_HELD, Submission
from app.lifecycle.publishing import effects
from app.lifecycle.publishing.comparison import Comparison
from app.lifecycle.records import Effect, Proposal
from app.lifecycle.rolling_back import second_person
from app.lifecycle.rolling_back.restored_prices import Restoring
from app.lifecycle.table import moves
from app.lifecycle.table.case import Case
from app.lifecycle.table.transitions import PERSONAL, UNBOUND, WAYS_BACK, Action
from app.lifecycle.views import queries
from app.lifecycle.views.values import ProposalSummary
from app.lifecycle.windows import made_permanent
from app.words.typed import plain

_ANSWER = TypeAdapter(ProposalSummary)
MAX_COMMENT = 2000


def submit(
    actor: Actor,
    submission: Submission,
    *,
    key: str,
    request: str = "",
    held: Held = NOTHING_HELD,
    now: datetime | None = None,
    with_it: Callable[[Session, str], None] | None = None,
) -> ProposalSummary:
    """Submit a proposal. Raises `BadSubmission`, `NotAllowed` or `KeyReused`; then nothing was written.

    `with_it` is told the new proposal's reference and writes, or refuses, in the same transaction. `request` stands
    for what was asked when the submission itself depends on the moment (a file whose unchanged rows are left out): a
    repeated request is the same one although prices moved in between. `held` is what contexts said of its SKUs; it is
    kept with the lines and is no part of the request.
    """
    at = now or utc_now()
    body = request or json.dumps(["submit", asdict(submission)], default=str)
    if not effects.fits_one_step(len(submission.lines)):
        return answer_to(actor, key, body) or _submit_in_steps(actor, submission, held, key, body, at, with_it)

    def submitted(session: Session) -> Proposal:
        return _told(session, actions.submit(session, submission, actor=actor, now=at, held=held), with_it)

    return _once(actor, key, body, submitted, at)


def _told(session: Session, proposal: Proposal, with_it: Callable[[Session, str], None] | None) -> Proposal:
    if with_it is not None:
        with_it(session, queries.reference_of(proposal.number))
    return proposal


def _submit_in_steps(
    actor: Actor,
    submission: Submission,
    held: Held,
    key: str,
    body: str,
    now: datetime,
    with_it: Callable[[Session, str], None] | None,
) -> ProposalSummary:
    """Write the lines of a large proposal step by step, then the proposal itself: before that they are nobody's."""
    with reading() as session:
        laid = actions.lay_out(session, submission, actor=actor, now=now, held=held)
    with transaction() as session:
        mark = effects.begin(session, laid.proposal_id, effects.EffectKind.LAY_OUT, total=len(laid.rows), now=now)
    try:
        for start in range(0, len(laid.rows), effects.LINES_PER_STEP):
            with transaction() as session:
                actions.keep_lines(session, laid.rows[start : start + effects.LINES_PER_STEP])

        def submitted(session: Session) -> Proposal:
            effects.finish(session, session.merge(mark), now)
            return _told(session, actions.submit(session, submission, actor=actor, now=now, kept=laid), with_it)

        return _once(actor, key, body, submitted, now)
    finally:
        _forget(mark, now)  # what came to be is nobody's to forget, and stays
        forget_abandoned(now)


def rehearse(actor: Actor, submission: Submission, *, now: datetime) -> None:
    """Refuse what `submit` would refuse now, by the same code, and write nothing."""
    with reading() as session:
        actions.lay_out(session, submission, actor=actor, now=now)


def forget_abandoned(now: datetime) -> None:
    """Forget lines that were laid out for proposals that never came to be: refused, answered before, or killed."""
    with reading() as session:
        abandoned = effects.abandoned(session, effects.EffectKind.LAY_OUT, now)
    for effect in abandoned:
        _forget(effect, now)


def _forget(mark: Effect, now: datetime) -> None:
    more = True
    while more:
        with transaction() as session:
            more = actions.forget_lines(session, mark.proposal_id)
    with transaction() as session:
        effects.finish(session, session.merge(mark), now)


def act(
    actor: Actor,
    reference: str,
    action: Action,
    *,
    comment: str = "",
    seen: str = "",
    key: str,
    now: datetime | None = None,
) -> ProposalSummary:
    """Carry out a person's action on a proposal. Raises a `Refused`; then nothing changed.

    Every action but a re-evaluation must quote in `seen` the `seen_hash` of the proposal as the person saw it.
    """
    if action not in PERSONAL or action is Action.PLAN_WAVES:
        raise NotAllowed("This is not an action for people; waves are planned with the plan.")
    body = json.dumps([action, reference, comment, seen])
    refuse_odd_key(key)
    told, saw = _stop_first(actor, reference, action, comment=comment, seen=seen, key=key, body=body, now=now)
    at = now or utc_now()

    def looked_and_acted() -> ProposalSummary:
        restores = _look_ahead(reference, action, at)
        looked = _look(reference, at) if action in (Action.EXPEDITE, Action.CONTINUE) else None

        def acted(session: Session) -> Proposal:
            case = _seen(session, actor, reference, action, saw, now or utc_now())
            return actions.BY_PERSON[action](
                replace(case, looked=looked, restores=restores), plain(comment[:MAX_COMMENT])
            )

        return _once(actor, key, body, acted, at)

    try:
        answer: ProposalSummary = _WHILE_IN_MOTION(looked_and_acted)
    except Refused as refused:
        refused.detail += told
        if action is Action.CONTINUE and isinstance(refused, FactsMoved):
            _judge_again(reference, at)
        raise
    return answer


def _judge_again(reference: str, now: datetime) -> None:
    """Have Baton judge a held wave again that no longer stands, so that whoever wanted it to go on can read it."""
    looked = _look(reference, now)
    carried_out(
        lambda session: actions.judge_again(session, queries.find(session, reference).id, now=now, looked=looked)
    )


def _stop_first(
    actor: Actor,
    reference: str,
    action: Action,
    *,
    comment: str,
    seen: str,
    key: str,
    body: str,
    now: datetime | None,
) -> tuple[str, str]:
    """End what is still going out of a proposal that a person wants back, in a short transaction of its own.

    Returns what to tell them, and what stands there of all that they saw. A wish that is out of their reach, unseen or
    without a reason stops nothing.
    """
    if action not in WAYS_BACK or not plain(comment) or not _goes_out(reference) or answer_to(actor, key, body):
        return "", seen

    def stopped(session: Session) -> tuple[str, str]:
        at = now or utc_now()
        proposal = _seen(session, actor, reference, action, seen, at).proposal
        told = actions.stop_going_out(session, proposal.id, actor=actor, now=at)
        return told, seen_content.seen_now(session, proposal)

    return carried_out(stopped)


def _goes_out(reference: str) -> bool:
    with reading() as session:
        return effects.goes_out(session, queries.find(session, reference).id)


_WHILE_IN_MOTION = Retrying(retry=retry_if_exception_type(InMotion), stop=stop_after_attempt(TRIES), reraise=True)
"""What moved between the look and the decision is looked at again, so often at most."""


def plan_waves(
    actor: Actor, reference: str, plan: WavePlan | None, *, seen: str, key: str, now: datetime | None = None
) -> ProposalSummary:
    """Let an approver demand waves, or none, of a proposal that waits. Raises a `Refused`; then nothing changed."""
    at = now or utc_now()
    body = json.dumps(["plan-waves", reference, plan.to_json() if plan else None, seen])

    def planned(session: Session) -> Proposal:
        case = _seen(session, actor, reference, Action.PLAN_WAVES, seen, at)
        return actions.plan_waves(session, case.proposal.id, plan, actor=actor, now=at)

    return _once(actor, key, body, planned, at)


def demand_waves(
    actor: Actor, reference: str, wanted: Callable[[ProposalSummary], WavePlan | None], *, seen: str, key: str
) -> ProposalSummary:
    """Demand waves of what was seen; a plan before keeps its guards. Raises a `Refused`; then nothing changed."""
    with reading() as session:
        proposal = queries.summary(session, reference)
        before = schedule.canary_of(session, reference)
    plan = wanted(proposal)
    if plan and before:  # who demands other waves does not loosen the submitter's guards
        plan = plan.model_copy(update={"guards": before.plan.guards})
    return plan_waves(actor, reference, plan, seen=seen, key=key)


def answer_to(actor: Actor, key: str, request: str) -> ProposalSummary | None:
    """Return the answer that this key already has, or None. Raises `KeyReused` if it was given to another request."""
    answered = remembered(actor, key, request)
    return None if answered is None else _ANSWER.validate_json(answered)


def _seen(session: Session, actor: Actor, reference: str, action: Action, seen: str, now: datetime) -> Case:
    """Load a proposal for a person's action and refuse what is out of their reach, or not what they saw."""
    proposal = moves.locked(session, queries.find(session, reference).id)
    assert proposal is not None, "just found"
    case = Case(session, proposal, action, actor, now)
    refused = moves.out_of_reach(case)
    if refused:
        raise refused
    if action not in UNBOUND:
        seen_content.refuse_unseen(session, proposal, seen)
    return case


def _look_ahead(reference: str, action: Action, now: datetime) -> Restoring | None:
    """Judge what a decision brings back or keeps while only reading: nobody does it while holding the store."""
    if action is Action.KEEP:
        with reading() as session:
            back = queries.find(session, reference)
            if back.returns:
                made_permanent.keeping(session, back, now)
    return second_person.look_ahead(reference, action, now)


def _look(reference: str, now: datetime) -> Comparison | None:
    """Compare what a large proposal would send out while only reading: nobody does it while holding the store."""
    with reading() as session:
        return actions.look(session, queries.find(session, reference).id, now=now)


def _once(actor: Actor, key: str, body: str, do: Callable[[Session], Proposal], now: datetime) -> ProposalSummary:
    def answered(session: Session) -> tuple[str, str]:
        proposal = do(session)
        session.flush()
        return proposal.id, _ANSWER.dump_json(queries.summary(session, proposal.id)).decode()

    return _ANSWER.validate_json(once(actor, key, body, answered, now))
