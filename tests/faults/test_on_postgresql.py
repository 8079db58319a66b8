"""The same processes with every store on PostgreSQL: published, applied, refused by a lock, taken back."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta

import pytest

from app import contexts, database
from app.clock import utc_now
from app.contexts import discovery
from app.lifecycle.table.status import Status
from app.migrations import migrate
from tests.faults.installation import CONTEXTS, Installation, tell_processes
from tests.redis_server import RedisServer
from tests.stores import forget, fresh_postgres

SKUS = [f"P{n:03d}" for n in range(200)]


@pytest.fixture
def baton(tmp_path_factory: pytest.TempPathFactory, postgres_url: str, valkey: RedisServer,
          monkeypatch: pytest.MonkeyPatch) -> Iterator[Installation]:  # fmt: skip
    folder = tmp_path_factory.mktemp("baton-pg")
    with ExitStack() as databases:
        stores = {f"BATON_{name.upper()}_DATABASE_URL": databases.enter_context(fresh_postgres(postgres_url))
                  for name in CONTEXTS}  # fmt: skip
        stores["BATON_DATABASE_URL"] = databases.enter_context(fresh_postgres(postgres_url))
        for name, value in {**tell_processes(folder, valkey), **stores}.items():
            monkeypatch.setenv(name, value)
        forget()
        migrate(database.engine())
        installation = Installation(folder, valkey)
        installation.start_all()
        yield installation
        installation.stop_all()
        _let_go()


def test_from_publication_to_rollback(baton: Installation) -> None:
    baton.stock(SKUS)
    baton.wait_until_applied(baton.publish(SKUS, 101_00), len(SKUS))
    contexts.lock(SKUS[0], "Spring contract", utc_now() + timedelta(days=1), "Omar T.")
    refused = baton.publish(SKUS, 102_00)
    baton.wait_for_status(refused, Status.ROLLED_BACK)
    baton.assert_in_order_and_true(SKUS)
    assert {belief.price for name in CONTEXTS for belief in contexts.beliefs(name, SKUS).values()} == {101_00}


def _let_go() -> None:
    database.engine().dispose()
    for name in CONTEXTS:
        discovery.store_of(name).dispose()
    forget()
