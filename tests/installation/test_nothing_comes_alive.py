"""What went out and was taken back in the time that a restore lost does not go out once more by itself. On both stores.

Before, the orchestrating process went on where the copy stood: 22,775 prices that two people had taken back stood in
the shop again, 3 % too high, and a plan of last week overwrote the price of today.
"""

from datetime import timedelta

import pytest
from sqlmodel import select

from app import database
from app.canary.waves import Wave, WavePlan
from app.clock import utc_now
from app.lifecycle import actions
from app.lifecycle.publishing import effects
from app.lifecycle.records import AuditEntry
from app.lifecycle.table.status import Status
from tests.installation.shop import OTHER, TEA, Shop
from workers.orchestration import worker
from workers.orchestration.scheduler import Scheduler
from workers.ownership import RedisOwnership

TWO_WAVES = WavePlan(waves=(Wave(share_bp=5_000, bake_seconds=60), Wave(share_bp=10_000, bake_seconds=60)))


def last_comment(proposal_id: str) -> str:
    with database.reading() as session:
        query = select(AuditEntry.detail).where(AuditEntry.chain == proposal_id).order_by(AuditEntry.position)
        return " ".join(str(detail) for detail in session.exec(query))


def test_what_was_approved_then_went_out_and_was_taken_back_waits_for_a_person(shop: Shop) -> None:
    wrong = shop.approve({TEA: 105_00})
    copy = shop.copied()
    shop.put_out(wrong)
    shop.take_back(wrong)
    shop.carry()
    shop.put_back(copy)

    shop.restore()
    shop.put_out(wrong)

    assert shop.price(TEA) == (100_00, 3), "before, it went out again, 5.00 too dear"
    assert shop.status(wrong) == Status.PENDING_APPROVAL
    assert "it may have gone out already, and been taken back" in last_comment(wrong)


def test_nor_does_it_overwrite_the_price_that_followed_it(shop: Shop) -> None:
    older = shop.approve({TEA: 105_00})
    copy = shop.copied()
    shop.put_out(older)
    shop.publish(TEA, 102_00)
    shop.carry()
    shop.put_back(copy)

    shop.restore()
    shop.put_out(older)

    assert (shop.price(TEA), shop.status(older)) == ((102_00, 3), Status.PENDING_APPROVAL)


def test_what_was_going_out_stops_where_the_copy_has_it(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(effects, "LINES_PER_STEP", 1)
    wrong = shop.put_out(shop.approve({TEA: 105_00, OTHER: 103_00}))
    copy = shop.copied()
    shop.carry_on(wrong)
    shop.take_back(wrong)
    shop.carry()
    shop.put_back(copy)

    shop.restore()
    shop.carry_on(wrong)

    assert (shop.price(TEA), shop.price(OTHER)) == ((100_00, 3), (100_00, 3))
    assert shop.status(wrong) == Status.PUBLISHED
    assert "0 of 2 gone out" in last_comment(wrong)


def test_a_canary_is_held(shop: Shop) -> None:
    wrong = shop.put_out(shop.approve({TEA: 105_00, OTHER: 103_00}, waves=TWO_WAVES))
    copy = shop.copied()
    shop.take_back(wrong)
    first, second = sorted((TEA, OTHER), key=lambda sku: -shop.price(sku)[1])
    shop.publish(second, 102_00)
    shop.publish(second, 101_00)
    shop.carry()
    shop.put_back(copy)

    shop.restore()

    assert shop.status(wrong) == Status.HELD
    assert (shop.price(first), shop.price(second)) == ((100_00, 3), (101_00, 3))


def test_the_clock_stands_still_until_somebody_says_what_is_right(shop: Shop) -> None:
    """Before, it published what was due in the copy: decided here since, that stood above what had followed it."""
    due = utc_now() + timedelta(seconds=60)
    older = shop.approve({TEA: 105_00}, effective_at=due)
    copy = shop.copied()
    shop.publish(TEA, 102_00)
    shop.publish(TEA, 99_00)
    shop.carry()
    shop.put_back(copy)

    worker.ask_first(shop.ownership)
    Scheduler(lambda: due).step()

    assert (shop.price(TEA), shop.status(older)) == ((100_00, 1), Status.APPROVED)
    shop.restore()
    Scheduler(lambda: due).step()
    assert shop.price(TEA) == (99_00, 3), "before, 105.00 at version 4: of the two the one that was older"


def test_the_clock_does_not_wait_for_a_redis_that_is_away(shop: Shop) -> None:
    worker.ask_first(RedisOwnership(database.engine(), "redis://127.0.0.1:1/0"), patience=0)


def test_what_only_went_farther_out_goes_on(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a price list would be worse, and nobody wanted it back."""
    monkeypatch.setattr(effects, "LINES_PER_STEP", 1)
    wanted = shop.put_out(shop.approve({TEA: 105_00, OTHER: 103_00}))
    copy = shop.copied()
    with database.transaction() as session:
        assert actions.carry_out(session, wanted, now=utc_now())
    shop.carry()
    shop.put_back(copy)

    shop.restore()
    shop.carry_on(wanted)

    assert (shop.price(TEA), shop.price(OTHER)) == ((105_00, 2), (103_00, 2))
