"""Whether what stands in the tables can be read at all: SQLite keeps whatever is written into a column.

A cell that is not of its column's kind, or a table that is gone, must be named like any other tampering. It must never
end the verification: whoever could do that would hide everything else that they did.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Column, Table, TextClause, inspect, text, type_coerce
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.types import Boolean, DateTime, Integer, NullType, TypeDecorator, TypeEngine
from sqlmodel import Session, SQLModel

from app.lifecycle.audit.evidence.findings import NAMED, Findings, What
from app.migrations.tables import load
from app.protection.changes import key_of
from app.protection.tables import COMPARED, KEPT, NO_TABLES

log = logging.getLogger("baton.audit")
LONGEST: Final = 80


class AsItStands(TypeDecorator[object]):
    """An instant in UTC as it stands, or whatever was put in its place."""

    impl = DateTime
    cache_ok = True

    def __init__(self) -> None:
        super().__init__(timezone=True)

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[object]:
        """Take from SQLite what is in the cell; PostgreSQL has nothing there but instants."""
        return dialect.type_descriptor(NullType() if dialect.name == "sqlite" else DateTime(timezone=True))  # type: ignore[arg-type]

    def process_result_value(self, value: object, dialect: Dialect) -> object:
        """Return an instant where there is one."""
        if isinstance(value, str):
            try:
                value = datetime.fromisoformat(value)
            except ValueError:
                return value
        if not isinstance(value, datetime):
            return value
        return value.replace(tzinfo=UTC) if value.utcoffset() is None else value.astimezone(UTC)


def as_it_stands(column: Column[object]) -> ColumnElement[object]:
    """Return a column to be read as it stands, whatever was put there."""
    if _holds_instants(column):
        return type_coerce(column, AsItStands()).label(column.name)
    if isinstance(column.type, Boolean):
        return type_coerce(column, NullType()).label(column.name)  # type: ignore[return-value]
    return column


def compare(session: Session, findings: Findings) -> bool:
    """Name every table that is gone, and every cell that is not of its column's kind; tell whether all tables stand."""
    load()
    tables = [SQLModel.metadata.tables[name] for name in (*KEPT, *COMPARED) if name not in NO_TABLES]
    standing = set(inspect(session.connection()).get_table_names())
    gone = [table.name for table in tables if table.name not in standing]
    for name in gone:
        findings.add(What.TABLE_GONE, f"the table {name} is gone, and nothing can be compared before it is back")
    if not gone and session.get_bind().dialect.name == "sqlite":
        for table in tables:
            if table.name in COMPARED:
                _name_odd_cells(session, table, findings)
    return not gone


@contextmanager
def come_what_may(session: Session, findings: Findings, about: str) -> Iterator[None]:
    """Compare something; what cannot be compared is named too, and the rest is compared all the same."""
    try:
        with session.begin_nested():
            yield
    except Exception as odd:  # whatever was put there, verification says so and goes on
        log.exception("the audit trail could not be verified as a whole")
        findings.add(What.UNREADABLE, f"{about} cannot be compared, for something there cannot be read: {_first(odd)}")


def _name_odd_cells(session: Session, table: Table, findings: Findings) -> None:
    for row in session.execute(_odd_rows(table)).mappings():
        place = ", ".join(f"{name} {_shown(row[name])}" for name in key_of(table))
        told = "; ".join(
            f"{column.name} is {_shown(row[column.name])}, which is no {_kind(column)}"
            for column in table.c
            if row[f"odd {column.name}"]
        )
        findings.add(What.UNREADABLE, f"the row of {table.name} with {place}: {told}")


def _odd_rows(table: Table) -> TextClause:
    tests = {column.name: _is_odd(column) for column in table.c}
    read = ", ".join(f'"{name}", {test} AS "odd {name}"' for name, test in tests.items())
    return text(f"SELECT {read} FROM {table.name} WHERE {' OR '.join(tests.values())} LIMIT {NAMED + 1}")  # noqa: S608 (names of ours)


def _is_odd(column: Column[object]) -> str:
    """Return what is true in SQLite of a cell that is neither empty nor of its column's kind."""
    name = f'"{column.name}"'
    if _holds_instants(column):
        return f"({name} IS NOT NULL AND (typeof({name}) <> 'text' OR julianday({name}) IS NULL))"
    return f"(typeof({name}) NOT IN ('{'integer' if _holds_numbers(column) else 'text'}', 'null'))"


def _holds_instants(column: Column[object]) -> bool:
    kind = column.type
    return isinstance(kind.impl if isinstance(kind, TypeDecorator) else kind, DateTime)


def _holds_numbers(column: Column[object]) -> bool:
    return isinstance(column.type, Integer | Boolean)


def _kind(column: Column[object]) -> str:
    return "instant" if _holds_instants(column) else "whole number" if _holds_numbers(column) else "text"


def _shown(value: object) -> str:
    return value.hex()[:LONGEST] if isinstance(value, bytes) else str(value)[:LONGEST]


def _first(odd: Exception) -> str:
    return (str(odd).splitlines() or [type(odd).__name__])[0][:LONGEST]
