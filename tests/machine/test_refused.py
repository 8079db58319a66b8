"""A `baton up` that is refused has made and filled nothing."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import inspect

from app import database, installation
from app.contracts.installation import INSTALLATION, Epoch, Installation
from app.migrations import migrate
from app.pricelist.queries import count_products
from tests.redis_server import RedisServer
from tests.stores import forget
from workers.machine import frontend, supervision
from workers.machine.installation import Options
from workers.machine.installation import up as start
from workers.streams.refusals import Elsewhere, Occupied
from workers.streams.store_claim import StoreClaim, StorePlace

THEIRS = Installation(id="another-installation", epochs=(Epoch(number=1, id="e"),))


@pytest.fixture
def data(tmp_path: Path, valkey: RedisServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for a demo, with somebody's Redis; this process is neither locked into it nor builds anything."""
    monkeypatch.setattr(supervision, "lock", lambda _: None)
    monkeypatch.setattr(frontend, "is_built", lambda: True)
    monkeypatch.setattr(frontend, "ensure_built", lambda _: False)
    monkeypatch.setenv("BATON_DATA_DIR", str(tmp_path))
    before = dict(os.environ)
    forget()
    yield tmp_path
    database.engine().dispose()
    os.environ.clear()
    os.environ.update(before)
    forget()


def test_beside_anothers_redis_not_even_a_store_is_made(data: Path, valkey: RedisServer) -> None:
    valkey.client().set(INSTALLATION, THEIRS.model_dump_json())
    said: list[str] = []

    with pytest.raises(Elsewhere, match="a pricing store that is made now would be another one"):
        start(Options(3000, data, demo=True), said.append)

    assert [file.name for file in data.glob("*.db")] == []
    assert not any("Filling the demo catalog" in line for line in said)


def test_nor_is_one_that_is_there_filled(data: Path, valkey: RedisServer) -> None:
    migrate(database.engine())
    valkey.client().set(INSTALLATION, THEIRS.model_dump_json())

    with pytest.raises(Elsewhere, match="Redis belongs to installation another-"):
        start(Options(3000, data, demo=True), lambda _: None)

    with database.reading() as session:
        assert count_products(session) == 0
        assert inspect(session.connection()).has_table("product")


def test_a_folder_whose_copy_answers_already_is_refused_before_anything_runs(data: Path, valkey: RedisServer) -> None:
    migrate(database.engine())
    with database.reading() as session:
        valkey.client().set(INSTALLATION, installation.current(session).model_dump_json())
    StoreClaim(valkey.client(), "catalog", StorePlace("their inode", "theirs/catalog.db", "theirs/catalog.db")).hold()

    with pytest.raises(Occupied, match="catalog answers from another store"):
        start(Options(3000, data, demo=True), lambda _: None)

    with database.reading() as session:
        assert count_products(session) == 0
