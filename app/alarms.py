"""Alarms about this installation as a whole: raised by whoever notices, shown to everybody until it is over."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, Column, text
from sqlmodel import Field, Session, SQLModel, col, delete, select

from app.database import pulse, transaction


class Alarm(SQLModel, table=True):
    """Something that a person must do something about. `said` tells what happened, what it means and what to do."""

    name: str = Field(primary_key=True)
    said: str
    since: datetime


class WriteProbe(SQLModel, table=True):
    """One row that is written to find out whether anything can be."""

    __tablename__ = "write_probe"

    id: int = Field(primary_key=True)
    n: int = Field(sa_column=Column(BigInteger, nullable=False))


@dataclass(frozen=True, slots=True)
class Raised:
    """An alarm that is on."""

    name: str
    said: str
    since: datetime


def raised(session: Session) -> list[Raised]:
    """Return the alarms that are on, oldest first."""
    rows = session.exec(select(Alarm).order_by(col(Alarm.since), col(Alarm.name)))
    return [Raised(row.name, row.said, row.since) for row in rows]


def is_on(session: Session, name: str) -> bool:
    """Whether an alarm is on."""
    return session.get(Alarm, name) is not None


def ring(session: Session, name: str, said: str, now: datetime) -> None:
    """Raise an alarm, or change what it says; one that says so already is left alone."""
    row = session.get(Alarm, name)
    if row is not None and row.said == said:
        return
    session.add(Alarm(name=name, said=said, since=now) if row is None else _saying(row, said))
    session.flush()
    pulse(session, "contexts")


def silence(session: Session, *names: str) -> None:
    """End alarms whose cause is gone."""
    if session.connection().execute(delete(Alarm).where(col(Alarm.name).in_(names))).rowcount:
        pulse(session, "contexts")


def try_writing() -> None:
    """Write and commit something of no meaning. Raises the store's own error when it refuses."""
    with transaction() as session:
        session.connection().execute(_PROBE)


def _saying(row: Alarm, said: str) -> Alarm:
    row.said = said
    return row


_PROBE = text("INSERT INTO write_probe (id, n) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET n = write_probe.n + 1")
