"""Promises that every context keeps, whichever there are: found in the folder, not listed here."""

from datetime import timedelta

import pytest

from app import contexts
from app.contracts.events import PricesApplied
from app.contracts.streams import partition_of
from tests.choreography.listening import TEA, Listener, Make, listed, published, undone
from workers.streams.desk import find_consumer


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


def test_a_price_of_a_product_never_listed_is_still_believed(context: Listener) -> None:
    context.hear(published(new=110))
    assert context.believes() == (110, 2)


def test_a_later_listing_with_an_old_price_keeps_the_newer_price(context: Listener) -> None:
    context.hear(listed(), published(new=110), listed(price=100, version=1, name="Assam Gold Reserve"))
    assert context.believes() == (110, 2)


def test_one_batch_of_many_proposals_is_answered_per_proposal(context: Listener) -> None:
    context.hear(listed(), published(version=2, proposal="p1"), published(version=3, proposal="p2"))
    assert [(answer.correlation_id, answer.type) for answer in context.answers] == [
        ("p1", "prices-applied.v1"), ("p2", "prices-applied.v1")]  # fmt: skip


def test_five_hundred_prices_cost_one_answer_per_partition(context: Listener) -> None:
    skus = [f"S{n}" for n in range(500)]
    context.hear(*(published(sku, of=500) for sku in skus))
    answers = context.answers
    assert len(answers) == len({partition_of(sku) for sku in skus})
    assert sorted(item.sku for a in answers if isinstance(a, PricesApplied) for item in a.applied) == sorted(skus)


def test_an_unknown_event_type_is_not_for_us(context: Listener) -> None:
    context.hear_bytes(partition_of(TEA), b'{"type": "price-pondered.v9", "id": "x"}')
    context.hear(published())
    assert context.believes() == (110, 2)


def test_an_unreadable_entry_is_kept_and_passed_over(context: Listener) -> None:
    context.hear_bytes(partition_of(TEA), b"\xff\x00 not json")
    context.hear(published())
    assert context.believes() == (110, 2)


def test_nothing_is_due_in_a_context_without_trouble(context: Listener) -> None:
    context.hear(listed(), published())
    context.wait(timedelta(days=1))
    assert context.said == [("applied", [(TEA, 2)])]
