"""A context's own store: opening it, and the statements that every context shares."""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, Table, delete, func, insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from app.contracts.events import Answer, dump
from app.contracts.streams import PARTITIONS
from app.database import open_engine
from workers.streams.appending import Entry
from workers.streams.consumer import Belief, Consumer, Heard
from workers.streams.records import parked, position, said, said_sequence, unreadable

_ONE_AT_A_TIME = 7_202_611  # an arbitrary key: two workers starting together migrate one after the other


class LostPartition(Exception):
    """Another worker moved the reading position meanwhile: this one's effect must not happen."""


class SetAside(NamedTuple):
    """An event that waits in the store: `state` is `retrying`, `parked` or `waiting` (behind another of its SKU)."""

    sku: str
    seq: int
    version: int
    payload: str
    state: str
    attempts: int
    next_at: int | None
    cause: str


def open_store(consumer: Consumer, url: str) -> Engine:
    """Open a context's store and bring its tables up to date."""
    engine = open_engine(url, durable=False)
    migrate(engine, consumer.migrations)
    return engine


def migrate(engine: Engine, own: Path | None) -> None:
    """Apply the revisions that every context shares, and the context's own."""
    ours = Path(__file__).parent / "migrations"
    folders = [ours / "versions"] + ([own] if own is not None else [])
    config = Config()
    config.set_main_option("script_location", str(ours))
    config.set_main_option("path_separator", "os")
    config.set_main_option("version_locations", os.pathsep.join(map(str, folders)))
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_AT_A_TIME})
        config.attributes["connection"] = connection
        command.upgrade(config, "heads")
        _upsert_nothing(connection, position, [{"partition": p, "seq": 0} for p in range(PARTITIONS)])


def millis(at: datetime) -> int:
    """Return an instant as the stores keep it."""
    return int(at.timestamp() * 1000)


def instant(at: int) -> datetime:
    """Return a stored instant as an aware datetime."""
    return datetime.fromtimestamp(at / 1000, UTC)


def positions(connection: Connection) -> dict[int, int]:
    """Return how far each partition is settled."""
    return {row.partition: row.seq for row in connection.execute(select(position))}


def hold(connection: Connection, partition: int) -> int:
    """Return a partition's position and keep other workers from moving it until this transaction ends."""
    query = select(position.c.seq).where(position.c.partition == partition).with_for_update()
    return int(connection.execute(query).scalar_one())


def advance(connection: Connection, partition: int, old: int, new: int) -> None:
    """Move a partition's position; refuse if it is not where this worker believes it to be."""
    moved = connection.execute(
        update(position).where(position.c.partition == partition, position.c.seq == old).values(seq=new)
    )
    if moved.rowcount != 1:
        raise LostPartition(f"partition {partition} is no longer at {old}")


def beliefs(connection: Connection, skus: Iterable[str]) -> dict[str, Belief]:
    """Return what this context believes of some SKUs."""
    among, wanted = one_of(connection, skus)
    query = text(f"SELECT sku, price, currency, version FROM belief WHERE sku {among}")  # noqa: S608
    return {row[0]: Belief(row[1], row[2], row[3]) for row in connection.execute(query, {"skus": wanted})}


def keep_beliefs(connection: Connection, heard: Sequence[Heard]) -> None:
    """Store the prices of news, never over a higher version."""
    rows = [(h.sku, h.price, h.currency, h.version, millis(h.heard_at)) for h in heard if h.news]
    if rows:  # the one statement that runs for every price: given to the driver as it is
        postgres = connection.dialect.name == "postgresql"
        connection.exec_driver_sql(_BELIEVE.replace("?", "%s") if postgres else _BELIEVE, rows)


_BELIEVE = (
    "INSERT INTO belief (sku, price, currency, version, heard_at) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT (sku) DO UPDATE SET price = excluded.price, currency = excluded.currency,"
    " version = excluded.version, heard_at = excluded.heard_at WHERE excluded.version > belief.version"
)


