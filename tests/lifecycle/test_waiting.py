"""Nobody wins time: a proposal that waits for a person goes on waiting while it is judged again."""

from datetime import timedelta

import pytest

from app.database import reading, transaction
from app.identity.actor import SYSTEM
from app.lifecycle import actions, commands
from app.lifecycle.clock import timers
from app.lifecycle.errors import NothingMoved
from app.lifecycle.records import Proposal
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import Action
from app.lifecycle.views import queries
from app.lifecycle.views.values import ProposalSummary
from tests.builders import ASHA, HOUR, KIRAN, MONDAY, open_shop, product, proposing, stocked
from tests.lifecycle.test_clock import ring
from tests.lifecycle.test_proposals import found, submitted

pytestmark = pytest.mark.usefixtures("tea")


def dearer(cost: int, *skus: str) -> None:
    with transaction() as session:
        stocked(session, *(product(sku, cost=cost) for sku in skus or ("T1",)))


def again(proposal: ProposalSummary, hours: int, key: str = "") -> ProposalSummary:
    return commands.act(ASHA, proposal.id, Action.RE_EVALUATE, key=key or f"e{hours}", now=MONDAY + hours * HOUR)


def test_re_evaluating_again_and_again_neither_delays_the_escalation_nor_the_end():
    """A rise of 20.00 that nobody decides expires after two days, however often its author asks for a new verdict."""
    proposal = submitted(("T1", 120_00))
    rang = []
    for hours in range(6, 49, 6):
        rang += ring(hours * HOUR)
        if found(proposal).status is Status.PENDING_APPROVAL:
            dearer(70_00 + hours)
            again(proposal, hours)
            assert (found(proposal).due_at, found(proposal).expires_at) == (proposal.due_at, proposal.expires_at)

    assert rang == ["remind", "escalate", "expire"]
    assert (found(proposal).level, found(proposal).status) == (2, Status.EXPIRED)


def test_a_re_evaluation_keeps_the_level_that_was_reached():
    proposal = submitted(("T1", 120_00))
    ring(25 * HOUR)
    dearer(71_00)

    assert again(proposal, 26).level == 2


def test_an_unchanged_proposal_is_not_judged_again():
    proposal = submitted(("T1", 120_00))

    with pytest.raises(NothingMoved, match=r"it waits until 2026-11-24T09:00:00Z for a decision"):
        again(proposal, 1)

    with reading() as session:
        (button,) = (
            one for one in queries.open_actions(session, proposal.id, KIRAN, MONDAY) if one.action is Action.RE_EVALUATE
        )
    assert (button.allowed, found(proposal).version) == (False, proposal.version)


@pytest.fixture
def large(pricing_store: str) -> ProposalSummary:
    """More lines than are judged while somebody waits: between click and verdict it is EVALUATING."""
    skus = [f"L{n:03}" for n in range(250)]
    open_shop(*(product(sku) for sku in skus))
    made = commands.submit(ASHA, proposing(*((sku, 120_00) for sku in skus)), key="large", now=MONDAY)
    with transaction() as session:
        return queries.summary(session, actions.evaluate(session, made.id, now=MONDAY).id)


def test_what_falls_due_while_it_is_judged_again_happens_as_soon_as_that_is_over(large: ProposalSummary):
    dearer(71_00, "L000")
    again(large, 23)
    in_vain = ring(49 * HOUR)
    with transaction() as session:
        actions.evaluate(session, large.id, now=MONDAY + 49 * HOUR)

    assert in_vain == ["remind", "escalate", "expire"]
    assert found(large).status is Status.PENDING_APPROVAL
    assert ring(49 * HOUR) == ["escalate", "expire"]
    assert found(large).status is Status.EXPIRED


def test_a_sibling_that_is_split_off_later_waits_no_longer_than_the_whole():
    """T1 becomes clean, T2 stays soft: the part that needs a person is a new proposal, with the old due date."""
    proposal = submitted(("T1", 114_00), ("T2", 120_00), ("T3", 114_00), mixed="split")
    with reading() as session:
        (waiting,) = (p for p in queries.proposals(session).items if p.status is Status.PENDING_APPROVAL)
    ring(25 * HOUR)
    with transaction() as session:  # the competitor raised its price: T3 is clean, T2 rises too much as before
        stocked(session, product("T3", competitor=120_00))

    again(waiting, 26)

    with reading() as session:
        still = [p for p in queries.proposals(session).items if p.status is Status.PENDING_APPROVAL]
    assert proposal.status is Status.APPROVED
    assert [(p.due_at, p.level, p.number != waiting.number) for p in still] == [(waiting.due_at, 2, True)]
    assert ring(48 * HOUR)[-1] == "expire"
    assert found(still[0]).status is Status.EXPIRED


def test_what_was_approved_and_must_be_seen_again_is_a_new_wait():
    proposal = submitted(("T1", 120_00), effective_at=MONDAY + 30 * HOUR)
    commands.act(KIRAN, proposal.id, Action.APPROVE, seen=proposal.seen_hash, key="a", now=MONDAY)
    dearer(80_00)
    later = MONDAY + 30 * HOUR

    with transaction() as session:
        actions.re_evaluate(session, proposal.id, actor=SYSTEM, now=later)

    assert (found(proposal).status, found(proposal).due_at) == (Status.PENDING_APPROVAL, later + timedelta(days=1))
    with reading() as session:
        row = session.get(Proposal, proposal.id)
        open_kinds = sorted(t.kind for t in timers.open_of(session, [proposal.id])[proposal.id])
    assert row is not None
    assert open_kinds == ["escalate", "expire", "remind"]
