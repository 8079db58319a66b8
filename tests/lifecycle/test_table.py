"""The table is the machine: every pair of status and action is either in it or refused."""

from itertools import product
from pathlib import Path

import pytest
from sqlmodel import select

from app.contracts.events import PriceChangePublished, PriceChangeRolledBack
from app.database import reading, transaction
from app.identity.actor import SYSTEM, Actor
from app.identity.roles import Role
from app.lifecycle import actions
from app.lifecycle.errors import NotAllowed, TransitionRefused
from app.lifecycle.records import AuditEntry, Proposal
from app.lifecycle.table import diagram, moves
from app.lifecycle.table.case import Case
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import BY_MOVE, PERSONAL, TRANSITIONS, Action
from tests.builders import ASHA, MONDAY, proposing

DOCS = Path(__file__).parents[2] / "docs"
FINAL = {Status.RETURNED, Status.WITHDRAWN, Status.EXPIRED, Status.REJECTED, Status.ROLLED_BACK}


def test_no_move_stands_in_the_table_twice():
    assert len(BY_MOVE) == len(TRANSITIONS)


def test_every_status_can_be_reached_and_only_the_final_ones_cannot_be_left():
    assert {t.target for t in TRANSITIONS} == set(Status)
    assert set(Status) - {t.source for t in TRANSITIONS} == FINAL


def test_a_move_crosses_the_seam_exactly_when_prices_change():
    published = {Action.PUBLISH, Action.EXPEDITE, Action.RELEASE, Action.ADVANCE}

    assert {t.action for t in TRANSITIONS if t.announces is PriceChangePublished} == published
    assert {t.action for t in TRANSITIONS if t.announces is PriceChangeRolledBack} == {
        Action.ROLL_BACK,
        Action.AGREE_ROLL_BACK,
    }


def test_the_diagram_in_the_docs_is_the_table():
    assert (DOCS / "lifecycle.md").read_text() == diagram.page()


ILLEGAL = [(s, a) for s, a in product(Status, Action) if (s, a) not in BY_MOVE]


def attempt(proposal_id: str, action: Action) -> None:
    with transaction() as session:
        row = moves.locked(session, proposal_id)
        assert row is not None
        moves.move(Case(session, row, action, SYSTEM, MONDAY), comment="because")


def test_every_action_of_a_person_has_its_deed():
    assert set(actions.BY_PERSON) == set(PERSONAL) - {Action.PLAN_WAVES}, "waves are planned with their plan"


@pytest.mark.usefixtures("tea")
def test_every_move_outside_the_table_is_refused_and_changes_nothing():
    with transaction() as session:
        proposal = actions.submit(session, proposing(("T1", 120_00)), actor=ASHA, now=MONDAY)
    for status, action in ILLEGAL:
        with transaction() as session:
            session.merge(Proposal(**{**proposal.model_dump(), "status": status}))
        with reading() as session:
            before = len(session.exec(select(AuditEntry)).all())
        with pytest.raises(TransitionRefused):
            attempt(proposal.id, action)
        with reading() as session:
            after = session.get(Proposal, proposal.id)
            assert after is not None
            assert (after.status, len(session.exec(select(AuditEntry)).all())) == (status, before)


@pytest.mark.usefixtures("tea")
@pytest.mark.parametrize("role", list(Role))
def test_every_legal_move_is_refused_to_a_role_without_the_right(role: Role):
    with transaction() as session:
        proposal = actions.submit(session, proposing(("T1", 120_00)), actor=ASHA, now=MONDAY)
    actor = Actor("x", "Xenia", "x@demo.example", frozenset({role}), "person")
    for transition in TRANSITIONS:
        if transition.source is None or (transition.by and any(actor.may(p) for p in transition.by)):
            continue
        with transaction() as session:
            session.merge(Proposal(**{**proposal.model_dump(), "status": transition.source}))
        with transaction() as session:
            row = moves.locked(session, proposal.id)
            assert row is not None
            refused = moves.why_not(Case(session, row, transition.action, actor, MONDAY))
        assert isinstance(refused, NotAllowed), transition
