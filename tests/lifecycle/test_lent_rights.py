"""A right to decide is lent to a person: they use it on Baton's pages, and no token of theirs carries it."""

from dataclasses import replace

import pytest
from sqlmodel import select

from app.database import reading, transaction
from app.identity.records import User
from app.identity.roles import Role
from app.lifecycle.errors import NotAllowed
from app.lifecycle.records import Decision
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import Action
from tests.builders import HOUR, KIRAN, MONDAY, RAVI, acts, person, product, stocked
from tests.lifecycle.test_clock import lend
from tests.lifecycle.test_proposals import found, submitted

LEELA = person("Leela", Role.OWNER)


@pytest.fixture(autouse=True)
def _shop(pricing_store: str) -> None:
    with transaction() as session:
        stocked(session, product("T1"))
        session.merge(User(id=LEELA.id, email=LEELA.email, name=LEELA.name, created_at=MONDAY))


def decisions() -> list[tuple[str, str | None]]:
    with reading() as session:
        return [(row.by, row.on_behalf_of) for row in session.exec(select(Decision))]


def test_a_token_of_whoever_borrowed_a_right_is_told_where_to_use_it():
    waiting = submitted(("T1", 125_00))
    lend(KIRAN, RAVI)

    with pytest.raises(NotAllowed) as refused:
        acts(replace(RAVI, kind="service"), waiting.id, Action.APPROVE, key="token", now=MONDAY + HOUR)

    assert refused.value.code == "lent_to_the_person"
    assert "Kiran lent Ravi the right to decide" in refused.value.detail
    assert "Ravi can approve this on Baton's pages" in refused.value.detail
    assert (found(waiting).status, decisions()) == (Status.PENDING_APPROVAL, [])

    acts(RAVI, waiting.id, Action.APPROVE, key="page", now=MONDAY + HOUR)
    assert decisions() == [(RAVI.id, KIRAN.id)]


def test_a_token_of_somebody_who_borrowed_nothing_is_told_who_may():
    waiting = submitted(("T1", 125_00))

    with pytest.raises(NotAllowed, match="Only an approver or owner may approve this, and Ravi is not one") as refused:
        acts(replace(RAVI, kind="service"), waiting.id, Action.APPROVE, key="token", now=MONDAY + HOUR)

    assert refused.value.code == "not_allowed"


def test_an_owners_token_decides_nothing_before_its_time_on_a_right_that_was_lent_to_the_owner():
    waiting = submitted(("T1", 125_00))
    lend(KIRAN, LEELA)

    with pytest.raises(NotAllowed) as refused:
        acts(replace(LEELA, kind="service"), waiting.id, Action.APPROVE, key="token", now=MONDAY + HOUR)

    assert refused.value.code == "not_escalated"
    assert (found(waiting).status, decisions()) == (Status.PENDING_APPROVAL, [])
    acts(LEELA, waiting.id, Action.APPROVE, key="page", now=MONDAY + HOUR)
    assert decisions() == [(LEELA.id, KIRAN.id)]
