"""What the contexts kept aside because they could not take it in, or had not said it."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection, text
from sqlalchemy.exc import DatabaseError

from app.contexts.discovery import has_store, names, store_of
from app.contexts.stored_prices import instant
from app.contracts.kept import KeptItem

_SHOWN = 500
_UNREADABLE = text(
    "SELECT partition, seq, cause, payload, at FROM unreadable WHERE seen_at IS NULL ORDER BY at DESC LIMIT :most"
)
_FOREIGN = text(
    "SELECT stream, entry, payload, at FROM foreign_entry WHERE seen_at IS NULL ORDER BY at DESC LIMIT :most"
)
_SEEN = (
    text("UPDATE unreadable SET seen_at = :at WHERE seen_at IS NULL"),
    text("UPDATE foreign_entry SET seen_at = :at WHERE seen_at IS NULL"),
)


def kept() -> list[KeptItem]:
    """Return what nobody has looked at yet, context by context."""
    found: list[KeptItem] = []
    for name in names():
        if has_store(name):
            try:
                with store_of(name).connect().execution_options(read_only=True) as connection:
                    found += _kept(connection, name)
            except DatabaseError:
                continue  # no tables yet, or the store is away: the others are shown
    return found


def note_kept_seen(now: datetime) -> None:
    """Somebody has looked at all of it."""
    for name in names():
        if has_store(name):
            with store_of(name).begin() as connection:
                for statement in _SEEN:
                    connection.execute(statement, {"at": int(now.timestamp() * 1000)})


def _kept(connection: Connection, name: str) -> Iterator[KeptItem]:
    for partition, seq, cause, payload, at in connection.execute(_UNREADABLE, {"most": _SHOWN}):
        yield KeptItem(
            where=f"{name}, partition {partition}", entry=str(seq), cause=cause, payload=payload, at=instant(at)
        )
    for stream, entry, payload, at in connection.execute(_FOREIGN, {"most": _SHOWN}):
        yield KeptItem(where=stream, entry=entry, cause=f"{name} did not say this", payload=payload, at=instant(at))
