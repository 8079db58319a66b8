"""Promises that every context keeps, whichever there are: found in the folder, not listed here."""

import json
from datetime import timedelta

import pytest

from app import contexts
from app.contracts.events import PricesApplied
from app.contracts.streams import partition_of
from tests.choreography.listening import TEA, Listener, Make, listed, published, undone
from workers.streams.consumption import find_consumer


@pytest.fixture(params=contexts.names())
def context(request: pytest.FixtureRequest, listener: Make) -> Listener:
    return listener(find_consumer(request.param))


def test_a_published_price_is_believed_and_acknowledged(context: Listener) -> None:
    context.hear(listed(), published(new=110))
    assert context.believes() == (110, 2)
    assert context.said == [("applied", [(TEA, 2)])]


def test_a_redelivered_price_changes_nothing(context: Listener) -> None:
    change = published(new=110)
    context.hear(listed(), change)
    context.hear(change)
    assert context.believes() == (110, 2)
    assert context.said == [("applied", [(TEA, 2)]), ("ignored", [(TEA, 2)])]


def test_a_late_lower_version_never_overwrites_a_higher_one(context: Listener) -> None:
    context.hear(listed(), published(new=120, version=3, proposal="p2"))
    context.hear(published(new=110, version=2))
    assert context.believes() == (120, 3)
    assert context.said == [("applied", [(TEA, 3)]), ("ignored", [(TEA, 2)])]


def test_an_undo_restores_the_price_before(context: Listener) -> None:
    change = published(old=100, new=110)
    context.hear(listed(price=100), change)
    context.hear(undone(change))
    assert context.believes() == (100, 3)
    assert context.said == [("applied", [(TEA, 2)]), ("reverted", [(TEA, 3)])]


def test_an_undo_in_the_same_batch_as_its_change_is_heard_after_it(context: Listener) -> None:
    change = published(old=100, new=110)
    context.hear(listed(price=100), change, undone(change))
    assert context.believes() == (100, 3)
    assert context.said == [("applied", [(TEA, 2)]), ("reverted", [(TEA, 3)])]


def test_an_undo_heard_before_its_change_wins(context: Listener) -> None:
    change = published(old=100, new=110)
    context.hear(listed(price=100), undone(change))
    context.hear(change)
    assert context.believes() == (100, 3)
    assert context.said == [("unaffected", [(TEA, 3)]), ("ignored", [(TEA, 2)])]


def test_an_undo_leaves_a_newer_price_alone(context: Listener) -> None:
    first = published(new=110)
    context.hear(listed(), first, published(old=110, new=130, version=4, proposal="p2"))
    context.hear(undone(first))
    assert context.believes() == (130, 4)
    assert context.said[-1] == ("unaffected", [(TEA, 3)])


def test_a_price_of_a_product_never_listed_is_refused_and_its_undo_finds_nothing(context: Listener) -> None:
    change = published(new=110)
    context.hear(change, undone(change))
    assert context.believes() is None
    assert context.said[0] == ("unaffected", [(TEA, 3)])
    assert set(context.causes) == {"No product of this SKU was ever listed here"}


@pytest.mark.parametrize(
    ("changed", "cause"),
    [
        ({"new": -110}, "A price of -110 INR in minor units is below nothing"),
        ({"currency": "JPY"}, "Its price is kept in INR here, this one is in JPY"),
    ],
)
def test_no_context_follows_a_price_below_nothing_or_in_another_currency(
    context: Listener, changed: dict[str, object], cause: str
) -> None:
    """Believed, 110 INR would have been sold for nothing, and 100.00 INR shown as 10,000 JPY."""
    context.hear(listed(), published().model_copy(update=changed))
    assert context.believes() == (100, 1)
    assert context.causes[:1] == [cause]
    assert ("price-parked", [(TEA, 2)]) in context.said


def test_a_refused_price_is_settled_by_its_undo(context: Listener) -> None:
    change = published(new=-110)
    context.hear(listed(), change)
    context.hear(undone(change))
    context.hear(published(new=120, version=4, proposal="p2"))
    assert context.believes() == (120, 4)


