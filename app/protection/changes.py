"""What a transaction does to protected rows, taken down as it does it: each change once, in order.

Only what Baton itself writes through `app.database.transaction` comes by here; what is written past it does not. An
honest change names the columns that it moved and no other, so that it never vouches for what somebody else put there.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import Enum
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

from sqlalchemy import Table, event
from sqlalchemy.orm import Session as AnySession
from sqlalchemy.orm import SessionTransaction, attributes
from sqlalchemy.orm.unitofwork import UOWTransaction
from sqlmodel import Session, SQLModel

from app.protection.tables import KEPT, Keeping

Value: TypeAlias = str | int | None
Key: TypeAlias = tuple[Value, ...]
Values: TypeAlias = dict[str, Value]

_NOTED: Final = "changes of protected rows"
_MARKS: Final = "where savepoints began"


class RowChange(NamedTuple):
    """What became of one row: these columns have these values now; None if it is gone."""

    table: str
    key: Key
    values: Values | None


class NotSealed(RuntimeError):
    """Protected rows were changed where nobody seals what was done. A fault of the program: nothing was changed."""


class ProtectedSession(Session):
    """A session that takes down what it does to protected rows."""


def plainly(value: object) -> Value:
    """Return a column's value as it is kept: the same, whichever store it was read from."""
    if type(value) in _PLAIN:
        return value  # type: ignore[return-value]
    if isinstance(value, datetime):
        return _instant(value)
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, bytes):
        return f"bytes {value.hex()}"  # of no column of ours: somebody put it there
    return int(value) if isinstance(value, bool) else value  # type: ignore[return-value]


_PLAIN: Final = frozenset({str, int, type(None)})


@lru_cache(maxsize=256)
def _instant(value: datetime) -> str:
    """Write an instant; the many rows of one batch share a few."""
    return value.astimezone(UTC).isoformat()


def note(session: Session, table: str, key: Key, values: Values | None) -> None:
    """Take down a change that was not made through an object of the session."""
    if isinstance(session, ProtectedSession):
        noted(session).append(RowChange(table, key, values))


def noted(session: AnySession) -> list[RowChange]:
    """Return what was taken down so far in this transaction."""
    kept: list[RowChange] = session.info.setdefault(_NOTED, [])
    return kept


def sealed_by(seal: Callable[[AnySession], None]) -> None:
    """Have what was taken down sealed before each commit. Until somebody does, nothing protected can be changed."""
    event.listen(AnySession, "before_commit", seal)
    _SEALERS.append(seal)


_SEALERS: list[Callable[[AnySession], None]] = []


@event.listens_for(ProtectedSession, "after_flush")
def _take_down(session: Session, _: UOWTransaction) -> None:
    for row in session.deleted:
        _gone(session, row)
    for row in session.new:
        _made(session, row)
    for row in session.dirty:
        _moved(session, row)


@event.listens_for(ProtectedSession, "before_commit")
def _refuse_unsealed(session: Session) -> None:
    if not _SEALERS and noted(session):
        raise NotSealed("Import app.lifecycle.audit.audit_trail wherever protected rows are changed.")


@event.listens_for(ProtectedSession, "after_transaction_create")
def _mark(session: Session, transaction: SessionTransaction) -> None:
    if transaction.nested:
        session.info.setdefault(_MARKS, {})[transaction] = len(noted(session))


@event.listens_for(ProtectedSession, "after_soft_rollback")
def _undo(session: Session, transaction: SessionTransaction) -> None:
    """Forget what was undone with a savepoint, or everything."""
    if transaction.nested:
        del noted(session)[session.info.get(_MARKS, {}).pop(transaction, 0) :]
    elif transaction.parent is None:
        session.info.pop(_NOTED, None)


def _gone(session: Session, row: object) -> None:
    table, _, key = _kept(row)
    if table:
        note(session, table, key, None)


def _made(session: Session, row: object) -> None:
    table, keeping, key = _kept(row)
    if keeping is None:
        return
    values = {column: plainly(getattr(row, column)) for column in columns_of(row.__table__, keeping)}  # type: ignore[attr-defined]
    if not keeping.may_be_blank or any(values.values()):
        note(session, table, key, values)


def _moved(session: Session, row: object) -> None:
    table, keeping, key = _kept(row)
    if keeping is None:
        return
    before: Mapping[str, object] = attributes.instance_state(row).committed_state
    values = {
        name: plainly(getattr(row, name))
        for name in before
        if keeping.holds(name) and name in row.__table__.c and before[name] != getattr(row, name)  # type: ignore[attr-defined]
    }
    if values:
        note(session, table, key, values)


def _kept(row: object) -> tuple[str, Keeping | None, Key]:
    if not isinstance(row, SQLModel):
        return "", None, ()
    table: Table = row.__table__  # type: ignore[attr-defined]
    keeping = KEPT.get(table.name)
    if keeping is None:
        return "", None, ()
    return table.name, keeping, tuple(plainly(getattr(row, name)) for name in key_of(table))


def key_of(table: Table) -> list[str]:
    """Return the columns that name a row."""
    return [column.name for column in table.primary_key]


def columns_of(table: Table, keeping: Keeping) -> list[str]:
    """Return the columns of a table that are kept of a row beside its name."""
    return [column.name for column in table.c if keeping.holds(column.name) and not column.primary_key]
