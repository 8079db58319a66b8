"""Which installation a context's process was told that it serves: by the pricing store at hand, or by name.

A Redis is only an address, and an address may be another shop's. So an empty store never takes a Redis's word for whom
it belongs to: the pricing store of the same settings says so, or `BATON_INSTALLATION` where there is none to be asked.
"""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import inspect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session

from app import installation
from app.config import settings
from app.contracts.installation import Installation, Kinship
from app.database import open_engine, patient
from workers.streams.refusals import Elsewhere, NotYet

_NAMED = "BATON_INSTALLATION"


@dataclass(frozen=True, slots=True)
class Assignment:
    """What this process was told: `name` in so many words, `ours` by the pricing store, which may be `away`."""

    name: str
    ours: Installation | None
    away: bool = False

    def refuse_elsewhere(self, context: str, carried: Installation, bound: Installation | None) -> None:
        """Raise unless what Redis carries is what this process was told; nobody guesses for a store of nobody's."""
        if self.name and self.name != carried.id:
            raise Elsewhere(_not_the_named(context, self.name, carried))
        if self.ours is not None:
            _compare(context, self.ours, carried)
        elif bound is None and not self.name:
            raise NotYet(_not_asked(context)) if self.away else Elsewhere(_nobody_said(context, carried))


def assignment() -> Assignment:
    """Return what the settings and the pricing store at hand say."""
    name = settings().installation
    try:
        return Assignment(name, at_hand())
    except DatabaseError:
        return Assignment(name, None, away=True)


def at_hand() -> Installation | None:
    """Return what the pricing store of these settings says that it is; None where there is none, or an empty one."""
    url = make_url(settings().pricing_url())
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        return None
    store = open_engine(patient(url))
    try:
        with store.connect().execution_options(read_only=True) as connection:
            if not inspect(connection).has_table(installation.InstallationEpoch.__tablename__):
                return None
            return installation.current(Session(connection))
    except installation.NoInstallation:
        return None
    finally:
        store.dispose()


def _compare(context: str, ours: Installation, carried: Installation) -> None:
    kinship = ours.kinship(carried)
    if kinship is Kinship.SAME:
        return
    unlike = f"Redis belongs to {carried.words()}, the pricing store of this {context} is {ours.words()}."
    if kinship is Kinship.STRANGER:
        raise Elsewhere(
            f"{unlike} {context} would answer in another shop's name and keep its prices from whoever answers there, so"
            " nothing was read or written. Start it with the Redis of its own installation (unset BATON_REDIS_URL, or"
            " name another), or with the settings of the other one (BATON_DATA_DIR, BATON_DATABASE_URL)."
        )
    if ours.epoch.number > carried.epoch.number:
        raise NotYet(f"{unlike} The relay tells Redis of the new epoch; {context} waits for that and touches nothing.")
    raise Elsewhere(
        f"{unlike} The pricing store was put back from a copy of before that epoch, so nothing was read or written. Run"
        " `baton installation restored`."
    )


def _not_the_named(context: str, name: str, carried: Installation) -> str:
    return (
        f"{_NAMED} says that this {context} belongs to installation {name}, and Redis belongs to {carried.id}: nothing"
        " was read or written. Name the Redis of that installation (BATON_REDIS_URL), or correct the setting:"
        " `baton installation show` says it where the pricing store is."
    )


def _not_asked(context: str) -> str:
    return (
        f"{context}'s store is empty, and the pricing store, which knows to whom it belongs, does not answer. {context}"
        " waits for it and touches nothing."
    )


def _nobody_said(context: str, carried: Installation) -> str:
    return (
        f"{context}'s store is empty, no pricing store is here, and so nothing says that this {context} belongs to"
        f" {carried.words()}, which Redis belongs to. If another {context} answers there, two would take each other's"
        f" prices, so nothing was read or written. If it does belong there, say so: {_NAMED}={carried.id}. If not, name"
        " the Redis of its own installation (BATON_REDIS_URL)."
    )
