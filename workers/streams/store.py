"""A context's own store: opening it, and the statements that every context shares."""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from alembic import command
from alembic.config import Config
from pydantic import ValidationError
from sqlalchemy import Connection, Engine, Table, delete, func, insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from app.contracts.events import PRICE_EVENTS, Answer, Event, PriceEvent, dump, parse
from app.contracts.streams import PARTITIONS, Tail
from app.database import open_engine
from app.words.counting import plural
from workers.streams.consumer import Belief, Consumer, Heard
from workers.streams.entries import StreamEntry, chained, going_on
from workers.streams.legible import WHOLE, legible
from workers.streams.records import foreign_entry, parked, position, said, said_sequence, unreadable

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

    def event(self) -> PriceEvent | None:
        """Return the event, or None if its version is not known here."""
        try:
            event = parse(self.payload)
        except ValidationError:
            return None
        return event if isinstance(event, PRICE_EVENTS) else None


def open_store(consumer: Consumer, url: str) -> Engine:
    """Open a context's store and bring its tables up to date."""
    engine = open_engine(url, durable=False)
    migrate(engine, consumer.migrations)
    return engine


def migrate(engine: Engine, own: Path | None, *, upto: str = "heads") -> None:
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
        command.upgrade(config, upto)
        _upsert_nothing(connection, position, [{"partition": p, "seq": 0} for p in range(PARTITIONS)])


def millis(at: datetime) -> int:
    """Return an instant as the stores keep it."""
    return int(at.timestamp() * 1000)


def instant(at: int) -> datetime:
    """Return a stored instant as an aware datetime."""
    return datetime.fromtimestamp(at / 1000, UTC)


def positions(connection: Connection) -> dict[int, int]:
    """Return how far each partition is settled."""
    return {row.partition: row.seq for row in connection.execute(select(position.c.partition, position.c.seq))}


def hold(connection: Connection, partition: int) -> Tail:
    """Return a partition's position and keep other workers from moving it until this transaction ends."""
    query = select(position.c.seq, position.c.link).where(position.c.partition == partition).with_for_update()
    return Tail(*connection.execute(query).one())


def advance(connection: Connection, partition: int, old: Tail, new: Tail) -> None:
    """Move a partition's position; refuse if it is not where this worker believes it to be."""
    here = (position.c.partition == partition, position.c.seq == old.seq, position.c.link == old.link)
    moved = connection.execute(update(position).where(*here).values(seq=new.seq, link=new.link))
    if moved.rowcount != 1:
        raise LostPartition(f"partition {partition} is no longer at {old.seq}")


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


def park(connection: Connection, sku: str, cause: str) -> None:
    """Let nobody try a SKU's waiting events again until a person says so."""
    changed = {"state": "parked", "next_at": None, "cause": legible(cause)[:500]}
    connection.execute(update(parked).where(parked.c.sku == sku, parked.c.state == "retrying").values(changed))


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


def pass_over(connection: Connection, partition: int, entry: StreamEntry, cause: str, now: datetime) -> None:
    """Keep an entry that cannot be taken in, for a person to look at. Of the entry only its place is trusted."""
    row = {
        "partition": partition,
        "seq": entry.seq,
        "payload": legible(entry.payload, WHOLE),
        "cause": legible(cause)[:500],
        "at": millis(now),
    }
    _upsert_nothing(connection, unreadable, [row])


def keep_foreign(connection: Connection, stream: str, entries: Sequence[StreamEntry], now: datetime) -> None:
    """Keep entries of the said stream that this context did not say."""
    connection.execute(
        insert(foreign_entry),
        [
            {"stream": stream, "entry": entry.id, "payload": legible(entry.payload), "at": millis(now)}
            for entry in entries
        ],
    )


_LOOK_AT = (
    (unreadable, "that it cannot take in"),
    (foreign_entry, "among its answers that are not its own"),
)


def alarm(connection: Connection) -> str:
    """Say what a person has to look at, or nothing."""
    parts = []
    for table, what in _LOOK_AT:
        kept = connection.execute(select(func.count()).where(table.c.seen_at.is_(None))).scalar_one()
        if kept:
            parts.append(f"{plural(kept, 'entry', 'entries')} {what}")
    return f"Keeps {' and '.join(parts)}: `baton context kept` lists them." if parts else ""


def say(connection: Connection, answers: Sequence[Answer]) -> None:
    """Write answers into the context's outbox, each with the next dense sequence."""
    if not answers:
        return
    at = _hold_what_was_said(connection)
    words = [StreamEntry(at.seq + place, dump(answer).encode()) for place, answer in enumerate(answers, start=1)]
    _keep_said(connection, [*zip(chained(words, at), answers, strict=True)])


def say_as_said(connection: Connection, entries: Sequence[StreamEntry]) -> None:
    """Take entries of the said stream that go on from what this store knows as said."""
    at = _hold_what_was_said(connection)
    _keep_said(connection, [(entry, parse(entry.payload)) for entry in going_on(at, entries)])


def said_so_far(connection: Connection) -> Tail:
    """Return how far the answers go."""
    return Tail(*connection.execute(select(said_sequence.c.n, said_sequence.c.link)).one())


def said_after(connection: Connection, cursor: int, limit: int) -> list[StreamEntry]:
    """Return what was said after `cursor`, in order."""
    query = select(said.c.seq, said.c.payload, said.c.link).where(said.c.seq > cursor).order_by(said.c.seq)
    return [StreamEntry(seq, payload.encode(), link) for seq, payload, link in connection.execute(query.limit(limit))]


def _hold_what_was_said(connection: Connection) -> Tail:
    return Tail(*connection.execute(select(said_sequence.c.n, said_sequence.c.link).with_for_update()).one())


def _keep_said(connection: Connection, said_now: Sequence[tuple[StreamEntry, Event]]) -> None:
    if not said_now:
        return
    rows = [
        {
            "seq": entry.seq,
            "type": event.type,
            "correlation_id": event.correlation_id,
            "payload": entry.payload.decode(),
            "link": entry.link,
        }
        for entry, event in said_now
    ]
    connection.execute(insert(said), rows)
    last = said_now[-1][0]
    connection.execute(update(said_sequence).values(n=last.seq, link=last.link))
