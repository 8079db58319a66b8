"""Whether a context's store belongs to this installation, asked before the web reads or writes it."""

from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import Session

from app import database, installation
from app.contracts.installation import Installation, Kinship
from app.store_file import StoreRefused

_HAS = {
    "sqlite": "SELECT 1 FROM sqlite_master WHERE name = 'belongs'",
    "postgresql": "SELECT 1 FROM pg_class WHERE oid = to_regclass('belongs')",
}


class StoreIsLater(StoreRefused):
    """A context's store is of an epoch that the pricing store, put back from an older copy, does not know."""


def refuse_elsewhere(name: str, store: Engine) -> None:
    """Let every new connection to a store raise if it is bound to another installation, or to a past unknown here.

    A store that is new, or not migrated yet, is bound to nobody: its own worker binds it. One that has not been told
    of the newest epoch yet is ours all the same.
    """

    @event.listens_for(store, "connect")
    def _look(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        bound = _bound_to(connection, _HAS[store.dialect.name])
        if bound is not None:
            _compare(name, bound)


def _bound_to(connection: DBAPIConnection, has: str) -> Installation | None:
    """Return what a store is bound to, or None."""
    cursor = connection.cursor()
    try:
        cursor.execute(has)
        if cursor.fetchone() is None:
            return None
        cursor.execute("SELECT installation FROM belongs")
        row = cursor.fetchone()
    finally:
        cursor.close()
        connection.rollback()
    return None if row is None else Installation.model_validate_json(row[0])


def _compare(name: str, bound: Installation) -> None:
    with database.engine().connect().execution_options(read_only=True) as connection:
        ours = installation.current(Session(connection))
    kinship = bound.kinship(ours)
    told_later = kinship is Kinship.PARTED and bound.epoch.number < ours.epoch.number
    if kinship not in (Kinship.SAME, Kinship.OLDER) and not told_later:
        raise _refusal(name, bound, ours, kinship)


def _refusal(name: str, bound: Installation, ours: Installation, kinship: Kinship) -> StoreRefused:
    belongs_to = f"{name}'s store belongs to {bound.words()}, the pricing store is {ours.words()}."
    if kinship is Kinship.STRANGER:
        variable = f"BATON_{name.upper().replace('-', '_')}_DATABASE_URL"
        return StoreRefused(
            f"{belongs_to} What is read there is another shop's, and what is written there would be lost here. Point"
            f" {variable} at {name}'s own store, or at an empty one: it is filled by itself."
        )
    return StoreIsLater(
        f"{belongs_to} The pricing store was put back from a copy of before that epoch. Run"
        " `baton installation restored`."
    )
