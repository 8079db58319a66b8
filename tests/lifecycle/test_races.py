"""Two people at once, for real: threads with their own connections, released together."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlmodel import select

from app.database import reading
from app.lifecycle import commands
from app.lifecycle.errors import Refused
from app.lifecycle.records import AuditEntry, Decision
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import Action
from app.lifecycle.views import queries
from tests.builders import ASHA, KIRAN, MONDAY, NOOR, proposing

ROUNDS = 25


@pytest.mark.usefixtures("tea")
def test_of_two_approvers_at_once_exactly_one_decides():
    proposals = [commands.submit(ASHA, proposing(("T1", 120_00)), key=f"s{n}", now=MONDAY) for n in range(ROUNDS)]
    barrier = Barrier(2)

    def decide(actor, action):
        outcomes = []
        for proposal in proposals:
            barrier.wait()
            try:
                commands.act(
                    actor,
                    proposal.id,
                    action,
                    comment="so",
                    seen=proposal.seen_hash,
                    key=proposal.id,
                    now=MONDAY,
                )
                outcomes.append("won")
            except Refused as refused:
                outcomes.append(refused.code)
        return outcomes

    with ThreadPoolExecutor(2) as pool:
        kiran, noor = pool.submit(decide, KIRAN, Action.APPROVE), pool.submit(decide, NOOR, Action.REJECT)
        rounds = list(zip(kiran.result(), noor.result(), strict=True))

    assert all(sorted(pair) == ["already_decided", "won"] for pair in rounds), rounds
    with reading() as session:
        assert len(session.exec(select(Decision)).all()) == ROUNDS
        assert {p.status for p in queries.proposals(session, limit=100).items} <= {Status.APPROVED, Status.REJECTED}


@pytest.mark.usefixtures("tea")
def test_a_form_sent_many_times_at_once_is_one_proposal():
    barrier = Barrier(6)

    def submit(_):
        barrier.wait()
        return commands.submit(ASHA, proposing(("T1", 105_00)), key="nonce", now=MONDAY)

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(submit, range(6)))

    assert len(set(answers)) == 1
    with reading() as session:
        assert len(queries.proposals(session).items) == 1
        assert len(session.exec(select(AuditEntry)).all()) == 2
