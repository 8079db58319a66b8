"""`baton orchestrate`: serves the lifecycle's jobs, and once a second does what time alone brings about."""

import logging
from collections.abc import Callable
from datetime import datetime
from time import monotonic

from redis import Redis
from rq import Queue
from rq.exceptions import DequeueTimeout
from rq.job import Job
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, col, select

from app.clock import utc_now
from app.config import settings
from app.database import reading, transaction
from app.lifecycle import actions
from app.lifecycle.errors import Refused
from app.lifecycle.records import Proposal
from app.lifecycle.status import Status
from workers.steady import SteadyWorker, Trouble, keep_working

log = logging.getLogger("baton.orchestration")

QUEUE = "orchestration"
SWEEP_SECONDS = 1.0


class OrchestrationWorker(SteadyWorker):
    """An ordinary RQ worker that also keeps the lifecycle's clock between jobs."""

    def __init__(self, connection: Redis, sweep: Callable[[], None]) -> None:
        super().__init__(QUEUE, connection)
        self._sweep = sweep

    def next_job(self) -> Job | None:
        """Return the next job, or None after a second without one."""
        self._sweep()
        try:
            found = Queue.dequeue_any(self.queues, 1, connection=self.connection, serializer=self.serializer)
        except DequeueTimeout:
            return None
        return None if found is None else found[0]


class Clock:
    """What is due because of the time: publications whose hour has come, approvals that nobody gave."""

    def __init__(self) -> None:
        self._swept = 0.0
        self._store = Trouble("Pricing store")

    def sweep(self) -> None:
        """Look once a second; write only if something is due."""
        if monotonic() - self._swept < SWEEP_SECONDS:
            return
        self._swept = monotonic()
        try:
            self._sweep(utc_now())
            self._store.over()
        except OperationalError as error:
            self._store.met(error)

    def _sweep(self, now: datetime) -> None:
        with reading() as session:
            due = actions.due_for_publication(session, now=now)
            overdue = _is_overdue(session, now)
        for proposal_id in due:
            try:
                with transaction() as session:
                    actions.publish(session, proposal_id, now=now)
            except Refused as refusal:
                log.warning("%s is due but not published: %s", proposal_id, refusal.detail)
        if overdue:
            with transaction() as session:
                actions.expire_overdue(session, now=now)


def run() -> None:
    """Orchestrate until SIGTERM or SIGINT. A stopped Redis stops the jobs, not the clock."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    clock = Clock()
    keep_working(
        lambda connection: OrchestrationWorker(connection, clock.sweep), settings().redis_url, meanwhile=clock.sweep
    )


def _is_overdue(session: Session, now: datetime) -> bool:
    overdue = (
        select(col(Proposal.id))
        .where(col(Proposal.status) == Status.PENDING_APPROVAL, col(Proposal.expires_at) <= now)
        .limit(1)
    )
    return session.exec(overdue).first() is not None