def one_of(connection: Connection, skus: Iterable[str]) -> tuple[str, str | list[str]]:
    """Return a condition on `:skus` and its value: one parameter however many SKUs there are."""
    if connection.dialect.name == "postgresql":
        return "= ANY(:skus)", list(skus)
    return "IN (SELECT value FROM json_each(:skus))", json.dumps(list(skus))


def upsert(connection: Connection, table: Table, rows: Sequence[Mapping[str, object]], *, key: str) -> None:
    """Insert rows or replace those with the same key."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table)
    changed = {column: statement.excluded[column] for column in rows[0] if column != key}
    connection.execute(statement.on_conflict_do_update(index_elements=[key], set_=changed), rows)


def _upsert_nothing(connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(dialect.insert(table).on_conflict_do_nothing(), rows)


def skus_set_aside(connection: Connection, partition: int) -> set[str]:
    """Return the SKUs of a partition that have events waiting."""
    query = select(parked.c.sku).where(parked.c.partition == partition).distinct()
    return set(connection.execute(query).scalars())


def set_aside_of(connection: Connection, sku: str) -> list[SetAside]:
    """Return a SKU's waiting events, oldest first."""
    columns = [parked.c[name] for name in SetAside._fields]
    rows = connection.execute(select(*columns).where(parked.c.sku == sku).order_by(parked.c.seq))
    return [SetAside(*row) for row in rows]


def set_aside(connection: Connection, partition: int, row: SetAside, now: datetime) -> None:
    """Keep an event for later, or change how it waits."""
    drop(connection, row.sku, row.seq)
    connection.execute(insert(parked), {**row._asdict(), "partition": partition, "at": millis(now)})


def drop(connection: Connection, sku: str, seq: int) -> None:
    """Forget a waiting event."""
    connection.execute(delete(parked).where(parked.c.sku == sku, parked.c.seq == seq))


def skus_due(connection: Connection, partition: int, now: datetime, limit: int) -> list[str]:
    """Return SKUs of a partition whose next attempt is due."""
    query = (
        select(parked.c.sku)
        .where(parked.c.partition == partition, parked.c.state == "retrying", parked.c.next_at <= millis(now))
        .limit(limit)
    )
    return list(connection.execute(query).scalars())


def next_due(connection: Connection) -> dict[int, int]:
    """Return when each partition's next attempt is due."""
    query = (
        select(parked.c.partition, func.min(parked.c.next_at))
        .where(parked.c.state == "retrying")
        .group_by(parked.c.partition)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def pass_over(connection: Connection, partition: int, entry: Entry, cause: str, now: datetime) -> None:
    """Keep an entry that cannot be read, so that a person can look at it."""
    connection.execute(
        insert(unreadable),
        {
            "partition": partition,
            "seq": entry.seq,
            "payload": _legible(entry.payload.decode(errors="replace")),
            "cause": _legible(cause)[:500],
            "at": millis(now),
        },
    )


def _legible(text_: str) -> str:
    return text_.replace("\x00", "\N{REPLACEMENT CHARACTER}")  # PostgreSQL's text takes no NUL


def say(connection: Connection, answers: Sequence[Answer]) -> None:
    """Write answers into the context's outbox, each with the next dense sequence."""
    if not answers:
        return
    taken = update(said_sequence).values(n=said_sequence.c.n + len(answers)).returning(said_sequence.c.n)
    first = int(connection.execute(taken).scalar_one()) - len(answers) + 1
    connection.execute(
        insert(said),
        [
            {
                "seq": first + offset,
                "type": answer.type,
                "correlation_id": answer.correlation_id,
                "payload": dump(answer),
            }
            for offset, answer in enumerate(answers)
        ],
    )


def said_after(connection: Connection, cursor: int, limit: int) -> list[Entry]:
    """Return what was said after `cursor`, in order."""
    query = select(said.c.seq, said.c.payload).where(said.c.seq > cursor).order_by(said.c.seq).limit(limit)
    return [Entry(seq, payload.encode()) for seq, payload in connection.execute(query)]


def continue_saying_after(connection: Connection, last: int) -> None:
    """Go on after `last` if the stream holds more than this store knows of: the store was lost or put back."""
    connection.execute(update(said_sequence).where(said_sequence.c.n < last).values(n=last))
