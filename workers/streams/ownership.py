"""Whose Redis is this, and whose store? Every connection asks before it does anything else, also after a break.

A context learns from Redis which installation and epoch it serves, and its own store remembers it. Where the two do not
fit, nothing is read and nothing is written; where Redis knows a later epoch, the store's positions are put back to what
both have in common, and everything since is read anew. What is already believed at a higher version stays. A new store
is bound to nobody, and to nobody but whom its process was told that it serves (see `assignment`).
"""

import logging
from collections.abc import Callable
from threading import Lock
from typing import Protocol, cast

from pydantic import ValidationError
from redis import Redis
from sqlalchemy import Connection, Engine, delete, insert, inspect, select, update

from app.contracts.installation import INSTALLATION, Installation, Kinship
from app.contracts.streams import Tail, price_stream
from workers.streams.assignment import assignment
from workers.streams.records import belongs, parked, position, unreadable
from workers.streams.refusals import Elsewhere, EpochTurned, NotYet

log = logging.getLogger("baton.streams")

Check = Callable[[Installation | None], None]
"""Looks at what a Redis carries, and raises if nothing may be done there."""


class _Wire(Protocol):
    """The part of a redis-py connection that a greeting uses."""

    def on_connect(self) -> None: ...
    def send_command(self, *words: str) -> None: ...
    def read_response(self) -> object: ...


def greeting(check: Check) -> Callable[[_Wire], None]:
    """Return what a client does first on each new connection, before any command of ours goes over it."""

    def greet(wire: _Wire) -> None:
        wire.on_connect()
        wire.send_command("GET", INSTALLATION)
        check(_read(cast(bytes | None, wire.read_response())))

    return greet


def carried_by(client: Redis) -> Installation | None:
    """Return what a Redis says it belongs to; None if it does not say."""
    return _read(cast(bytes | None, client.get(INSTALLATION)))


def _read(raw: bytes | None) -> Installation | None:
    try:
        return None if raw is None else Installation.model_validate_json(raw)
    except ValidationError as error:
        raise Elsewhere(f"{INSTALLATION} in Redis is no installation of ours: nothing there is touched.") from error


class ContextOwnership:
    """What one context's store is bound to, and what Redis says."""

    def __init__(self, context: str, engine: Engine) -> None:
        self._context = context
        self._engine = engine
        self._lock = Lock()
        self._later: Installation | None = None
        self._vouched = ""
        self.bound = bound_to(engine)

    def check(self, carried: Installation | None) -> None:
        """Compare Redis with what this process was told, and with the store. A new store is bound only after that."""
        if carried is None:
            raise NotYet(
                "Redis does not say which installation it belongs to. The relay says so as soon as it runs;"
                f" {self._context} waits for that and touches nothing."
            )
        with self._lock:
            self._vouch(carried)
            self._compare(carried)

    def follow(self) -> bool:
        """Take over a later epoch that Redis told of; return whether there was one. Call it with nothing in hand."""
        with self._lock:
            later, self._later = self._later, None
            if later is None:
                return False
            with self._engine.begin() as connection:
                rebind(connection, later)
            self.bound = later
        log.warning("%s: %s begins; what was read since the one before is read anew", self._context, later.words())
        return True

    def _vouch(self, carried: Installation) -> None:
        """Ask what this process was told, until that has said of this installation that it is the right one."""
        if self._vouched == carried.id:
            return
        assigned = assignment()
        assigned.refuse_elsewhere(self._context, carried, self.bound)
        self._vouched = "" if assigned.away else carried.id

    def _compare(self, carried: Installation) -> None:
        if self.bound is None:
            with self._engine.begin() as connection:
                self.bound = bind(connection, carried)
        kinship = self.bound.kinship(carried)
        if kinship is Kinship.SAME:
            return
        later = carried.epoch.number > self.bound.epoch.number
        if kinship is Kinship.OLDER or (kinship is Kinship.PARTED and later):
            self._later = carried
            raise EpochTurned
        raise Elsewhere(_unlike(self._context, self.bound, carried, kinship))


def look_first(context: str, store: Engine | None, carried: Installation | None) -> None:
    """Raise if a context's store, which may not be there yet, must not serve what Redis carries. Changes nothing."""
    if carried is None:
        return
    bound = None if store is None else bound_if_any(store)
    assignment().refuse_elsewhere(context, carried, bound)
    if bound is not None and bound.kinship(carried) is Kinship.STRANGER:
        raise Elsewhere(_unlike(context, bound, carried, Kinship.STRANGER))


def _unlike(context: str, bound: Installation, carried: Installation, kinship: Kinship) -> str:
    belongs_to = f"{context}'s store belongs to {bound.words()}, Redis to {carried.words()}."
    if kinship is Kinship.STRANGER:
        return (
            f"{belongs_to} Two installations would answer into one another's streams, so nothing was read or written."
            f" Point {context} at the Redis of its own installation (BATON_REDIS_URL), or give it the store of this one"
            f" (BATON_{context.upper().replace('-', '_')}_DATABASE_URL, BATON_DATA_DIR); an empty store will do."
        )
    return (
        f"{belongs_to} The store knows an epoch that Redis does not: the pricing store or Redis was put back from an"
        " older copy. Nothing was read or written. Run `baton installation restored` where the pricing store is."
    )


def bound_to(engine: Engine) -> Installation | None:
    """Return what a context's store is bound to, or None."""
    with engine.connect().execution_options(read_only=True) as connection:
        return _kept(connection)


def bound_if_any(engine: Engine) -> Installation | None:
    """Return what a store is bound to that may have no tables yet, or older ones."""
    with engine.connect().execution_options(read_only=True) as connection:
        return _kept(connection) if inspect(connection).has_table(belongs.name) else None


def bind(connection: Connection, to: Installation) -> Installation:
    """Bind a store, unless another process did meanwhile; return what it is bound to."""
    kept = _kept(connection)
    if kept is None:
        connection.execute(insert(belongs).values(id=1, installation=to.model_dump_json()))
    return kept or to


def rebind(connection: Connection, to: Installation) -> None:
    """Bind a store to a later epoch: of positions and of what was set aside, keep what both epochs have in common."""
    held = _kept(connection)
    if held is None or held.kinship(to) is Kinship.SAME:
        return
    rows = connection.execute(select(position.c.partition, position.c.seq, position.c.link).with_for_update()).all()
    for partition, seq, link in rows:
        kept = to.shared(held, price_stream(partition), Tail(seq, link))
        here = position.c.partition == partition
        connection.execute(update(position).where(here).values(seq=kept.seq, link=kept.link))
        for aside in (parked, unreadable):
            connection.execute(delete(aside).where(aside.c.partition == partition, aside.c.seq > kept.seq))
    connection.execute(update(belongs).values(installation=to.model_dump_json()))


def still(connection: Connection, bound: Installation) -> bool:
    """Whether a store is still bound as this process believes (asked in the transaction of every effect)."""
    kept = _kept(connection)
    return kept is None or kept.kinship(bound) is Kinship.SAME


def _kept(connection: Connection) -> Installation | None:
    raw = connection.execute(select(belongs.c.installation)).scalar_one_or_none()
    return None if raw is None else Installation.model_validate_json(raw)
