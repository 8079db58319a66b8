"""How long a proposal may wait for a person: reminded at half its time, escalated at the end, expired at twice."""

import json
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlmodel import Session, col

from app.identity.actor import Actor
from app.lifecycle.audit import audit_trail
from app.lifecycle.audit.verbs import Verb
from app.lifecycle.clock import timers
from app.lifecycle.clock.timers import Kind
from app.lifecycle.records import ApprovalQueue, Proposal
from app.timekeeping.business import BusinessCalendar, Deadlines, Sla

DEFAULT = ApprovalQueue(
    name="approvals",
    rule="",
    minutes=24 * 60,
    calendar=json.dumps({"zone": "UTC", "weekdays": [0, 1, 2, 3, 4, 5, 6], "opens": "00:00:00", "closes": "00:00:00"}),
)
"""The queue of an installation that has not said otherwise: a day round the clock."""


def set_out(session: Session, proposal: Proposal, now: datetime) -> None:
    """Give a proposal that starts waiting its deadlines; one that is waited for already goes on with those it has."""
    if proposal.due_at is None or proposal.expires_at is None:
        _begin(session, proposal, now)
    else:
        _go_on(session, proposal, proposal.due_at, proposal.expires_at)


def forget(session: Session, proposal: Proposal) -> None:
    """Let the next wait for a person be a new one: somebody decided, or nobody had to, since the last one began."""
    proposal.due_at, proposal.expires_at, proposal.level = None, None, 1
    session.add(proposal)


def _begin(session: Session, proposal: Proposal, now: datetime) -> None:
    due = Deadlines(sla_of(queue_of(session, proposal))).of(now)
    proposal.due_at, proposal.expires_at, proposal.level = due.escalate_at, due.expires_at, 1
    timers.arm(session, proposal.id, Kind.REMIND, due.remind_at, version=proposal.version)
    timers.arm(session, proposal.id, Kind.ESCALATE, due.escalate_at, version=proposal.version)
    timers.arm(session, proposal.id, Kind.EXPIRE, due.expires_at, version=proposal.version)


def _go_on(session: Session, proposal: Proposal, due_at: datetime, expires_at: datetime) -> None:
    """Make up for appointments that rang in vain while it was judged, or that a sibling split off never had.

    What has passed rings at once; a reminder that was missed is not made up for.
    """
    still = {timer.kind for timer in timers.open_of(session, [proposal.id]).get(proposal.id, [])}
    if proposal.level == 1 and Kind.ESCALATE not in still:
        timers.arm(session, proposal.id, Kind.ESCALATE, due_at, version=proposal.version)
    if Kind.EXPIRE not in still:
        timers.arm(session, proposal.id, Kind.EXPIRE, expires_at, version=proposal.version)


def queue_of(session: Session, proposal: Proposal) -> ApprovalQueue:
    """Return the queue in which a proposal waits: that of its worst rule, or the one for the rest."""
    queues = {queue.rule: queue for queue in session.scalars(select(ApprovalQueue).order_by(col(ApprovalQueue.name)))}
    return queues.get(proposal.worst_rule or "") or queues.get("") or DEFAULT


def queues(session: Session) -> list[ApprovalQueue]:
    """Return the queues in force, by name; the default alone if none was set."""
    return list(session.scalars(select(ApprovalQueue).order_by(col(ApprovalQueue.name)))) or [DEFAULT]


def keep_queue(
    session: Session, *, name: str, rule: str, minutes: int, calendar: BusinessCalendar, actor: Actor, now: datetime
) -> None:
    """Set how long a queue may wait. `rule` is the kind of rule whose breaches land there, empty for the rest.

    Proposals that wait already keep the deadlines they were given.
    """
    queue = ApprovalQueue(name=name, rule=rule, minutes=minutes, calendar=calendar.model_dump_json())
    sla_of(queue)
    audit_trail.hold(session, "queues")
    session.merge(queue)
    told = f"{name}: {minutes} working minutes, {calendar.opens:%H:%M} to {calendar.closes:%H:%M} in {calendar.zone}"
    audit_trail.record(session, chain="queues", actor=actor, action=Verb.SET_QUEUE, now=now, detail={"comment": told})


def sla_of(queue: ApprovalQueue) -> Sla:
    """Return a queue's working time and calendar."""
    return Sla(working=timedelta(minutes=queue.minutes), calendar=BusinessCalendar.model_validate_json(queue.calendar))
