"""Whoever writes nonsense into the store, or takes a table away, blinds no verification: it is named, like the rest."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import Connection, inspect
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, SQLModel

from app.database import engine, reading, transaction
from app.lifecycle import actions
from app.lifecycle.audit import audit_trail
from app.lifecycle.audit.audit_trail import Verification
from app.lifecycle.audit.evidence import checkpoints
from app.lifecycle.audit.evidence.findings import What
from app.lifecycle.table.transitions import Action
from app.migrations.tables import load
from app.protection.tables import COMPARED, KEPT, NO_TABLES
from tests.builders import ASHA, HOUR, KIRAN, MONDAY, open_shop, product, proposing


@pytest.fixture
def shop(pricing_store: str) -> None:
    """A shop in which T1 went to 120.00 on somebody's approval."""
    open_shop(product("T1"), product("T2"))
    with transaction() as session:
        made = actions.submit(session, proposing(("T1", 120_00)), actor=ASHA, now=MONDAY)
        actions.decide(session, made.id, Action.APPROVE, actor=KIRAN, comment="Auction", now=MONDAY)
    with transaction() as session:
        actions.publish(session, made.id, now=MONDAY)


@contextmanager
def undone() -> Iterator[Connection]:
    """Do something to the store, and undo it in the end."""
    with engine().connect() as connection, connection.begin() as doing:
        yield connection
        doing.rollback()


def seen_after(*statements: str) -> Verification:
    with undone() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
        return audit_trail.verify(Session(connection))


def told(*statements: str) -> str:
    return "\n".join(f"{finding.what}: {finding.sentence}" for finding in seen_after(*statements).findings)


def cells() -> list[tuple[str, str]]:
    """Return every cell of a row that is protected, table by table."""
    load()
    watched = {*KEPT, *COMPARED} - {*NO_TABLES, "context_health"}
    tables = [SQLModel.metadata.tables[name] for name in sorted(watched)]
    return [(table.name, column.name) for table in tables for column in table.c]


UNWATCHED = {("login_session", "seen_at"), ("proposal", "version"), ("proposal", "updated_at"), ("line", "verdict")}
UNWATCHED |= {("product", name) for name in ("cost_source", "competitor_source", "family", "content_unit")}
UNWATCHED |= {("line", name) for name in ("category", "brand", "findings", "held", "more_facts")}
"""See docs/evidence.md; in a text any text is readable."""


def test_no_cell_of_a_sqlite_store_holds_something_that_verification_stumbles_over(shop: None, store_url: str) -> None:
    if not store_url.startswith("sqlite"):
        pytest.skip("PostgreSQL takes nothing into a column that is not of its kind.")
    unnamed = []
    for table, column in cells():
        with undone() as connection:
            try:
                changed = connection.exec_driver_sql(f"UPDATE OR IGNORE {table} SET \"{column}\" = 'garb{{'").rowcount
            except IntegrityError:
                continue  # the one kind of column for which SQLite itself looks: a row's own number
            if changed and (table, column) not in UNWATCHED and audit_trail.verify(Session(connection)).intact:
                unnamed.append((table, column))

    assert unnamed == []


def test_an_instant_that_is_none_is_named_beside_the_one_that_it_should_be(shop: None, store_url: str) -> None:
    if not store_url.startswith("sqlite"):
        pytest.skip("PostgreSQL takes nothing into a column that is not of its kind.")

    assert "at is tomorrow and should be 2026-11-23T09:00:00+00:00" in told("UPDATE decision SET at = 'tomorrow'")
    assert "the row of price_history with sku T1, version 2: at is tomorrow, which is no instant" in told(
        "UPDATE price_history SET at = 'tomorrow' WHERE version = 2"
    )


def test_nonsense_in_one_place_hides_nothing_that_was_done_elsewhere(shop: None) -> None:
    found = told(
        "UPDATE outbox_event SET payload = 'garb{' WHERE type = 'price-change-published.v1'",
        "UPDATE rule_set SET rules = 'garb{'",
        "UPDATE price SET amount = 1 WHERE sku = 'T2'",
        "UPDATE user_account SET email = 'eve@x.example' WHERE id = 'kiran'",
    )

    assert "version 2 of T1 (published) is 120.00 INR, and nobody announced it" in found
    assert "was changed after it was queued" in found
    assert "rule set 1 does not have the content that it is named by" in found
    assert "the price of T2 is not the one of its version 1" in found
    assert "the person kiran: email is eve@x.example and should be kiran@demo.example" in found


@pytest.mark.parametrize(
    "payload", ["[1, 2]", '{"sku": "T1", "version": "two", "new": {}}', '{"sku": null, "version": 1e99}', "\\u0000"]
)
def test_an_announcement_of_nonsense_is_named(shop: None, payload: str) -> None:
    found = told(f"UPDATE outbox_event SET payload = '{payload}' WHERE type = 'price-change-published.v1'")

    assert "version 2 of T1 (published) is 120.00 INR, and nobody announced it" in found
    assert "was changed after it was queued" in found


def test_a_currency_that_there_is_not_is_named(shop: None, store_url: str) -> None:
    if not store_url.startswith("sqlite"):
        pytest.skip("PostgreSQL holds a price's currency to its product's.")

    assert "version 2 of T1 (published) is 12000 INX and should be 120.00 INR, as it was announced" in told(
        "PRAGMA defer_foreign_keys = ON", "UPDATE price_history SET currency = 'INX' WHERE version = 2"
    )


def test_a_table_that_is_gone_is_named(shop: None) -> None:
    with undone() as connection:
        connection.exec_driver_sql("DROP TABLE delegation")
        assert "delegation" not in inspect(connection).get_table_names()
        found = audit_trail.verify(Session(connection))

    assert not found.intact
    assert [finding.what for finding in found.findings] == [What.TABLE_GONE]
    assert found.problem.startswith("A table is missing: the table delegation is gone")


def test_a_year_of_checkpoints_is_verified_in_a_moment_and_only_the_last_is_read_for_the_next(
    shop: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(40):
        with transaction() as session:
            actions.submit(session, proposing(("T2", 101_00 + number)), actor=ASHA, now=MONDAY + 3 * HOUR)
        assert checkpoints.put_outside(now=MONDAY + timedelta(hours=4, minutes=10 * number)) is not None
    with monkeypatch.context() as patch:
        patch.setattr(checkpoints, "TAIL_BYTES", 2_000)
        patch.setattr(checkpoints, "_read", None)
        again = checkpoints.put_outside(now=MONDAY + timedelta(days=1))
        with transaction() as session:
            actions.submit(session, proposing(("T2", 99_00)), actor=ASHA, now=MONDAY + 3 * HOUR)
        written = checkpoints.put_outside(now=MONDAY + timedelta(days=1))
    compared: list[bool] = []
    monkeypatch.setattr(checkpoints.Checkpoint, "__eq__", lambda *_: compared.append(True) or False)
    with reading() as session:
        assert audit_trail.verify(session).intact

    assert again is None, "nothing moved"
    assert written is not None
    assert written.number == 41
    assert compared == [], "each with each would be 1,400,000,000 comparisons for a year"
