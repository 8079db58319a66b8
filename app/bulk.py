"""Writing many rows of one table at once, as fast as each store can: the intake of a million products waits for this.

SQLite prepares one statement and runs it per row; PostgreSQL takes whole columns as arrays. Values are bound, never
written into the statement; names come from our own tables.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import Connection, Table
from sqlmodel import SQLModel

Value: TypeAlias = str | int | datetime | None
Row: TypeAlias = Sequence[Value]


def insert(
    connection: Connection,
    model: type[SQLModel],
    columns: Sequence[str],
    rows: Sequence[Row],
    *,
    renew: str = "",
    keep: Sequence[str] = (),
) -> None:
    """Insert rows given in the order of `columns`; where the key `renew` exists already, its row is renewed.

    The columns `keep` of an existing row stay as they are. What other rows point at belongs there: on PostgreSQL even
    writing the same value again would keep everybody waiting who writes such a row.
    """
    if not rows:
        return
    table: Table = model.__table__  # type: ignore[attr-defined]
    named = ", ".join(f'"{name}"' for name in columns)
    again = ", ".join(f'"{name}" = excluded."{name}"' for name in columns if name != renew and name not in keep)
    into = f'INSERT INTO "{table.name}" ({named})'
    ending = f" ON CONFLICT ({renew}) DO UPDATE SET {again}" if renew else ""
    if connection.dialect.name == "postgresql":
        arrays = ", ".join(f"%s::{_type(connection, table, name)}[]" for name in columns)
        # each column is one parameter; "WHERE true" keeps ON CONFLICT apart from the join
        given = tuple(list(column) for column in zip(*rows, strict=True))
        connection.exec_driver_sql(f"{into} SELECT * FROM unnest({arrays}) WHERE true{ending}", given)  # noqa: S608
        return
    marks = ", ".join("?" * len(columns))
    connection.exec_driver_sql(f"{into} VALUES ({marks}){ending}", _prepared(connection, table, columns, rows))


def _type(connection: Connection, table: Table, name: str) -> str:
    return str(table.c[name].type.compile(connection.dialect))


def _prepared(
    connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Row]
) -> list[tuple[Value, ...]]:
    """Write instants as this store keeps them; most rows of one batch share a few."""
    whole = list(zip(*rows, strict=True))
    for place, name in enumerate(columns):
        write = table.c[name].type.dialect_impl(connection.dialect).bind_processor(connection.dialect)
        if name in _DATED and write is not None:
            known = {value: write(value) for value in set(whole[place])}
            whole[place] = tuple(map(known.__getitem__, whole[place]))
    return list(zip(*whole, strict=True))


_DATED = frozenset({"at", "since", "observed_at", "cost_observed_at", "competitor_observed_at"})
