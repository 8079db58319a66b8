"""The tracker takes in what contexts say, and passes on the two things the lifecycle reacts to. On both stores."""

from dataclasses import replace

import pytest
from sqlmodel import Session, select

from app import database
from app.canary.waves import Selector, Wave, WavePlan
from app.contracts.events import (
    Item,
    PriceChangeRollbackRequested,
    PricesApplied,
    PricesReverted,
    ProposalMoved,
    dump,
    parse,
)
from app.contracts.streams import LIFECYCLE_STREAM, said_stream
from app.deliveries.records import HeardStream, Lane, Repricing
from app.lifecycle import actions
from app.lifecycle.clock import timers
from app.lifecycle.errors import Refused
from app.lifecycle.records import AuditEntry, Proposal
from app.lifecycle.table import moves
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import Action
from app.outbox.records import OutboxEvent
from tests.builders import ASHA, HOUR, MONDAY, OMAR, acts, product, proposing, stocked
from tests.meeting import at_once, failures
from workers.orchestration.projecting import Overtaken, positions
from workers.orchestration.subscriptions import take_in
from workers.streams.entries import BEGINNING, StreamEntry, chained

LATER = MONDAY + HOUR
CATALOG = said_stream("catalog")


@pytest.fixture
def proposal(pricing_store: str) -> str:
    """A published repricing of two SKUs."""
    with database.transaction() as session:
        stocked(session, product("T1"), product("T2"))
        found = actions.submit(session, proposing(("T1", 101_00), ("T2", 101_00)), actor=ASHA, now=MONDAY)
        actions.publish(session, found.id, now=MONDAY)
        assert found.status == Status.PUBLISHED
        return found.id


def applied(proposal: str, *items: tuple[str, int]) -> PricesApplied:
    return PricesApplied(id="a", occurred_at=LATER, correlation_id=proposal, context="catalog", of=2, partition=0,
                         position=1, applied=tuple(Item(sku=s, version=v) for s, v in items))  # fmt: skip


def reverted(proposal: str, *items: tuple[str, int]) -> PricesReverted:
    return PricesReverted(id="r", occurred_at=LATER, correlation_id=proposal, context="catalog", of=2, partition=0,
                          position=1, reverted=tuple(Item(sku=s, version=v) for s, v in items))  # fmt: skip


def asked_back(proposal: str) -> PriceChangeRollbackRequested:
    return PriceChangeRollbackRequested(id="q", occurred_at=LATER, correlation_id=proposal, context="labels",
                                        sku="T1", version=2, cause="Price locked")  # fmt: skip


def hear(*events: PricesApplied | PricesReverted | PriceChangeRollbackRequested) -> None:
    known = positions()
    at = known.get(CATALOG, BEGINNING)
    entries = [StreamEntry(seq, dump(event).encode()) for seq, event in enumerate(events, start=at.seq + 1)]
    take_in({CATALOG: chained(entries, at)}, known, LATER)


def hear_lifecycle() -> None:
    known = positions()
    with database.reading() as session:
        rows = session.exec(
            select(OutboxEvent).where(OutboxEvent.stream == LIFECYCLE_STREAM).order_by(OutboxEvent.seq)
        ).all()  # type: ignore[arg-type]
    heard = known.get(LIFECYCLE_STREAM, BEGINNING).seq
    fresh = [StreamEntry(row.seq, row.payload.encode(), row.link) for row in rows if row.seq > heard]
    take_in({LIFECYCLE_STREAM: fresh}, known, LATER)


def status(session: Session, proposal: str) -> str:
    found = session.get(Proposal, proposal)
    assert found is not None
    return found.status


def test_an_acknowledgement_is_counted_and_the_position_moves_with_it(proposal: str) -> None:
    hear_lifecycle()
    hear(applied(proposal, ("T1", 2)), applied(proposal, ("T2", 2)))
    with database.reading() as session:
        lane = session.get(Lane, (proposal, "catalog"))
        assert lane is not None
        assert lane.applied == 2
    assert positions()[CATALOG].seq == 2


def test_a_wish_to_roll_back_is_answered_by_the_lifecycle(proposal: str) -> None:
    hear(asked_back(proposal))
    with database.reading() as session:
        assert status(session, proposal) == Status.ROLLING_BACK
        assert "context:labels" in session.exec(select(AuditEntry.actor)).all()


