"""A context that is gone for good is retired by the right person, and nothing waits for it any more."""

from collections.abc import Callable

import pytest
from sqlmodel import col, select

from app import subscribers
from app.database import reading, transaction
from app.deliveries import projection, queries
from app.deliveries.projection import Observation
from app.identity.actor import Actor
from app.identity.roles import Role
from app.lifecycle.errors import NotAllowed, NotFound, Refused
from app.lifecycle.records import AuditEntry
from app.lifecycle.table.status import Status
from tests.builders import ASHA, HOUR, KIRAN, MONDAY, OMAR, person
from tests.orchestration.test_subscriptions import applied, asked_back, hear, hear_lifecycle, proposal, reverted, status
from workers.orchestration.rollbacks import confirm_what_is_complete

__all__ = ["proposal"]
LATER = MONDAY + HOUR
OWNER = person("Leela", Role.OWNER)


def observed(name: str, state: str = "silent") -> None:
    with transaction() as session:
        seen = Observation(name, "counts", state, int(state != "silent"), 0, "[]", 0, "[]")
        projection.observe_contexts(session, [seen], now=LATER)


def retire(name: str = "till", actor: Actor = OMAR, reason: str = "Sold the shop", act: Callable = subscribers.retire):
    with transaction() as session:
        act(session, name, actor=actor, reason=reason, now=LATER)


def stuck(proposal: str) -> str:
    """A roll-back that everybody has confirmed but the till, which had applied both prices and is gone since."""
    observed("till", "working")
    hear_lifecycle()
    till = applied(proposal, ("T1", 2), ("T2", 2)).model_copy(update={"context": "till"})
    hear(till, applied(proposal, ("T1", 2), ("T2", 2)), asked_back(proposal))
    hear_lifecycle()
    hear(reverted(proposal, ("T1", 3), ("T2", 3)))
    observed("till")
    return proposal


def state_of(proposal: str) -> str:
    with reading() as session:
        return status(session, proposal)


def test_a_roll_back_that_waits_for_a_context_is_closed_when_that_context_is_retired(proposal: str) -> None:
    stuck(proposal)
    confirm_what_is_complete(LATER + 1000 * HOUR)
    waiting = state_of(proposal)
    retire()
    confirm_what_is_complete(LATER)

    assert (waiting, state_of(proposal)) == (Status.ROLLING_BACK, Status.ROLLED_BACK)


def test_a_roll_back_is_looked_at_again_when_a_context_has_long_been_silent_without_any_event(proposal: str) -> None:
    observed("till")
    hear_lifecycle()
    hear(applied(proposal, ("T1", 2), ("T2", 2)), asked_back(proposal))
    hear_lifecycle()
    hear(reverted(proposal, ("T1", 3), ("T2", 3)))
    confirm_what_is_complete(LATER)
    waiting = state_of(proposal)
    confirm_what_is_complete(LATER + queries.SILENCE_IS_AN_ANSWER)

    assert (waiting, state_of(proposal)) == (Status.ROLLING_BACK, Status.ROLLED_BACK)


def test_nothing_is_expected_of_a_retired_context_and_what_it_did_stays(proposal: str) -> None:
    observed("till", "working")
    hear_lifecycle()
    hear(applied(proposal, ("T1", 2)).model_copy(update={"context": "till"}), applied(proposal, ("T1", 2), ("T2", 2)))
    observed("till")
    before = look(proposal)
    retire()

    assert (before, look(proposal)) == (
        (1, "propagating", {"till": (2, 1), "catalog": (2, 0)}), (0, "applied", {"till": (1, 0), "catalog": (2, 0)})
    )  # fmt: skip


def look(proposal: str) -> tuple[int, str, dict[str, tuple[int, int]]]:
    with reading() as session:
        (row,) = queries.board(session).rows
        assert all(context.name != "till" or context.pending for context in queries.contexts(session))
        lanes = {lane.context: (lane.counts.expected, lane.counts.pending) for lane in row.lanes}
        return queries.in_flight(session), row.progress, lanes


def test_later_publications_have_no_lane_for_it_until_it_is_taken_in_again(proposal: str) -> None:
    observed("till")
    retire()
    hear_lifecycle()
    hear(applied(proposal, ("T1", 2), ("T2", 2)))
    without = look(proposal)[2]
    retire(act=subscribers.readmit)

    assert (without, look(proposal)[2]) == ({"catalog": (2, 0)}, {"catalog": (2, 0), "till": (2, 2)})


def test_who_retired_it_when_and_why_stands_in_the_audit_trail(proposal: str) -> None:
    observed("till")
    retire(actor=OWNER, reason="  Sold the\tshop ")
    retire(actor=OWNER)

    with reading() as session:
        (gone,) = queries.retired(session)
        entries = session.exec(select(AuditEntry).where(col(AuditEntry.chain) == "context:till")).all()
    assert (gone.name, gone.by, gone.why, gone.at) == ("till", "Leela", "Sold the shop", LATER)
    assert [(e.action, e.actor_name, e.detail) for e in entries] == [
        ("retire", "Leela", '{"comment": "Sold the shop"}')]  # fmt: skip


@pytest.mark.parametrize(
    ("wish", "refusal"),
    [
        ({"actor": ASHA}, NotAllowed),
        ({"actor": KIRAN}, NotAllowed),
        ({"name": "nobody"}, NotFound),
        ({"reason": " \t "}, subscribers.ReasonMissing),
        ({"name": "alive"}, subscribers.StillAnswers),
    ],
)
def test_nobody_else_retires_it_and_a_refusal_changes_nothing(
    proposal: str, wish: dict[str, str], refusal: type[Refused]
) -> None:
    observed("till")
    observed("alive", "caught-up")
    with pytest.raises(refusal):
        retire(**wish)

    with reading() as session:
        assert queries.retired(session) == []
        assert session.exec(select(AuditEntry).where(col(AuditEntry.chain).startswith("context:"))).all() == []


def test_a_context_put_back_from_before_an_unlock_takes_no_live_change_back(proposal: str) -> None:
    """It confirmed 101.00 for T1 long ago; what it refuses now is parked there, and the repricing of both stays."""
    hear_lifecycle()
    hear(applied(proposal, ("T1", 2), ("T2", 2)))
    hear(asked_back(proposal).model_copy(update={"context": "catalog"}))

    assert state_of(proposal) == Status.PUBLISHED
