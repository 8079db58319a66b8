"""The board always adds up, whatever the contexts say and in which order the streams are read."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, select

from app.clock import new_id
from app.contracts.events import (
    Answer,
    Item,
    PriceParked,
    PriceRetrying,
    PricesApplied,
    PricesReverted,
    ProposalMoved,
)
from app.database import reading, transaction
from app.deliveries import projection, queries
from app.deliveries.records import Lane, LaneStep
from app.deliveries.views import BoardRow, Counts
from tests.builders import MONDAY

SKUS = ("A", "B", "C")


def moved(target: str, *, lines: int = 3, proposal: str = "p1") -> ProposalMoved:
    return ProposalMoved(
        id=new_id(),
        occurred_at=MONDAY,
        correlation_id=proposal,
        number=7,
        reason="Tea",
        source=None,
        target=target,
        by="Baton",
        lines=lines,
    )


def said(kind: type, context: str = "catalog", proposal: str = "p1", **fields: object) -> Answer:
    return kind(
        id=new_id(), occurred_at=MONDAY + timedelta(seconds=1), correlation_id=proposal, context=context, of=3, **fields
    )


def applied(*skus: str, context: str = "catalog", version: int = 2) -> Answer:
    return said(
        PricesApplied, context, partition=0, position=1, applied=tuple(Item(sku=s, version=version) for s in skus)
    )


def reverted(*skus: str, context: str = "catalog", unaffected: tuple[str, ...] = ()) -> Answer:
    return said(
        PricesReverted,
        context,
        partition=0,
        position=2,
        reverted=tuple(Item(sku=s, version=3) for s in skus),
        unaffected=tuple(Item(sku=s, version=3) for s in unaffected),
    )


def parked(sku: str) -> Answer:
    return said(PriceParked, sku=sku, version=2, attempts=1, cause="Locked")


def retrying(sku: str) -> Answer:
    return said(PriceRetrying, sku=sku, version=2, attempts=1, cause="Busy", next_at=MONDAY)


def hear(*events: object) -> None:
    with transaction() as session:
        for event in events:
            projection.hear(session, event)  # type: ignore[arg-type]


def complete(session: Session, now: datetime = MONDAY) -> bool:
    return queries.undo_complete(session, "p1", now=now)


def lanes() -> dict[str, Counts]:
    with reading() as session:
        found = queries.repricing(session, "p1")
    assert found is not None
    return {lane.context: lane.counts for lane in found.row.lanes}


def test_what_is_not_answered_is_pending(pricing_store: str):
    hear(moved("PUBLISHED"), applied("A"))

    assert lanes() == {"catalog": Counts(3, 2, 1, 0, 0, 0, 0)}


def test_a_retry_that_succeeds_moves_from_retrying_to_applied(pricing_store: str):
    hear(moved("PUBLISHED"), retrying("A"), applied("A"))

    assert lanes()["catalog"] == Counts(3, 2, 1, 0, 0, 0, 0)


def test_an_answer_may_overtake_the_announcement(pricing_store: str):
    hear(applied("A", "B", "C"), moved("PUBLISHED"))

    with reading() as session:
        (row,) = queries.board(session).rows
    assert (row.reference, row.reason, row.progress) == ("PC-7", "Tea", "applied")


def test_a_context_that_subscribes_later_gets_a_lane_in_every_repricing(pricing_store: str):
    hear(moved("PUBLISHED"), applied("A", "B", "C"))
    with transaction() as session:
        projection.observe_contexts(
            session, [projection.Observation("labels", "prints", "working", 1, 0, "[]", 0, "[]")], now=MONDAY
        )

    assert lanes()["labels"] == Counts(3, 3, 0, 0, 0, 0, 0)


def test_a_rollback_is_complete_only_when_every_lane_has_answered_every_sku(pricing_store: str):
    hear(moved("PUBLISHED"), applied("A", "B"), parked("C"), applied("A", "B", "C", context="search"))
    hear(moved("ROLLING_BACK"), reverted("A", "B", unaffected=("C",)), reverted("A", "B", context="search"))
    with reading() as session:
        early, late_ones = complete(session), queries.laggards(session, "p1", now=MONDAY)
    hear(reverted("C", context="search"))

    with reading() as session:
        assert (early, late_ones, complete(session)) == (False, [("search", 1)], True)
    assert lanes() == {"catalog": Counts(3, 0, 0, 0, 0, 1, 2), "search": Counts(3, 0, 0, 0, 0, 0, 3)}


MANY = tuple(f"S{n}" for n in range(10))


def test_an_undo_that_is_answered_again_is_counted_once_and_nothing_is_closed_too_early(pricing_store: str):
    """A store put back in mid undo answers again what it had answered: 8 of 10 stay 8 of 10, they never become 18."""
    hear(moved("PUBLISHED", lines=10), applied(*MANY), moved("ROLLING_BACK", lines=10))
    hear(reverted(*MANY[:8]), reverted(*MANY[:8]), reverted(unaffected=MANY[:8]))
    with reading() as session:
        early = (undone(session), complete(session), queries.laggards(session, "p1", now=MONDAY))
    hear(reverted(*MANY[8:]))

    with reading() as session:
        assert early == (8, False, [("catalog", 2)])
        assert (undone(session), complete(session)) == (10, True)


def test_a_context_heard_from_its_beginning_again_moves_no_count(pricing_store: str):
    story = (applied("A", "B"), parked("C"), reverted("A", "B", unaffected=("C",)))
    hear(moved("PUBLISHED"), story[0], story[1], moved("ROLLING_BACK"), story[2])
    before = (lanes(), only_lane().undone, steps())
    hear(*story)

    assert (lanes(), only_lane().undone, steps()) == before == ({"catalog": Counts(3, 0, 0, 0, 0, 1, 2)}, 3, 2)


def test_what_a_context_says_once_more_has_not_landed_later(pricing_store: str):
    """A canary that had landed in 0.4 s went back, for its context repeated its answers 100 s later."""
    hear(moved("PUBLISHED"), applied(*SKUS))
    hear(applied(*SKUS).model_copy(update={"occurred_at": MONDAY + timedelta(seconds=100)}))

    with reading() as session:
        assert queries.tally(session, "p1", SKUS)["catalog"].last == MONDAY + timedelta(seconds=1)
        assert session.exec(select(Lane)).one().last_ack == MONDAY + timedelta(seconds=1)


def test_one_answer_that_names_a_sku_twice_counts_it_once(pricing_store: str):
    twice = applied("A", "A").model_copy(update={"ignored": (Item(sku="A", version=2),)})
    hear(moved("PUBLISHED"), twice)

    assert lanes()["catalog"] == Counts(3, 2, 1, 0, 0, 0, 0)


def test_an_older_answer_never_takes_the_place_of_a_newer_one(pricing_store: str):
    hear(moved("PUBLISHED"), applied("A"), moved("ROLLING_BACK", lines=1), reverted("A"), retrying("A"), parked("A"))

    assert lanes()["catalog"] == Counts(3, 2, 0, 0, 0, 0, 1)


def test_what_was_confirmed_and_is_refused_now_is_parked_under_its_own_cause(pricing_store: str):
    hear(moved("PUBLISHED"), applied("A"), parked("A"))

    with reading() as session:
        (failure,) = queries.failures(session)
    assert failure.cause == "Confirmed before, refused now (put back from an older copy?): Locked"


def undone(session: Session) -> int:
    return session.exec(select(Lane.undone)).one()


def steps() -> int:
    with reading() as session:
        return len(session.exec(select(LaneStep)).all())


def only_lane() -> Lane:
    with reading() as session:
        return session.exec(select(Lane)).one()


SILENT = projection.Observation("search", "", "silent", 0, 0, "[]", 0, "[]")
WORKING = projection.Observation("search", "", "working", 1, 0, "[]", 0, "[]")
A_MINUTE = queries.SILENCE_IS_AN_ANSWER


def seen(observation: projection.Observation, at: datetime = MONDAY) -> None:
    with transaction() as session:
        projection.observe_contexts(session, [observation], now=at)


def left(now: datetime) -> list[tuple[str, int]]:
    with reading() as session:
        return queries.laggards(session, "p1", now=now)


def test_a_context_that_never_applied_a_thing_and_is_gone_is_not_waited_for(pricing_store: str):
    seen(SILENT)
    hear(moved("PUBLISHED"), applied(*SKUS), moved("ROLLING_BACK"), reverted(*SKUS))

    assert (left(MONDAY), left(MONDAY + A_MINUTE)) == ([("search", 3)], [])


@pytest.mark.parametrize("observation", [WORKING, replace(SILENT, state="unreachable")], ids=["there", "may be"])
def test_a_context_that_is_there_or_may_be_is_waited_for(pricing_store: str, observation: projection.Observation):
    seen(observation)
    hear(moved("PUBLISHED"), applied(*SKUS), moved("ROLLING_BACK"), reverted(*SKUS))

    assert left(MONDAY + 10 * A_MINUTE) == [("search", 3)]


def test_a_silent_context_that_had_applied_is_waited_for_however_long(pricing_store: str):
    seen(SILENT)
    hear(moved("PUBLISHED"), applied(*SKUS), applied("A", context="search"), moved("ROLLING_BACK"), reverted(*SKUS))

    assert left(MONDAY + 1000 * A_MINUTE) == [("search", 3)]


def test_a_context_that_comes_back_is_waited_for_again_from_its_next_silence_on(pricing_store: str):
    seen(SILENT)
    seen(WORKING, MONDAY + A_MINUTE)
    seen(SILENT, MONDAY + 2 * A_MINUTE)
    hear(moved("PUBLISHED"), applied(*SKUS), moved("ROLLING_BACK"), reverted(*SKUS))

    assert (left(MONDAY + 2 * A_MINUTE), left(MONDAY + 3 * A_MINUTE)) == ([("search", 3)], [])


def only_row() -> BoardRow:
    with reading() as session:
        (row,) = queries.board(session).rows
    return row


def test_what_is_expected_of_a_canary_grows_with_every_wave(pricing_store: str):
    told = []
    hear(moved("CANARY", lines=1), applied("A").model_copy(update={"of": 1}))
    told.append((only_row().progress, lanes()["catalog"]))
    hear(moved("CANARY", lines=3))
    told.append((only_row().progress, lanes()["catalog"]))
    hear(applied("B", "C"), moved("HELD"))
    told.append((only_row().progress, lanes()["catalog"]))
    hear(moved("CANARY"), moved("PUBLISHED"))
    told.append((only_row().progress, lanes()["catalog"]))

    assert told == [
        ("baking", Counts(1, 0, 1, 0, 0, 0, 0)),
        ("propagating", Counts(3, 2, 1, 0, 0, 0, 0)),
        ("held", Counts(3, 0, 3, 0, 0, 0, 0)),
        ("applied", Counts(3, 0, 3, 0, 0, 0, 0)),
    ]


def test_an_answer_that_overtakes_the_next_wave_makes_room_in_every_lane(pricing_store: str):
    hear(moved("CANARY", lines=1), applied("A", context="search").model_copy(update={"of": 1}))
    hear(applied("A", "B", "C"))
    early = lanes()
    hear(moved("CANARY", lines=3))

    assert early == lanes() == {"catalog": Counts(3, 0, 3, 0, 0, 0, 0), "search": Counts(3, 2, 1, 0, 0, 0, 0)}


def test_a_canary_that_is_rolled_back_undoes_only_what_went_out(pricing_store: str):
    hear(moved("CANARY", lines=2), applied("A", "B").model_copy(update={"of": 2}), moved("ROLLING_BACK", lines=2))
    hear(reverted("A", "B").model_copy(update={"of": 2}))
    with reading() as session:
        done = complete(session)

    assert (done, lanes()["catalog"]) == (True, Counts(2, 0, 0, 0, 0, 0, 2))


def test_a_canary_is_in_flight_until_its_last_wave_has_baked(pricing_store: str):
    flying = []
    for event in (moved("CANARY", lines=3), applied("A", "B", "C"), moved("HELD"), moved("CANARY"), moved("PUBLISHED")):
        hear(event)
        with reading() as session:
            flying.append(queries.in_flight(session))

    assert flying == [1, 1, 1, 1, 0]


def test_a_tally_counts_exactly_the_skus_asked_for_and_every_silent_context(pricing_store: str):
    seen = projection.Observation("search", "", "silent", 0, 0, "[]", 0, "[]")
    with transaction() as session:
        projection.observe_contexts(session, [seen], now=MONDAY)
    hear(moved("CANARY"), applied("A", "C"), parked("B"))
    with reading() as session:
        found = queries.tally(session, "p1", ["A", "B"])

    assert {name: tally.counts for name, tally in found.items()} == {
        "catalog": Counts(2, 0, 1, 0, 0, 1, 0),
        "search": Counts(2, 2, 0, 0, 0, 0, 0),
    }
    assert (found["catalog"].last, found["search"].last) == (MONDAY + timedelta(seconds=1), None)


def test_failures_are_grouped_by_cause(pricing_store: str):
    hear(moved("PUBLISHED"), parked("A"), parked("B"), retrying("C"))

    with reading() as session:
        found = [(f.context, f.state, f.cause, f.count, f.skus) for f in queries.failures(session)]
    assert found == [("catalog", "PARKED", "Locked", 2, ("A", "B")), ("catalog", "RETRYING", "Busy", 1, ("C",))]


ANSWERS = st.lists(
    st.one_of(
        st.builds(lambda skus: applied(*skus), st.sets(st.sampled_from(SKUS), min_size=1)),
        st.builds(lambda skus: reverted(*skus), st.sets(st.sampled_from(SKUS), min_size=1)),
        st.builds(parked, st.sampled_from(SKUS)),
        st.builds(retrying, st.sampled_from(SKUS)),
    ),
    max_size=12,
)


@given(answers=ANSWERS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_counts_add_up_and_are_the_deliveries_whatever_is_said(pricing_store: str, answers: list[Answer]):
    proposal = new_id()
    events = [event.model_copy(update={"correlation_id": proposal}) for event in [moved("PUBLISHED"), *answers]]
    hear(*events)

    with reading() as session:
        found = queries.repricing(session, proposal)
        rows = queries.deliveries_of(session, proposal, SKUS)
    assert found is not None
    for lane in found.row.lanes:
        states = [rows.get(sku, {}).get(lane.context, "PENDING") for sku in SKUS]
        counts = lane.counts
        assert counts == Counts(
            3, *(states.count(state) for state in ("PENDING", "APPLIED", "IGNORED", "RETRYING", "PARKED", "REVERTED"))
        )
