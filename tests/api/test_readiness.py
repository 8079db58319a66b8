"""Readiness: what takes no write, or would reach nobody, is not ready, and says why."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from app import alarms, database
from app.api import health
from app.clock import utc_now
from app.config import settings
from app.database import open_engine
from tests.api.conftest import Caller
from tests.choreography.listening import TEA, Listener, listed
from workers.choreography.catalog import CONSUMER

READ_ONLY = {"sqlite": "PRAGMA query_only=ON", "postgresql": "SET default_transaction_read_only = on"}


@pytest.fixture(autouse=True)
def _never_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_WRITABLE", health._Writable())


def asked() -> tuple[int, dict[str, object]]:
    answer = health.readyz()
    return answer.status_code, json.loads(bytes(answer.body))


def test_a_store_that_takes_writes_is_ready(pricing_store: str) -> None:
    assert asked() == (200, {"ready": True, "store": "answers"})


def test_a_store_that_answers_but_refuses_every_write_is_not(pricing_store: str) -> None:
    refusing = READ_ONLY[database.engine().dialect.name]

    @event.listens_for(database.engine(), "connect")
    def _refuse(connection, _):  # type: ignore[no-untyped-def]
        connection.cursor().execute(refusing)
        if refusing.startswith("SET"):
            connection.commit()

    database.engine().dispose()
    status, said = asked()

    assert (status, said["store"]) == (503, "answers, but refuses every write")
    assert "read" in str(said["why"])


def test_what_was_written_a_moment_ago_is_not_written_again_for_every_question(pricing_store: str) -> None:
    for _ in range(3):
        assert asked()[0] == 200
    with database.reading() as session:
        assert session.get_one(alarms.WriteProbe, 1).n == 1


def test_an_alarm_is_not_ready_and_says_itself_until_it_is_over(pricing_store: str) -> None:
    with database.transaction() as session:
        alarms.ring(session, "context-is-ahead", "catalog has settled more", utc_now())
    assert asked() == (503, {"ready": False, "store": "answers",
                             "alarms": {"context-is-ahead": "catalog has settled more"}})  # fmt: skip
    assert b"baton_alarms 1.0" in health.metrics().body

    with database.transaction() as session:
        alarms.silence(session, "context-is-ahead")
    assert asked()[0] == 200


def test_a_lock_into_a_store_that_was_unlinked_is_refused_and_not_answered_with_200(
    omar: Caller, tmp_path: Path
) -> None:
    url = settings().context_database_url("catalog")
    Listener(CONSUMER, open_engine(url)).hear(listed())
    lock = f"/api/contexts/catalog/products/{TEA}/lock"
    wish = {"reason": "Supplier contract", "until": f"{utc_now() + timedelta(days=365):%Y-%m-%dT00:00:00Z}"}
    assert omar.put(lock, json=wish).status_code == 200
    Path(url.removeprefix("sqlite:///")).unlink()

    refused = omar.put(lock, json={**wish, "reason": "another"})

    assert (refused.status_code, refused.json()["code"]) == (503, "store_refused")
    assert "was removed or replaced" in refused.json()["detail"]
