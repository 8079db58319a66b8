"""A change is measured against the current price and against that of 30 days ago: steps of a month add up."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import update
from sqlmodel import Session, col, select

from app.database import transaction
from app.lifecycle import actions, commands
from app.lifecycle.proposing.submission import listed
from app.lifecycle.records import Line
from app.lifecycle.table import moves
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import Action
from app.pricelist.records import Price, PriceHistory, Product
from tests.builders import ASHA, HOUR, KIRAN, MONDAY, acts, proposing

DAY = timedelta(days=1)


def proposed(sku: str, price: int, at: datetime) -> str:
    """Submit one line and publish it if nobody has to decide."""
    with transaction() as session:
        proposal = actions.submit(session, proposing((sku, price)), actor=ASHA, now=at)
        actions.publish(session, proposal.id, now=at)
        return proposal.id


def line_of(session: Session, proposal_id: str) -> Line:
    return session.exec(select(Line).where(Line.proposal_id == proposal_id)).one()


def status_of(proposal_id: str) -> str:
    with transaction() as session:
        return moves.loaded(session, proposal_id).status


def price_of(sku: str) -> int:
    with transaction() as session:
        return session.get_one(Price, sku).amount


@pytest.mark.usefixtures("tea")
def test_two_clean_steps_of_14_percent_would_raise_a_price_by_29_96_without_a_person() -> None:
    proposed("T1", 114_00, MONDAY + DAY)
    second = proposed("T1", 129_96, MONDAY + 2 * DAY)

    assert status_of(second) == Status.PENDING_APPROVAL
    assert price_of("T1") == 114_00, "every piece sold would cost the shopper 15.96 more than anybody looked at"


@pytest.mark.usefixtures("tea")
def test_the_same_steps_a_month_apart_are_two_small_ones() -> None:
    proposed("T1", 114_00, MONDAY + DAY)
    second = proposed("T1", 129_96, MONDAY + 32 * DAY)

    assert (status_of(second), price_of("T1")) == (Status.PUBLISHED, 129_96)


@pytest.mark.usefixtures("tea")
def test_small_falls_of_a_month_add_up_too() -> None:
    with transaction() as session:
        session.execute(update(Product).where(col(Product.sku) == "T1").values(cost=10_00))
    proposed("T1", 80_00, MONDAY + DAY)
    second = proposed("T1", 64_00, MONDAY + 2 * DAY)

    assert status_of(second) == Status.PENDING_APPROVAL
    assert price_of("T1") == 80_00, "16.00 of 80.00 would be given away on every piece"


@pytest.mark.usefixtures("tea")
def test_a_price_that_lost_a_digit_waits_for_a_person() -> None:
    with transaction() as session:
        session.execute(update(Product).where(col(Product.sku) == "T1").values(cost=5_00))
    slip = proposed("T1", 9_00, MONDAY + HOUR)

    assert status_of(slip) == Status.PENDING_APPROVAL
    assert price_of("T1") == 100_00, "91.00 would be lost on every piece within seconds"


@pytest.mark.usefixtures("tea")
def test_the_height_of_one_night_is_not_made_permanent_by_a_small_step_down() -> None:
    high = proposed("T1", 130_00, MONDAY + DAY)
    acts(KIRAN, high, Action.APPROVE, comment="tonight", key="a", now=MONDAY + DAY)
    with transaction() as session:
        actions.publish(session, high, now=MONDAY + DAY)

    assert status_of(proposed("T1", 125_00, MONDAY + 2 * DAY)) == Status.PENDING_APPROVAL


@pytest.mark.usefixtures("tea")
def test_the_price_in_force_is_that_of_the_last_version_before_or_the_first_of_a_younger_product() -> None:
    with transaction() as session:
        for version, days, amount in ((2, 5, 110_00), (3, 10, 120_00), (4, 40, 130_00)):
            session.add(PriceHistory(sku="T1", version=version, amount=amount, currency="INR",
                                     at=MONDAY + days * DAY, cause="published"))  # fmt: skip
        session.flush()
        seen = {days: listed(session, ["T1"], now=MONDAY + days * DAY)["T1"].month_ago for days in (0, 34, 35, 45, 71)}

    assert seen == {0: 100_00, 34: 100_00, 35: 110_00, 45: 120_00, 71: 130_00}


@pytest.mark.usefixtures("tea")
def test_the_fact_is_kept_with_the_line_so_that_a_replay_is_exact_and_read_anew_when_judged_again() -> None:
    proposed("T1", 114_00, MONDAY + DAY)
    waiting = proposed("T1", 129_96, MONDAY + 2 * DAY)
    with transaction() as session:
        assert line_of(session, waiting).month_ago == 100_00

    commands.act(KIRAN, waiting, Action.RE_EVALUATE, key="again", now=MONDAY + 40 * DAY)

    with transaction() as session:
        line = line_of(session, waiting)
        assert (line.month_ago, line.verdict) == (114_00, "CLEAN")
