"""The one writer of a proposal's status: a compare-and-set, with everything that must be told of it."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TypeAlias

from sqlalchemy import bindparam, func, update
from sqlmodel import Session, col, select

from app import outbox
from app.clock import new_id, traceparent_of
from app.contracts.events import ProposalMoved
from app.database import pulse
from app.identity.actor import Actor
from app.identity.records import User
from app.identity.roles import PERMISSIONS, Permission
from app.lifecycle.audit import audit_trail
from app.lifecycle.clock import timers
from app.lifecycle.deciding import four_eyes, seen_content
from app.lifecycle.errors import AlreadyDecided, CommentMissing, NotAllowed, NotFound, Refused, TransitionRefused
from app.lifecycle.records import Decision, Proposal
from app.lifecycle.table import guards
from app.lifecycle.table.case import Case
from app.lifecycle.table.sentences import STANDS, TO_DO
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import BY_MOVE, TRANSITIONS, Action, Transition
from app.words.typed import plain

Extra: TypeAlias = Mapping[str, str | int | None]
NOTHING_MORE: Extra = MappingProxyType({})
DECISIONS = frozenset({Action.APPROVE, Action.REJECT, Action.RETURN, Action.KEEP})
LENT = DECISIONS | {Action.PLAN_WAVES}
"""What may be done on a right that was lent."""


def legal(proposal: Proposal, action: Action) -> Transition | None:
    """Return the transition that this action would take from the proposal's status, or None."""
    return BY_MOVE.get((Status(proposal.status), action))


def why_not(case: Case) -> Refused | None:
    """Return why this case may not go on (status, permission, guards, in that order), or None."""
    refused = out_of_reach(case)
    if refused:
        return refused
    for guard in BY_MOVE[(Status(case.proposal.status), case.action)].guards:
        refused = guards.refusal(guard, case)
        if refused:
            return refused
    return None


def out_of_reach(case: Case) -> Refused | None:
    """Return why this case is none by its status or for want of a right, or None; no guard is asked."""
    transition = legal(case.proposal, case.action)
    if transition is None:
        return _wrong_status(case)
    if not _permitted(transition, case):
        told = f"{_roles(transition)} may {TO_DO[case.action]} this, and {case.actor.name} is not one."
        return _lent_to_the_person(case) or NotAllowed(told)
    return None


def refuse(case: Case, *, comment: str) -> Transition:
    """Return the transition that a case would take. Raises the `Refused` that it would meet."""
    refused = why_not(case)
    if refused:
        raise refused
    transition = BY_MOVE[(Status(case.proposal.status), case.action)]
    if transition.needs_comment and not plain(comment):
        raise CommentMissing(f"Say why: a comment is needed to {TO_DO[case.action]} a proposal.")
    return transition


def on_whose_right(case: Case) -> User | None:
    """Return the person on whose lent right this case would go on, or None for one's own."""
    transition = legal(case.proposal, case.action)
    return _lender(transition, case) if transition else None


def move(case: Case, *, comment: str = "", told: str | None = None, lines: int | None = None) -> Transition:
    """Move a proposal, or raise `Refused` with nothing changed.

    Writes status, decision, audit entry, lifecycle event, pulse and the follow-up job into the caller's transaction.
    `comment` is what whoever acts says of it, `told` what Baton itself adds. `lines` is the number of lines the move
    concerns if that is not all of them.
    """
    comment = plain(comment)
    transition = refuse(case, comment=comment)
    proposal, source = case.proposal, Status(case.proposal.status)
    seen = seen_content.seen_now(case.session, proposal) if case.action in DECISIONS else ""
    lender = _lender(transition, case)
    _compare_and_set(case, transition)
    if lender:
        case = replace(case, actor=replace(case.actor, name=f"{case.actor.name} for {lender.name}"))
    if seen:
        case.session.add(
            Decision(
                id=new_id(),
                proposal_id=proposal.id,
                action=case.action,
                by=case.actor.id,
                at=case.now,
                comment=comment,
                content_hash=seen,
                rule_set=proposal.rule_set,
                on_behalf_of=lender.id if lender else None,
            )
        )
    timers.cancel_meaningless(case.session, proposal.id, transition.target, case.now)
    tell(case, source=source, comment=comment, lines=proposal.lines if lines is None else lines,
         more=({"seen": seen} if seen else {}) | ({} if told is None else {"told": told}))  # fmt: skip
    if transition.then:
        outbox.ask(case.session, transition.then, {"proposal_id": proposal.id}, case.now)
    return transition


def tell(case: Case, *, source: Status | None, comment: str, lines: int, more: Extra = NOTHING_MORE) -> None:
    """Write the audit entry, the lifecycle event and the pulse of a move that just happened.

    `more` is what the entry alone keeps: what a decision was bound to, the prices of a submission.
    """
    proposal = case.proposal
    audit_trail.record(
        case.session,
        chain=proposal.id,
        actor=case.actor,
        action=case.action,
        now=case.now,
        detail={
            "from": source,
            "to": proposal.status,
            "comment": comment,
            "content_hash": proposal.content_hash,
            "rule_set": proposal.rule_set,
            "lines": lines,
            "number": proposal.number,
            **more,
        },
    )
    outbox.record_move(
        case.session,
        ProposalMoved(
            id=new_id(),
            occurred_at=case.now,
            correlation_id=proposal.id,
            traceparent=traceparent_of(proposal.id),
            number=proposal.number,
            reason=proposal.reason,
            source=source,
            target=proposal.status,
            by=case.actor.name,
            lines=lines,
        ),
    )
    pulse(case.session, "proposals")


