"""Real stores for tests: a fresh SQLite file or a fresh PostgreSQL database, whichever the test is given.

A thousand tests need not run the migrations again. On SQLite a migrated store is a copy of one that was migrated once;
on PostgreSQL it is that one itself, emptied after each test: to make and drop a database costs more than most tests.
"""

import os
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Dialect, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.util import LRUCache

from app import config, database
from app.contexts import discovery
from app.database import open_engine
from app.migrations import migrate
from workers.streams import consumption


def migrated(url: str) -> str:
    """Migrate an empty store, let go of it, and return its URL."""
    engine = open_engine(url)
    migrate(engine)
    engine.dispose()
    return url


def forget() -> None:
    """Let this process find settings, stores and doors anew; whatever an earlier test pointed them at is let go."""
    for kept in (config.settings, database.engine, discovery.store_of, consumption.consumption_of):
        kept.cache_clear()


def care_for_nothing(server_url: str) -> None:
    """Let a PostgreSQL server for tests neither wait for its disk nor tidy up: nobody cuts its power, nothing stays."""
    admin = _admin(server_url)
    with admin.connect() as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum"):
            connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))
        connection.execute(text("ALTER SYSTEM SET deadlock_timeout = 100"))  # ms: two that wait for each other are told
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
        own = engine.dialect
        engine.dialect = dialects.get(own.name, own)
        if engine.dialect is own:  # a dialect learns from its first connection what it needs: before, it serves nobody
            event.listen(engine, "connect", lambda *_: dialects.setdefault(own.name, own))
        engine.update_execution_options(compiled_cache=statements)
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "create_engine", create)
        yield


@contextmanager
def without_waiting_for_the_disk() -> Iterator[None]:
    """Let SQLite stores of this process not wait for the disk, as `care_for_nothing` does on PostgreSQL."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "DURABLE", "OFF")
        yield


@contextmanager
def fresh_postgres(server_url: str) -> Iterator[str]:
    """Make an empty database on a running server, and drop it afterwards."""
    name, admin = f"t_{uuid4().hex[:12]}", _admin(server_url)
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield make_url(server_url).set(database=name).render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()


def filled(what: Hashable, fill: Callable[[], None]) -> None:
    """Fill the empty pricing store: the first time by `fill`, then with the rows that this left, byte for byte.

    A store that is sealed with a key of its own is filled anew.
    """
    engine, key = database.engine(), os.environ.get("BATON_AUDIT_KEY")
    kept = (engine.dialect.name, key, what)
    if key is None or kept not in _FILLED:
        fill()
        _FILLED[kept] = _taken_from(engine)
    else:
        _FILLED[kept](engine)


_FILLED: dict[tuple[str, str | None, Hashable], Callable[[Engine], None]] = {}


def _taken_from(engine: Engine) -> Callable[[Engine], None]:
    """Take what a pricing store holds, and return what puts it into another one, which is empty."""
    if engine.dialect.name == "postgresql":
        return partial(_put_into_postgres, *_rows_and_numbers(engine))
    engine.dispose()
    file = _file_of(engine)
    assert not Path(f"{file}-wal").exists(), "somebody still has the store open: what is in the log is not in the file"
    return partial(_put_into_sqlite, file.read_bytes())


def _put_into_sqlite(held: bytes, engine: Engine) -> None:
    engine.dispose()
    _file_of(engine).write_bytes(held)


def _file_of(engine: Engine) -> Path:
    assert engine.url.database is not None
    return Path(engine.url.database)


def _rows_and_numbers(engine: Engine) -> tuple[dict[str, bytes], dict[str, int]]:
    with engine.connect() as connection, connection.connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
        rows = {}
        for (table,) in cursor.fetchall():
            if table not in ("alembic_version", "installation_epoch"):
                with cursor.copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))) as copy:
                    rows[table] = b"".join(copy)
        cursor.execute("SELECT sequencename, last_value FROM pg_sequences WHERE last_value IS NOT NULL")
        return {table: held for table, held in rows.items() if held}, dict(cursor.fetchall())


def _put_into_postgres(rows: dict[str, bytes], numbers: dict[str, int], engine: Engine) -> None:
    with engine.begin() as connection, connection.connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # in any order
        for table, held in rows.items():
            with cursor.copy(sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(table))) as copy:
                copy.write(held)
        for sequence, last in numbers.items():
            cursor.execute("SELECT setval(%s::regclass, %s)", (sequence, last))


def emptied(postgres_url: str) -> None:
    """Take every row out of a migrated database, and number from one again."""
    _alone(postgres_url, _EMPTY)


def razed(postgres_url: str) -> None:
    """Take every table out of a database."""
    _alone(postgres_url, "DROP SCHEMA public CASCADE; CREATE SCHEMA public")


def _alone(postgres_url: str, statements: str) -> None:
    """Run statements on a database once everybody else was sent away, also who forgot to leave."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(_SEND_AWAY)
        connection.execute(statements)


_SEND_AWAY = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_EMPTY = """
DO $$
DECLARE found regclass;
BEGIN
    SET LOCAL session_replication_role = replica;  -- no foreign key is asked: nothing stays
    FOR found IN SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace LOOP
        IF found IN ('alembic_version'::regclass, 'installation_epoch'::regclass) THEN
            CONTINUE;
        ELSIF pg_relation_size(found) > 100000 THEN  -- slower, but leaves no room behind that is read in vain
            EXECUTE format('TRUNCATE %s CASCADE', found);
        ELSE
            EXECUTE format('DELETE FROM %s', found);
        END IF;
    END LOOP;
    FOR found IN SELECT oid FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace LOOP
        PERFORM setval(found, 1, false);
    END LOOP;
END $$
"""


def _admin(server_url: str) -> Engine:
    return create_engine(make_url(server_url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
