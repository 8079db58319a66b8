"""The jobs that the lifecycle asks for through the outbox. Each marks itself done in the transaction of its effect."""

import logging
from collections.abc import Callable

from sqlmodel import Session

from app import outbox
from app.clock import utc_now
from app.database import reading, transaction
from app.lifecycle import actions
from app.lifecycle.errors import Refused

log = logging.getLogger("baton.orchestration")


def evaluate(*, proposal_id: str, job: int) -> None:
    """Judge a proposal that was too large to be judged while its submitter waited."""
    now = utc_now()
    with reading() as session:
        before = actions.prepare(session, proposal_id, now=now)
    _once(job, lambda session: actions.evaluate(session, proposal_id, now=now, before=before))


def publish(*, proposal_id: str, job: int) -> None:
    """Publish an approved proposal, if its time has come."""
    _once(job, lambda session: actions.publish(session, proposal_id, now=utc_now()))


def _once(job: int, act: Callable[[Session], object]) -> None:
    """Act unless it was done before. A refusal is an answer, not a failure: asking again would not change it."""
    with transaction() as session:
        if not outbox.done(session, job, utc_now()):
            return
        try:
            with session.begin_nested():
                act(session)
        except Refused as refusal:
            log.warning("job %d: %s", job, refusal.detail)