def locked(session: Session, proposal_id: str) -> Proposal | None:
    """Load a proposal for moving, with its window and every return of that (see `families`)."""
    return families(session, [proposal_id]).get(proposal_id)


def families(session: Session, proposal_ids: Collection[str]) -> dict[str, Proposal]:
    """Load proposals for moving, by id, each with its price window and that one's returns: they move together.

    On PostgreSQL all of them are locked, in the one order that everybody keeps: family by family, the window before
    its returns. SQLite writers are already alone. A transaction that moves several families loads them all at once.
    """
    heads = session.exec(_HEADS, params={"ids": list(proposal_ids)}).all()
    return {proposal.id: proposal for proposal in session.exec(_FAMILIES, params={"heads": heads})}


_FAMILY = func.coalesce(col(Proposal.returns), col(Proposal.id))
_HEADS = select(_FAMILY).where(col(Proposal.id).in_(bindparam("ids", expanding=True)))
_FAMILIES = (
    select(Proposal)
    .where(
        col(Proposal.id).in_(bindparam("heads", expanding=True))
        | col(Proposal.returns).in_(bindparam("heads", expanding=True))
    )
    .order_by(_FAMILY, col(Proposal.returns).is_not(None), col(Proposal.id))
    .with_for_update()
    .execution_options(populate_existing=True)
)


def loaded(session: Session, proposal_id: str) -> Proposal:
    """Load a proposal for moving, or raise `NotFound`."""
    proposal = locked(session, proposal_id)
    if proposal is None:
        raise NotFound("There is no such proposal.")
    return proposal


def _compare_and_set(case: Case, transition: Transition) -> None:
    proposal = case.proposal
    case.session.flush()
    result = case.session.connection().execute(
        update(Proposal)
        .where(
            col(Proposal.id) == proposal.id,
            col(Proposal.status) == proposal.status,
            col(Proposal.version) == proposal.version,
        )
        .values(status=transition.target, version=proposal.version + 1, updated_at=case.now)
    )
    if result.rowcount != 1:
        raise AlreadyDecided("Somebody else moved this proposal in the same instant. Nothing changed; look again.")
    case.session.refresh(proposal)


def _permitted(transition: Transition, case: Case) -> bool:
    return _has_right(transition, case.actor) or _lender(transition, case) is not None


def _lender(transition: Transition, case: Case) -> User | None:
    """Return on whose right a decision is taken by somebody who has none of their own."""
    if case.action not in LENT or _has_own_right(transition, case):
        return None
    return four_eyes.lender_for(case)


def _lent_to_the_person(case: Case) -> NotAllowed | None:
    """Refuse, with what to do instead, a machine whose person could decide on a right that was lent to them."""
    lender = four_eyes.lender_to_the_person(case) if case.action in LENT and case.actor.kind == "service" else None
    if lender is None:
        return None
    return NotAllowed(
        f"{lender.name} lent {case.actor.name} the right to decide, and a right is lent to a person: no token carries"
        f" it. {case.actor.name} can {TO_DO[case.action]} this on Baton's pages. Nothing was changed.",
        code="lent_to_the_person",
    )


def _has_own_right(transition: Transition, case: Case) -> bool:
    """Tell whether somebody decides by their own role; an owner does so only once a proposal is escalated."""
    waits_for_others = case.proposal.level < 2 and not case.actor.may(Permission.DECIDE)
    return _has_right(transition, case.actor) and not waits_for_others


def _has_right(transition: Transition, actor: Actor) -> bool:
    if transition.by is None:
        return actor.kind == "system"
    if actor.kind == "context":
        return transition.action is Action.ROLL_BACK
    return actor.kind == "system" or any(actor.may(permission) for permission in transition.by)


def _roles(transition: Transition) -> str:
    if transition.by is None:
        return "Only Baton itself"
    roles = sorted({role.value for permission in transition.by for role in PERMISSIONS[permission]})
    return f"Only an {' or '.join(roles)}"


def _wrong_status(case: Case) -> Refused:
    status = Status(case.proposal.status)
    if not any(t.action is case.action for t in TRANSITIONS):
        return TransitionRefused("There is no such action.")
    decision = case.session.exec(
        select(Decision).where(Decision.proposal_id == case.proposal.id).order_by(col(Decision.at).desc())
    ).first()
    detail = f"This proposal is {STANDS[status]}; it can no longer be changed that way. Nothing changed."
    if decision and case.action in LENT:
        decider = case.session.get(User, decision.by)
        if decider:
            detail = f"{decider.name} decided first: this proposal is {STANDS[status]}. Nothing changed."
        return AlreadyDecided(
            detail,
            extra={
                "decision": decision.action,
                "by": decision.by,
                "at": decision.at.isoformat(),
                "comment": decision.comment,
            },
        )
    return TransitionRefused(detail)
