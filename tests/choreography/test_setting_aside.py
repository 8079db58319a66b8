"""What fails is set aside per SKU; everything else goes on, and order is kept."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import Connection

from app.contracts.events import (
    PriceChangePublished,
    PriceChangeRolledBack,
    PriceParked,
    PriceRetrying,
    ProductListed,
)
from tests.choreography.listening import Listener, Make, listed, published, undone
from workers.streams import CannotApply, Consumer, Heard, Retries, believe

SECOND = timedelta(seconds=1)


class Trouble:
    """A handler's mood: SKUs that fail for now, and SKUs that it refuses for good."""

    def __init__(self) -> None:
        self.failing: set[str] = set()
        self.refusing: set[str] = set()
        self.calls = 0

    def apply(self, _: Connection, heard: Sequence[Heard]) -> None:
        self.calls += 1
        refused = [h.sku for h in heard if h.sku in self.refusing]
        if refused:
            raise CannotApply(dict.fromkeys(refused, "no"))
        if any(h.sku in self.failing for h in heard):
            raise RuntimeError("try later")


@pytest.fixture
def trouble() -> Trouble:
    return Trouble()


def consumer(trouble: Trouble, *, asks_for_rollback: bool = False) -> Consumer:
    return Consumer(
        "shelf", does="prints labels", asks_for_rollback=asks_for_rollback, retries=Retries(SECOND, attempts=3),
        on={ProductListed: believe, PriceChangePublished: trouble.apply,
            PriceChangeRolledBack: believe})  # fmt: skip


@pytest.fixture
def shelf(listener: Make, trouble: Trouble) -> Listener:
    """A context that knows 64 products at 100."""
    return stocked(listener(consumer(trouble)))


def stocked(shelf: Listener) -> Listener:
    shelf.hear(*(listed(f"S{n}") for n in range(64)))
    return shelf


def test_one_bad_price_in_a_batch_leaves_the_others_alone(shelf: Listener, trouble: Trouble) -> None:
    skus = [f"S{n}" for n in range(64)]
    trouble.failing = {"S7"}
    shelf.hear(*(published(sku, of=64) for sku in skus))
    assert shelf.believes("S7") == (100, 1)
    assert all(shelf.believes(sku) == (110, 2) for sku in skus if sku != "S7")
    assert ("price-retrying", [("S7", 2)]) in shelf.said


def test_what_fails_is_tried_again_later_and_acknowledged_then(shelf: Listener, trouble: Trouble) -> None:
    trouble.failing = {"S1"}
    shelf.hear(published("S1"))
    trouble.failing = set()
    shelf.wait(2 * SECOND)
    assert shelf.believes("S1") == (110, 2)
    assert shelf.said == [("price-retrying", [("S1", 2)]), ("applied", [("S1", 2)])]


def test_it_is_not_tried_before_its_time(shelf: Listener, trouble: Trouble) -> None:
    trouble.failing = {"S1"}
    shelf.hear(published("S1"))
    calls = trouble.calls
    shelf.wait(timedelta(milliseconds=100))
    assert trouble.calls == calls


def test_after_enough_attempts_it_is_parked_with_its_cause(shelf: Listener, trouble: Trouble) -> None:
    trouble.failing = {"S1"}
    shelf.hear(published("S1"))
    for _ in range(3):
        shelf.wait(60 * SECOND)
    retrying = [answer for answer in shelf.answers if isinstance(answer, PriceRetrying)]
    (parked,) = [answer for answer in shelf.answers if isinstance(answer, PriceParked)]
    assert [answer.attempts for answer in retrying] == [1, 2]
    assert (parked.attempts, parked.cause) == (3, "RuntimeError: try later")


def test_later_prices_of_the_same_sku_wait_behind(shelf: Listener, trouble: Trouble) -> None:
    trouble.failing = {"S1"}
    shelf.hear(published("S1", new=110, version=2))
    trouble.failing = set()
    shelf.hear(published("S1", old=110, new=120, version=3, proposal="p2"), published("S2"))
    assert shelf.believes("S1") == (100, 1)
    assert shelf.believes("S2") == (110, 2)
    shelf.wait(2 * SECOND)
    assert shelf.believes("S1") == (120, 3)
    assert [entry for entry in shelf.said if entry[0] == "applied"] == [
        ("applied", [("S2", 2)]), ("applied", [("S1", 2)]), ("applied", [("S1", 3)])]  # fmt: skip


def test_an_undo_of_the_waiting_price_settles_it(shelf: Listener, trouble: Trouble) -> None:
    change = published("S1", old=100, new=110)
    trouble.failing = {"S1"}
    shelf.hear(change)
    shelf.hear(undone(change))
    shelf.wait(60 * SECOND)
    assert shelf.believes("S1") == (100, 3)
    assert shelf.said == [("price-retrying", [("S1", 2)]), ("unaffected", [("S1", 3)])]


def test_an_undo_overtakes_whatever_else_waits(shelf: Listener, trouble: Trouble) -> None:
    later = published("S1", old=110, new=120, version=3, proposal="p2")
    trouble.refusing = {"S1"}
    shelf.hear(published("S1", new=110, version=2), later)
    trouble.refusing = set()
    shelf.hear(undone(later))
    assert shelf.believes("S1") == (110, 4)
    assert shelf.said[-2:] == [("ignored", [("S1", 2)]), ("unaffected", [("S1", 4)])]
    shelf.hear(published("S1", old=110, new=130, version=5, proposal="p3"))
    assert shelf.believes("S1") == (130, 5)


def test_a_refusal_is_parked_at_once_without_an_attempt_wasted(shelf: Listener, trouble: Trouble) -> None:
    trouble.refusing = {"S1"}
    shelf.hear(published("S1"), published("S2"))
    calls = trouble.calls
    shelf.wait(600 * SECOND)
    assert trouble.calls == calls
    assert ("price-parked", [("S1", 2)]) in shelf.said
    assert shelf.believes("S2") == (110, 2)


def test_a_context_that_asks_for_rollbacks_does_so_with_the_parking(listener: Make, trouble: Trouble) -> None:
    shelf = stocked(listener(consumer(trouble, asks_for_rollback=True)))
    trouble.refusing = {"S1"}
    shelf.hear(published("S1"))
    assert shelf.said == [("price-parked", [("S1", 2)]), ("price-change-rollback-requested", [("S1", 2)])]


def test_a_batch_that_is_read_twice_has_one_effect(shelf: Listener) -> None:
    change = published("S1")
    shelf.hear(change)
    shelf.read_again()
    shelf.hear(*(listed(f"S{n}") for n in range(64)))
    shelf.hear(change)
    assert shelf.said == [("applied", [("S1", 2)])]
