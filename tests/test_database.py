"""Transactions and the pulse that open pages follow."""

import pytest
from sqlmodel import select

from app.database import Pulses, engine, pulse, reading, transaction
from app.outbox.records import OutboxJob
from tests.builders import MONDAY


def job() -> OutboxJob:
    return OutboxJob(name="x", args="{}", at=MONDAY)


def test_a_failed_transaction_leaves_nothing(pricing_store: str):
    with pytest.raises(RuntimeError, match="boom"):
        _fail()

    with reading() as session:
        assert session.exec(select(OutboxJob)).all() == []


def _fail() -> None:
    with transaction() as session:
        session.add(job())
        session.flush()
        raise RuntimeError("boom")


def test_instants_come_back_aware(pricing_store: str):
    with transaction() as session:
        session.add(job())

    with reading() as session:
        assert session.exec(select(OutboxJob)).one().at == MONDAY


def test_a_visible_change_is_noticed_once_and_an_invisible_one_never(pricing_store: str):
    watching = Pulses(engine())
    watching.changed()
    with transaction() as session:
        session.add(job())
    invisible = watching.changed()
    with transaction() as session:
        pulse(session, "proposals", "prices")

    assert (invisible, watching.changed(), watching.changed()) == (set(), {"proposals", "prices"}, set())
    watching.close()
