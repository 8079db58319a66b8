"""Entries of streams that were kept aside, for a person to look at."""

from datetime import datetime

from sqlmodel import Session, col, func, select, update

from app.contracts.kept import KeptItem
from app.outbox.records import KeptEntry

SHOWN = 500
_NEW = (col(KeptEntry.done_at).is_(None), col(KeptEntry.seen_at).is_(None))


def kept(session: Session) -> list[KeptItem]:
    """Return what nobody has looked at yet, newest first."""
    rows = session.exec(select(KeptEntry).where(*_NEW).order_by(col(KeptEntry.id).desc()).limit(SHOWN))
    return [
        KeptItem(where=row.stream, entry=row.entry, cause=row.cause, payload=row.payload, at=row.at) for row in rows
    ]


def number_kept(session: Session) -> int:
    """Return how many entries nobody has looked at yet."""
    return session.exec(select(func.count()).select_from(KeptEntry).where(*_NEW)).one()


def note_seen(session: Session, now: datetime) -> None:
    """Somebody has looked at all of them."""
    session.connection().execute(update(KeptEntry).where(*_NEW).values(seen_at=now))
