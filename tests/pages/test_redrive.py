"""What a context parked is tried again by the row that was pressed, whatever its cause says and wherever it stands."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlmodel import col

from app import contexts
from app.context_commands import redrive
from app.contexts import discovery
from app.database import reading, transaction
from app.deliveries import projection
from app.identity.roles import Role
from app.lifecycle.records import AuditEntry
from app.pages.propagation import read
from tests.builders import MONDAY, person
from tests.choreography.listening import TEA, Listener, listed, published
from tests.deliveries.test_projection import moved
from workers.streams.consumption import find_consumer

OMAR = person("omar", Role.OPERATOR)


@pytest.fixture
def catalog(pricing_store: str) -> Listener:
    """Catalog, whose own store refuses every change of a belief."""
    listener = Listener(find_consumer("catalog"), discovery.store_of("catalog"))
    listener.hear(listed(), listed("CUP-1"))
    with listener.engine.begin() as connection:
        connection.execute(
            text("CREATE TRIGGER full BEFORE UPDATE ON belief BEGIN SELECT RAISE(ABORT, 'no room'); END")
        )
    return listener


def refused(catalog: Listener, sku: str = TEA) -> None:
    catalog.hear(published(sku))
    while (sku, 2) not in contexts.parked("catalog"):
        catalog.wait(timedelta(hours=1))
    with transaction() as session:
        for answer in (moved("PUBLISHED", lines=1), *catalog.answers):
            projection.hear(session, answer)


def rows() -> list[tuple[str, str]]:
    page = read.propagation_page("all", item="", after="", may_redrive=True, now=MONDAY)
    return [(row.cause, row.redrive) for row in page.failures]


def test_what_the_store_refused_is_tried_again_although_its_cause_has_lines(catalog: Listener) -> None:
    """Its price of 1.10 never came: the button was not there, and no other way leads back."""
    refused(catalog)
    assert rows() == [("IntegrityError: no room", "Redrive 1")]

    with catalog.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER full"))
    (row,) = read.propagation_page("all", item="", after="", may_redrive=True, now=MONDAY).failures
    found = read.parked_for(row.key)
    assert found is not None
    assert [redrive(OMAR, found.context, found.prices, found.cause) for _ in range(2)] == [1, 0]
    catalog.wait(timedelta(days=400))
    assert catalog.believes() == (110, 2)
    with reading() as session:
        assert len(session.scalars(select(AuditEntry).where(col(AuditEntry.action) == "redrive")).all()) == 1


def test_a_row_redrives_its_own_cause_wherever_it_stands_by_then(catalog: Listener) -> None:
    refused(catalog)
    (row,) = read.propagation_page("all", item="", after="", may_redrive=True, now=MONDAY).failures
    with catalog.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER full"))
        connection.execute(text("CREATE TRIGGER full BEFORE UPDATE ON belief BEGIN SELECT RAISE(ABORT, 'shut'); END"))
    refused(catalog, "CUP-1")

    found = read.parked_for(row.key)
    assert found is not None
    assert (found.cause, list(found.prices)) == ("IntegrityError: no room", [(TEA, 2)])
    assert read.parked_for("0") is None
