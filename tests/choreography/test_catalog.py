from datetime import timedelta

import pytest

from app.contracts.context import PriceLock
from tests.builders import MONDAY
from tests.choreography.listening import TEA, Listener, Make, listed, published, undone
from workers.choreography.catalog import CONSUMER, records


@pytest.fixture
def catalog(listener: Make) -> Listener:
    return listener(CONSUMER)


def lock(catalog: Listener, sku: str = TEA, *, hours: int = 24) -> None:
    with catalog.engine.begin() as connection:
        records.lock(connection, PriceLock(sku, "Spring contract", MONDAY + timedelta(hours=hours), "Omar T."), MONDAY)


def test_a_locked_price_is_refused_at_once_and_a_rollback_asked_for(catalog: Listener) -> None:
    catalog.hear(listed(), listed("TEA-2"))
    lock(catalog)
    catalog.hear(published(of=2), published("TEA-2", of=2))
    assert catalog.believes(TEA) == (100, 1)
    assert catalog.believes("TEA-2") == (110, 2)
    assert sorted(catalog.said) == [
        ("applied", [("TEA-2", 2)]), ("price-change-rollback-requested", [(TEA, 2)]),
        ("price-parked", [(TEA, 2)])]  # fmt: skip


def test_the_refusal_names_the_lock(catalog: Listener) -> None:
    catalog.hear(listed())
    lock(catalog)
    catalog.hear(published())
    assert catalog.answers[0].cause == "Price locked until 2026-11-24T09:00:00Z: Spring contract"


def test_an_undo_is_applied_under_a_lock(catalog: Listener) -> None:
    change = published(old=100, new=110)
    catalog.hear(listed(price=100), change)
    lock(catalog)
    catalog.hear(undone(change))
    assert catalog.believes() == (100, 3)


def test_the_undo_of_a_refused_price_leaves_everything_as_it_was(catalog: Listener) -> None:
    change = published(old=100, new=110)
    catalog.hear(listed(price=100))
    lock(catalog)
    catalog.hear(change)
    catalog.hear(undone(change))
    assert catalog.believes() == (100, 3)
    assert catalog.said[-1] == ("unaffected", [(TEA, 3)])


def test_a_lock_that_ran_out_refuses_nothing(catalog: Listener) -> None:
    catalog.hear(listed())
    lock(catalog, hours=1)
    catalog.wait(timedelta(hours=2))
    catalog.hear(published())
    assert catalog.believes() == (110, 2)


def test_after_a_rollback_and_the_lock_s_end_the_next_price_is_applied(catalog: Listener) -> None:
    change = published(old=100, new=110)
    catalog.hear(listed(price=100))
    lock(catalog)
    catalog.hear(change, undone(change))
    with catalog.engine.begin() as connection:
        assert records.unlock(connection, TEA)
    catalog.hear(published(old=100, new=120, version=4, proposal="p2"))
    assert catalog.believes() == (120, 4)


def test_a_product_is_shown_with_its_description_and_price(catalog: Listener) -> None:
    catalog.hear(listed(name="Assam Gold"), published(new=110))
    with catalog.engine.connect() as connection:
        product = records.product_of(connection, TEA)
    assert product is not None
    assert (product.name, product.price, product.version, product.heard_at) == ("Assam Gold", 110, 2, MONDAY)
