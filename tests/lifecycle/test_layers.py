"""What a price shows is known when it is set: undoing costs the same, however much came and went before."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from importlib import import_module

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, event, select, update
from sqlmodel import col

from app import database
from app.database import reading, transaction
from app.identity.actor import Actor
from app.lifecycle import actions
from app.lifecycle.windows import layers
from app.pricelist.records import PriceHistory
from tests.builders import HOUR, MONDAY, OMAR, open_shop, product
from tests.lifecycle.test_windows import back_of, change, price, until, window

TEAS = [f"T{n}" for n in range(6)]
BEFORE = timedelta(weeks=4)


@pytest.fixture(autouse=True)
def _shop(pricing_store: str) -> None:
    open_shop(*(product(sku) for sku in TEAS))


def lines(amount: int) -> list[tuple[str, int]]:
    return [(sku, amount) for sku in TEAS]


def promoted(windows: int) -> timedelta:
    """So many windows at 95.00 went out and came back, one after the other; the time at which all of it is past."""
    at = timedelta()
    for _ in range(windows):
        window(*lines(95_00), ends=at + 2 * HOUR, at=at)
        until(at + 2 * HOUR)
        at += 3 * HOUR
    return at


@contextmanager
def counted() -> Iterator[dict[str, int]]:
    """Count the statements, the rows that they find (PostgreSQL), and the steps of work that they are (SQLite)."""
    counts = {"statements": 0, "rows": 0, "work": 0}

    def noted(connection: Connection, cursor: object, *_: object) -> None:
        counts["statements"] += 1
        counts["rows"] += max(getattr(cursor, "rowcount", 0), 0)

    def worked() -> int:
        counts["work"] += 1
        return 0

    def began(connection: Connection) -> None:
        driver = connection.connection.driver_connection
        if driver is not None and connection.dialect.name == "sqlite":
            driver.set_progress_handler(worked, 10)

    engine = database.engine()
    event.listen(engine, "after_cursor_execute", noted)
    event.listen(engine, "begin", began)
    try:
        yield counts
    finally:
        event.remove(engine, "after_cursor_execute", noted)
        event.remove(engine, "begin", began)
        engine.dispose()


def taken_back_after(windows: int) -> dict[str, int]:
    at = promoted(windows)
    newest = change(*lines(104_00), at=at)
    with counted() as counts, transaction() as session:
        actions.roll_back(session, newest.id, actor=OMAR, reason="Wrong", now=MONDAY + at + HOUR)
    assert {price(sku) for sku in TEAS} == {100_00}
    return counts


def test_taking_a_change_back_reads_no_more_after_five_windows_than_after_one():
    one = taken_back_after(1)
    five = taken_back_after(5)

    assert five["statements"] == one["statements"]
    assert five["rows"] == one["rows"]
    assert five["work"] <= one["work"] * 1.2, "a year of weekly promotions are fifty"


def test_a_window_ends_at_the_same_cost_after_five_windows_as_after_one():
    costs = []
    for windows in (1, 5):
        at = promoted(windows)
        promotion = window(*lines(95_00), ends=at + 2 * HOUR, at=at)
        with counted() as counts, transaction() as session:
            actions.end_window(session, back_of(promotion).id, now=MONDAY + at + 2 * HOUR)
        costs.append(counts)

    assert {price(sku) for sku in TEAS} == {100_00}
    assert (costs[0]["statements"], costs[0]["rows"]) == (costs[1]["statements"], costs[1]["rows"])
    assert costs[1]["work"] <= costs[0]["work"] * 1.2


def shown() -> list[int | None]:
    with reading() as session:
        query = select(col(PriceHistory.shows)).where(col(PriceHistory.sku) == "T0").order_by(col(PriceHistory.version))
        return list(session.scalars(query))


def test_a_price_that_came_back_keeps_which_layer_it_shows():
    at = promoted(2)
    newer = change(*lines(104_00), at=at)
    with transaction() as session:
        actions.roll_back(session, newer.id, actor=OMAR, reason="Wrong", now=MONDAY + at + HOUR)

    assert shown() == [None, None, 1, None, 1, None, 1]


def test_a_return_that_was_itself_taken_back_shows_nothing_any_more():
    promotion = window(("T0", 90_00), ends=5 * HOUR)
    until(5 * HOUR)
    on_top = change(("T0", 104_00), at=6 * HOUR)
    with transaction() as session:
        locked = Actor.context("catalog")
        actions.roll_back(session, back_of(promotion).id, actor=locked, reason="Locked", now=MONDAY + 7 * HOUR)
    with transaction() as session:
        actions.roll_back(session, on_top.id, actor=OMAR, reason="Wrong", now=MONDAY + 8 * HOUR)

    assert price("T0") == 90_00, "the window is on again, as every context knows it"
    until(40 * HOUR)
    assert price("T0") == 100_00, "and ends once more, by itself"


def test_a_layer_that_was_shown_and_ended_since_is_not_shown_again():
    outer = change(*lines(105_00), at=timedelta())
    window(*lines(95_00), ends=2 * HOUR, at=HOUR)
    until(2 * HOUR)
    newest = change(*lines(104_00), at=3 * HOUR)
    with transaction() as session:
        actions.roll_back(session, outer.id, actor=OMAR, reason="Wrong", now=MONDAY + 4 * HOUR)
    with transaction() as session:
        actions.roll_back(session, newest.id, actor=OMAR, reason="Wrong", now=MONDAY + 5 * HOUR)

    assert {price(sku) for sku in TEAS} == {100_00}, "5.00 too much on every sale"


def test_prices_that_came_back_before_the_upgrade_are_followed_and_then_know_what_they_show():
    at = promoted(5)
    with transaction() as session:
        session.execute(update(PriceHistory).values(shows=None))
    with reading() as session:
        followed = layers.standing(session, dict.fromkeys(TEAS, 11))

    migration = import_module("app.migrations.versions.0012_shows")
    with database.engine().begin() as connection, Operations.context(MigrationContext.configure(connection)):
        migration.downgrade()
        migration.upgrade()

    assert {layer.version for layer in followed.values()} == {1}
    assert shown() == [None, *[None, 1] * 5]
    newer = change(*lines(104_00), at=at)
    with transaction() as session:
        actions.roll_back(session, newer.id, actor=OMAR, reason="Wrong", now=MONDAY + at + HOUR)
    assert {price(sku) for sku in TEAS} == {100_00}
