"""The orchestrating process: jobs take effect once, and the clock does what only time brings about. On both stores."""

from datetime import timedelta

import pytest
from sqlmodel import select

from app import database, outbox
from app.clock import utc_now
from app.lifecycle import actions
from app.lifecycle.records import Proposal
from app.lifecycle.status import Status
from app.outbox.records import OutboxEvent, OutboxJob
from tests.builders import ASHA, HOUR, product, proposing, stocked
from workers.orchestration import jobs
from workers.orchestration.loop import Clock

NOW = utc_now()


@pytest.fixture(autouse=True)
def _stocked(pricing_store: str) -> None:
    with database.transaction() as session:
        stocked(session, product("T1"), now=NOW)


def submitted(price: int = 101_00, *, effective_in: timedelta | None = None) -> str:
    with database.transaction() as session:
        effective_at = NOW + effective_in if effective_in else None
        wish = proposing(("T1", price), effective_at=effective_at)
        return actions.submit(session, wish, actor=ASHA, now=NOW - HOUR).id


def status(proposal: str) -> str:
    with database.reading() as session:
        found = session.get(Proposal, proposal)
        assert found is not None
        return found.status


def published_events() -> int:
    with database.reading() as session:
        return len(session.exec(select(OutboxEvent).where(OutboxEvent.type == "price-change-published.v1")).all())


def open_job() -> OutboxJob:
    with database.reading() as session:
        return session.exec(select(OutboxJob).where(OutboxJob.done_at == None)).one()  # noqa: E711


def test_a_publication_asked_for_happens_once_however_often_the_job_runs() -> None:
    proposal, job = submitted(), open_job()
    assert job.id is not None
    jobs.publish(proposal_id=proposal, job=job.id)
    jobs.publish(proposal_id=proposal, job=job.id)
    assert status(proposal) == Status.PUBLISHED
    assert published_events() == 1


def test_a_job_for_a_proposal_that_is_gone_is_done_all_the_same() -> None:
    with database.transaction() as session:
        outbox.ask(session, "publish", {"proposal_id": "nobody"}, NOW)
    job = open_job()
    assert job.id is not None
    jobs.publish(proposal_id="nobody", job=job.id)
    with database.reading() as session:
        assert session.exec(select(OutboxJob).where(OutboxJob.done_at == None)).all() == []  # noqa: E711


def test_an_effective_time_that_has_come_publishes() -> None:
    proposal = submitted(effective_in=-timedelta(minutes=1))
    assert status(proposal) == Status.APPROVED
    Clock().sweep()
    assert status(proposal) == Status.PUBLISHED


def test_an_effective_time_to_come_is_waited_for() -> None:
    proposal = submitted(effective_in=HOUR)
    Clock().sweep()
    assert status(proposal) == Status.APPROVED


def test_an_approval_that_nobody_gave_expires() -> None:
    with database.transaction() as session:
        long_ago = NOW - timedelta(days=10)
        proposal = actions.submit(session, proposing(("T1", 150_00)), actor=ASHA, now=long_ago).id
    assert status(proposal) == Status.PENDING_APPROVAL
    Clock().sweep()
    assert status(proposal) == Status.EXPIRED