@pytest.mark.parametrize(
    "changed",
    [{"version": 2**70}, {"new": 2**70}, {"sku": "TEA\x001"}, {"sku": "x" * 3_000}, {"of": -1}, {"currency": "I" * 99}],
    ids=lambda changed: next(iter(changed)),
)
def test_an_event_out_of_all_bounds_is_kept_and_keeps_nobody_up(context: Listener, changed: dict[str, object]) -> None:
    context.hear(listed())
    poison = json.dumps({**published().model_dump(mode="json"), **changed}).encode()
    context.hear_bytes(partition_of(TEA), poison)
    context.hear(published())
    assert context.believes() == (110, 2)
    assert len(context.unreadable) == 1


def test_an_event_of_a_later_version_is_kept_in_its_skus_order_until_the_context_knows_it(context: Listener) -> None:
    later = {**published(new=110).model_dump(mode="json"), "type": "price-change-published.v2"}
    context.hear(listed())
    context.hear_bytes(partition_of(TEA), json.dumps(later).encode())
    context.hear(published(old=110, new=120, version=3, proposal="p2"))
    assert context.believes() == (100, 1)
    assert [entry for entry in context.said if entry[0] == "price-parked"] == [
        ("price-parked", [(TEA, 2)]), ("price-parked", [(TEA, 3)])]  # fmt: skip
    assert context.causes[0].startswith("price-change-published.v2 is not known here")

    context.redrive(TEA)
    assert context.believes() == (100, 1)

    context.brought_up_to_date("price-change-published.v2", "price-change-published.v1")
    context.redrive(TEA)
    assert context.believes() == (120, 3)


def test_a_later_version_that_shows_not_even_its_sku_is_kept_for_a_person(context: Listener) -> None:
    context.hear_bytes(partition_of(TEA), b'{"type": "price-change-published.v7", "id": "x"}')
    context.hear(listed(), published())
    assert context.believes() == (110, 2)
    assert context.unreadable == ["price-change-published.v7 is not known here"]


def test_a_later_listing_with_an_old_price_keeps_the_newer_price(context: Listener) -> None:
    context.hear(listed(), published(new=110), listed(price=100, version=1, name="Assam Gold Reserve"))
    assert context.believes() == (110, 2)


def test_one_batch_of_many_proposals_is_answered_per_proposal(context: Listener) -> None:
    context.hear(listed(), published(version=2, proposal="p1"), published(version=3, proposal="p2"))
    assert [(answer.correlation_id, answer.type) for answer in context.answers] == [
        ("p1", "prices-applied.v1"), ("p2", "prices-applied.v1")]  # fmt: skip


def test_five_hundred_prices_cost_one_answer_per_partition(context: Listener) -> None:
    skus = [f"S{n}" for n in range(500)]
    context.hear(*(listed(sku) for sku in skus))
    context.hear(*(published(sku, of=500) for sku in skus))
    answers = context.answers
    assert len(answers) == len({partition_of(sku) for sku in skus})
    assert sorted(item.sku for a in answers if isinstance(a, PricesApplied) for item in a.applied) == sorted(skus)


def test_an_unknown_event_type_is_not_for_us(context: Listener) -> None:
    context.hear_bytes(partition_of(TEA), b'{"type": "price-pondered.v9", "id": "x"}')
    context.hear(listed(), published())
    assert (context.believes(), context.unreadable) == ((110, 2), [])


def test_an_unreadable_entry_is_kept_and_passed_over(context: Listener) -> None:
    context.hear_bytes(partition_of(TEA), b"\xff\x00 not json")
    context.hear(listed(), published())
    assert (context.believes(), len(context.unreadable)) == ((110, 2), 1)


def test_nothing_is_due_in_a_context_without_trouble(context: Listener) -> None:
    context.hear(listed(), published())
    context.wait(timedelta(days=1))
    assert context.said == [("applied", [(TEA, 2)])]
