"""The identity of this installation and its epoch, made with the pricing store and read from it.

Knows no stream and no Redis: who is compared with it, and what becomes of a mismatch, is `workers.ownership`'s.
"""

import json
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Column, Text
from sqlmodel import Field, Session, SQLModel, col, select

from app.clock import new_id
from app.contracts.installation import Epoch, Installation
from app.contracts.streams import Tail


class InstallationEpoch(SQLModel, table=True):
    """One epoch of this installation. Rows are only ever added; the one with the highest number is now."""

    __tablename__ = "installation_epoch"

    number: int = Field(primary_key=True)
    id: str
    installation_id: str
    at: datetime
    by: str
    why: str
    began_at: str = Field(default="{}", sa_column=Column(Text, nullable=False))


class NoInstallation(Exception):
    """The pricing store has no identity: it was never migrated to where it gets one."""

    def __init__(self) -> None:
        super().__init__("The pricing store has no identity yet. Run `baton migrate`, then start again.")


def current(session: Session) -> Installation:
    """Return what the pricing store says that it is."""
    rows = session.exec(select(InstallationEpoch).order_by(col(InstallationEpoch.number))).all()
    if not rows:
        raise NoInstallation
    epochs = tuple(Epoch(number=row.number, id=row.id, began_at=json.loads(row.began_at)) for row in rows)
    return Installation(id=rows[0].installation_id, epochs=epochs)


def begin_epoch(
    session: Session, *, number: int, began_at: Mapping[str, Tail], by: str, why: str, now: datetime
) -> Installation:
    """Begin an epoch: from here on streams go on after where they stand in `began_at`, whatever they held before."""
    session.add(
        InstallationEpoch(
            number=number,
            id=new_id(),
            installation_id=current(session).id,
            at=now,
            by=by,
            why=why,
            began_at=json.dumps(dict(sorted(began_at.items()))),
        )
    )
    session.flush()
    return current(session)
