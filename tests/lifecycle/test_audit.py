"""The audit chain tells on whoever edits it."""

import pytest
from sqlalchemy import text

from app.database import reading, transaction
from app.lifecycle import actions, audit
from app.lifecycle.transitions import Action
from tests.builders import ASHA, KIRAN, MONDAY, proposing


@pytest.fixture
def decided(tea: None) -> None:
    with transaction() as session:
        proposal = actions.submit(session, proposing(("T1", 120_00)), actor=ASHA, now=MONDAY)
        actions.decide(session, proposal.id, Action.REJECT, actor=KIRAN, comment="Too dear", now=MONDAY)


def test_an_untouched_chain_verifies(decided: None):
    with reading() as session:
        verified = audit.verify(session)

    assert (verified.first_bad, verified.entries, verified.chains) == (None, 3, 1)


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE audit_entry SET actor_name = 'Noor' WHERE seq = 3",
        "UPDATE audit_entry SET detail = '{}' WHERE seq = 2",
        "UPDATE audit_entry SET at = '2020-01-01 00:00:00' WHERE seq = 3",
        "DELETE FROM audit_entry WHERE seq = 2",
        "UPDATE audit_entry SET seq = 9 WHERE seq = 3",
    ],
)
def test_tampering_is_found_and_named(decided: None, tampering: str):
    with transaction() as session:
        session.execute(text(tampering))

    with reading() as session:
        verified = audit.verify(session)

    assert verified.first_bad in (2, 3)
    assert verified.problem
