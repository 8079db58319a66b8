"""Transactions and the pulse that open pages follow."""

import pytest
from sqlmodel import select

from app import database
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


@pytest.mark.parametrize(("options", "warnings"), [({}, 1), ({"nobody_waits": True}, 0)])
def test_who_keeps_a_store_too_long_is_named_unless_nobody_can_wait_for_it(
    pricing_store: str, options: dict[str, bool], warnings: int, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    monkeypatch.setattr(database, "HELD_MS", -1)

    with caplog.at_level("WARNING", "baton.store"), transaction() as session:
        session.connection(execution_options=options)

    assert len(caplog.records) == warnings
