"""Real stores for tests: a fresh SQLite file or a fresh PostgreSQL database, whichever the test is given.

A migrated one is a copy of one that was migrated once: a thousand tests need not run the migrations again.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Dialect, Engine, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.util import LRUCache

from app import database

from app.database import open_engine
from app.migrations import migrate


def migrated(url: str) -> str:
    """Migrate an empty store, let go of it, and return its URL."""
    engine = open_engine(url)
    migrate(engine)
    engine.dispose()
    return url


def care_for_nothing(server_url: str) -> None:
    """Let a PostgreSQL server for tests not wait for its disk: nobody cuts its power."""
    admin = _admin(server_url)
    with admin.connect() as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    admin.dispose()


@contextmanager
def compiling_once() -> Iterator[None]:
    """Let the engines that `app.database` opens meanwhile share what SQLAlchemy compiles of a statement.

    It keeps that per engine, and most tests have an engine of their own; compiling was half of their work.
    """
    dialects: dict[str, Dialect] = {}
    statements: LRUCache[object, object] = LRUCache(5_000)

    def create(*args: Any, **options: Any) -> Engine:
        engine = create_engine(*args, **options)
        engine.dialect = dialects.setdefault(engine.dialect.name, engine.dialect)
        engine.update_execution_options(compiled_cache=statements)
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "create_engine", create)
        yield


@contextmanager
def fresh_postgres(server_url: str, *, like: str = "template1") -> Iterator[str]:
    """Make a database on a running server, empty or like another one, and drop it afterwards."""
    name, admin = f"t_{uuid4().hex[:12]}", _admin(server_url)
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {like}"))
    try:
        yield make_url(server_url).set(database=name).render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()


def _admin(server_url: str) -> Engine:
    return create_engine(make_url(server_url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
