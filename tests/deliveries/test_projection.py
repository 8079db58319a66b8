"""The board always adds up, whatever the contexts say and in which order the streams are read."""

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

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
from app.deliveries.queries import Counts
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
        early, late_ones = queries.undo_complete(session, "p1"), queries.laggards(session, "p1")
    hear(reverted("C", context="search"))

    with reading() as session:
        assert (early, late_ones, queries.undo_complete(session, "p1")) == (False, [("search", 1)], True)
    assert lanes() == {"catalog": Counts(3, 0, 0, 0, 0, 1, 2), "search": Counts(3, 0, 0, 0, 0, 0, 3)}


def only_row() -> queries.BoardRow:
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
        done = queries.undo_complete(session, "p1")

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
