"""What Baton does to protected rows, sealed as it is done: so much as is needed to say what each row should be.

A transaction's changes become one row of `audit_state`, whose seal continues the one before; the head knows the last.
Keeping begins with what stands there. Of a secret (a password's hash) only a keyed digest is kept.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from hashlib import sha256
from itertools import islice
from typing import Final, NamedTuple

from sqlalchemy import Executable, Table, select
from sqlalchemy.orm import Session as AnySession
from sqlmodel import SQLModel

from app.lifecycle.audit.evidence.announced import past_prices
from app.lifecycle.audit.evidence.fact_batches import batches
from app.lifecycle.audit.evidence.keys import AuditKey
from app.lifecycle.audit.evidence.legible import as_it_stands
from app.lifecycle.records import AuditState
from app.migrations.tables import load
from app.protection.changes import RowChange, Values, columns_of, key_of, plainly
from app.protection.tables import KEPT, NO_TABLES, Keeping

BEGUN: Final = "begun"
"""With the first thing that was ever done here."""
FOUND: Final = "found"
"""As it was found: nobody vouches for what happened to it before."""
MORE: Final = "more"
CHANGE: Final = "change"
BEGINNINGS: Final = frozenset({BEGUN, FOUND})
AT_ONCE: Final = 1_000
_DIGITS: Final = 32


class StateEnd(NamedTuple):
    """How many transactions' changes are kept, and the seal of the last."""

    position: int = 0
    seal: str = ""


def keep(session: AnySession, key: AuditKey, end: StateEnd, changes: Sequence[RowChange], *, entry: int) -> StateEnd:
    """Keep what a transaction did, behind what was kept before; `entry` is the last entry of the trail."""
    if not changes:
        return end
    return _add(session, key, end, CHANGE, entry, (hidden(change, key) for change in changes))


def begin(session: AnySession, key: AuditKey, end: StateEnd, kind: str, *, entry: int) -> StateEnd:
    """Begin with what stands there, whoever wrote it."""
    found = (hidden(change, key) for change in everything(session))
    end, chunk = StateEnd(end.position), list(islice(found, AT_ONCE))
    while chunk or kind in BEGINNINGS:
        end = _add(session, key, end, kind, entry, chunk)
        kind, chunk = MORE, list(islice(found, AT_ONCE))
    return end


def any_kept(session: AnySession) -> bool:
    """Tell whether anything was ever kept here."""
    return session.scalar(select(AuditState.id).limit(1)) is not None  # type: ignore[call-overload]


def seal_of(key: AuditKey, position: int, before: str, entry: int, kind: str, body: str) -> str:
    """Return the seal of one row of `audit_state`, which continues the seal `before` it."""
    return key.seal("state", position, before, entry, kind, sha256(body.encode()).hexdigest())


def everything(session: AnySession) -> Iterator[RowChange]:
    """Yield every protected row as it stands."""
    for name, keeping, table in kept_tables():
        for row in rows_of(session, table, keeping):
            if not keeping.may_be_blank or any((row.values or {}).values()):
                yield row._replace(table=name)
    yield from past_prices(session)
    yield from batches(session)


def kept_tables() -> Iterator[tuple[str, Keeping, Table]]:
    """Yield every table whose rows are kept."""
    load()
    for name, keeping in KEPT.items():
        if name not in NO_TABLES:
            yield name, keeping, SQLModel.metadata.tables[name]


def rows_of(session: AnySession, table: Table, keeping: Keeping) -> Iterator[RowChange]:
    """Yield the rows of a table as they stand, in the form in which they are kept."""
    columns, keys = columns_of(table, keeping), key_of(table)
    for row in session.execute(_reading(table, (*keys, *columns), len(keys))):
        values = [plainly(value) for value in row]
        yield RowChange(table.name, tuple(values[: len(keys)]), dict(zip(columns, values[len(keys) :], strict=True)))


@cache
def _reading(table: Table, columns: tuple[str, ...], keys: int) -> Executable:
    query = select(*(as_it_stands(table.c[name]) for name in columns))
    return query.order_by(*(table.c[name] for name in columns[:keys])).execution_options(yield_per=2_000)


def hidden(change: RowChange, key: AuditKey) -> RowChange:
    """Return a change with a keyed digest in place of each secret."""
    secret = KEPT[change.table].secret
    if not secret or change.values is None:
        return change
    values: Values = {
        name: key.seal("secret", change.table, name, *map(str, change.key), value)[:_DIGITS]
        if name in secret and value is not None
        else value
        for name, value in change.values.items()
    }
    return change._replace(values=values)


def _add(
    session: AnySession, key: AuditKey, end: StateEnd, kind: str, entry: int, changes: Iterable[RowChange]
) -> StateEnd:
    body, position = json.dumps(list(changes), ensure_ascii=False, separators=(",", ":")), end.position + 1
    seal = seal_of(key, position, end.seal, entry, kind, body)
    session.execute(
        AuditState.__table__.insert(),  # type: ignore[attr-defined]
        {"position": position, "entry": entry, "kind": kind, "body": body, "seal": seal},
    )
    return StateEnd(position, seal)