@pytest.mark.parametrize("held", [False, True])
def test_a_wish_to_roll_back_takes_a_canary_back_wave_by_wave(pricing_store: str, held: bool) -> None:
    first = Wave(selector=Selector(skus=("T1",)), bake_seconds=60)
    plan = WavePlan(waves=(first, Wave(share_bp=10_000, bake_seconds=60)))
    with database.transaction() as session:
        stocked(session, product("T1"), product("T2"))
        wish = replace(proposing(("T1", 101_00), ("T2", 101_00)), waves=plan)
        made = actions.submit(session, wish, actor=ASHA, now=MONDAY).id
        actions.publish(session, made, now=MONDAY)
        if held:
            actions.decide(session, made, Action.PAUSE, actor=OMAR, comment="", now=MONDAY)
    hear_lifecycle()
    hear(applied(made, ("T1", 2)).model_copy(update={"of": 1}), asked_back(made))
    hear_lifecycle()
    with database.reading() as session:
        row = session.get(Repricing, made)
        assert row is not None
        assert (status(session, made), row.expected, row.undo_expected) == (Status.ROLLING_BACK, 1, 1)
        open_timers = timers.open_of(session, [made])
    hear(reverted(made, ("T1", 3)).model_copy(update={"of": 1}))
    with database.reading() as session:
        assert (status(session, made), open_timers) == (Status.ROLLED_BACK, {})


def test_a_second_wish_changes_nothing(proposal: str) -> None:
    hear(asked_back(proposal), asked_back(proposal))
    hear(asked_back(proposal))
    with database.reading() as session:
        assert status(session, proposal) == Status.ROLLING_BACK


def test_the_last_confirmation_completes_the_rollback(proposal: str) -> None:
    hear_lifecycle()
    hear(applied(proposal, ("T1", 2), ("T2", 2)), asked_back(proposal))
    hear_lifecycle()
    hear(reverted(proposal, ("T1", 3)))
    with database.reading() as session:
        assert status(session, proposal) == Status.ROLLING_BACK
    hear(reverted(proposal, ("T2", 3)))
    with database.reading() as session:
        assert status(session, proposal) == Status.ROLLED_BACK


def test_confirmations_that_overtake_the_announcement_count_too(proposal: str) -> None:
    hear_lifecycle()
    hear(applied(proposal, ("T1", 2), ("T2", 2)), asked_back(proposal))
    hear(reverted(proposal, ("T1", 3), ("T2", 3)))
    hear_lifecycle()
    with database.reading() as session:
        assert status(session, proposal) == Status.ROLLED_BACK


def test_two_trackers_do_not_count_twice(proposal: str) -> None:
    known = positions()
    entries = [StreamEntry(1, dump(applied(proposal, ("T1", 2))).encode())]
    take_in({CATALOG: entries}, known, LATER)
    with pytest.raises(Exception) as refused:  # noqa: PT011
        take_in({CATALOG: entries}, known, LATER)
    assert isinstance(refused.value, Overtaken)
    with database.reading() as session:
        lane = session.get(Lane, (proposal, "catalog"))
        assert lane is not None
        assert lane.applied == 1


def test_what_cannot_be_read_is_passed_over(proposal: str) -> None:
    readable = StreamEntry(2, dump(applied(proposal, ("T1", 2))).encode())
    take_in({CATALOG: [StreamEntry(1, b"nonsense"), readable]}, {}, LATER)
    with database.reading() as session:
        assert session.exec(select(HeardStream.seq).where(HeardStream.stream == CATALOG)).one() == 2


def test_an_answer_about_a_proposal_that_was_lost_with_a_newer_store_makes_no_repricing(proposal: str) -> None:
    hear(applied("lost", ("T1", 9)), applied(proposal, ("T1", 2)))
    with database.reading() as session:
        assert session.get(Lane, (proposal, "catalog")) is not None
        assert session.get(Repricing, "lost") is None


def test_moves_are_what_the_lifecycle_announced(proposal: str) -> None:
    with database.reading() as session:
        rows = session.exec(select(OutboxEvent).where(OutboxEvent.stream == LIFECYCLE_STREAM)).all()
    assert [event.target for row in rows if isinstance(event := parse(row.payload), ProposalMoved)][-1] == "PUBLISHED"


def test_two_wishes_to_roll_back_in_one_batch_and_a_person_do_not_wait_for_each_other(proposal: str, monkeypatch):
    with database.transaction() as session:
        stocked(session, product("T3"))
        other = actions.submit(session, proposing(("T3", 101_00)), actor=ASHA, now=MONDAY)
        actions.publish(session, other.id, now=MONDAY)

    def rolled_back() -> object:
        return acts(OMAR, other.id, Action.ROLL_BACK, comment="Wrong", key="r", now=LATER)

    wishes = (asked_back(proposal), asked_back(other.id))
    outcomes = at_once(monkeypatch, lambda: hear(*wishes), rolled_back, at=((moves, "tell"), (moves, "locked")))

    assert [error for error in failures(outcomes) if not isinstance(error, Refused)] == []
    with database.reading() as session:
        assert {status(session, one) for one in (proposal, other.id)} == {Status.ROLLING_BACK}
