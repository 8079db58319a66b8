"""The orchestrating process: jobs take effect once. On both stores."""

import pytest
from sqlmodel import col, select, update

from app import database, outbox
from app.clock import utc_now
from app.lifecycle import actions
from app.lifecycle.proposing import verdicts
from app.lifecycle.records import Line, Proposal
from app.lifecycle.table.status import Status
from app.outbox.records import OutboxEvent, OutboxJob
from tests.builders import ASHA, HOUR, open_shop, product, proposing
from workers.orchestration import jobs

NOW = utc_now()


@pytest.fixture(autouse=True)
def _stocked(pricing_store: str) -> None:
    open_shop(product("T1"), now=NOW)


def submitted(price: int = 101_00) -> str:
    with database.transaction() as session:
        return actions.submit(session, proposing(("T1", price)), actor=ASHA, now=NOW - HOUR).id


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


def test_verdicts_on_a_proposal_that_is_no_longer_what_was_read_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verdicts, "INLINE_UP_TO", 0)
    with database.transaction() as session:
        made = actions.submit(session, proposing(("T1", 101_00)), actor=ASHA, now=NOW).id
    with database.reading() as session:
        before = actions.prepare(session, made, now=NOW)
        assert before is not None
    with database.transaction() as session:
        session.execute(update(Line).where(col(Line.proposal_id) == made).values(new=150_00))
        session.execute(update(Proposal).where(col(Proposal.id) == made).values(version=2))
    with database.transaction() as session:
        kept = actions.keep_verdicts(session, made, before, before.lines)
        actions.evaluate(session, made, now=NOW, kept=before)
    assert (kept, status(made)) == (False, Status.EVALUATING)
    jobs.judge(made)
    assert status(made) == Status.PENDING_APPROVAL
