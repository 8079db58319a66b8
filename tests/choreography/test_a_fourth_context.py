"""Adding a context touches one folder and nothing else; that folder may even lie outside this project."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import contexts, database
from app.clock import utc_now
from app.migrations import migrate
from app.outbox import record_prices
from tests.choreography.listening import listed, published
from tests.redis_server import RedisServer
from tests.stores import forget
from tests.waiting import PATIENCE, wait_for

DECLARATION = """
from datetime import timedelta

from app.contracts.holds import Hold
from app.contracts.events import PriceChangePublished, PriceChangeRolledBack, ProductListed
from workers.streams import Consumer, believe


def held(connection, skus, at):
    reason = "Points were promised on this price"
    return {sku: Hold(context="loyalty", sku=sku, reason=reason, until=at + timedelta(days=1)) for sku in skus}


CONSUMER = Consumer("loyalty", does="re-counts points", holds=held,
                    on={ProductListed: believe, PriceChangePublished: believe, PriceChangeRolledBack: believe})
"""


@pytest.fixture
def loyalty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, valkey: RedisServer) -> Iterator[str]:
    """A folder elsewhere, on the path of new processes, with one file in it."""
    folder = tmp_path / "elsewhere" / "workers" / "choreography" / "loyalty"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text(DECLARATION)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path / "elsewhere"), os.getcwd()]))
    monkeypatch.setenv("BATON_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("BATON_SUPERVISOR", str(os.getpid()))
    forget()
    migrate(database.engine())
    yield "loyalty"
    database.engine().dispose()
    forget()


def test_a_folder_is_all_it_takes(loyalty: str) -> None:
    commands = ["relay"], ["worker", loyalty]
    processes = [subprocess.Popen([sys.executable, "-m", "workers", *words]) for words in commands]
    try:
        with database.transaction() as session:
            record_prices(session, [("S1", listed("S1")), ("S1", published("S1", new=110))])
        belief = wait_for(lambda: contexts.beliefs(loyalty, ["S1"]).get("S1"), "the belief")
        wait_for(lambda: contexts.beliefs(loyalty, ["S1"])["S1"].version == 2, "version 2")
        assert belief.heard_at <= utc_now()
    finally:
        for process in processes:
            process.terminate()
        assert [process.wait(PATIENCE) for process in processes] == [0, 0]


def test_the_web_finds_it_by_its_folder(loyalty: str) -> None:
    found = subprocess.run([sys.executable, "-c", "from app import contexts; print(*contexts.names())"],
                           capture_output=True, text=True, check=True)  # fmt: skip
    assert loyalty in found.stdout.split()


ASKING = """
from app import contexts
from app.clock import utc_now
from workers.streams.consumption import find_consumer
from workers.streams.store import open_store
open_store(find_consumer("loyalty"), contexts.discovery.settings().context_database_url("loyalty"))
print(*(hold.sentence() for hold in contexts.held(["S1"], utc_now()).holds["S1"]))
"""


def test_it_is_asked_for_its_locks_because_it_declares_that_it_has_them(loyalty: str) -> None:
    asked = subprocess.run([sys.executable, "-c", ASKING], capture_output=True, text=True, check=False)
    assert asked.stdout.startswith("Locked in loyalty until"), asked.stderr
    assert "Points were promised on this price" in asked.stdout
