"""One store answers for a context. Every process of it shows in Redis which one that is, and another one is refused.

What tells two stores apart is where they lie, not what is in them: a copy of a store says of itself what its original
says. The claim outlasts a restart, so nobody slips in meanwhile; a store that was deleted or put back at the same place
is the same.
"""

import os
import socket
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from redis import Redis
from sqlalchemy import Engine, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ProgrammingError

from app.contracts.streams import answering_store_key
from workers.streams.refusals import Occupied

CLAIM_MS = 30_000
"""So long after its last sign a store keeps its claim."""

_HOLD = """
local held = redis.call('HMGET', KEYS[1], 'file', 'address', 'where')
if held[1] and held[1] ~= ARGV[1] and held[2] ~= ARGV[2] then return {held[3], redis.call('PTTL', KEYS[1])} end
redis.call('HSET', KEYS[1], 'file', ARGV[1], 'address', ARGV[2], 'where', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return {}
"""
_SERVER = text("SELECT (SELECT system_identifier FROM pg_control_system()), current_database(), current_schema()")


@dataclass(frozen=True, slots=True)
class StorePlace:
    """Where a store lies: two of which `file` or `address` is the same are one store. `where` is for people."""

    file: str
    address: str
    where: str

    def is_other_than(self, file: str, address: str) -> bool:
        """Whether what is shown of a store is of another one."""
        return file != self.file and address != self.address


def place_of(store: Engine) -> StorePlace:
    """Return where a store lies. It must be there."""
    if store.dialect.name == "sqlite":
        return place_of_file(Path(store.url.database or ""))
    return _place_in_server(store)


def place_of_file(path: Path) -> StorePlace:
    """Return where a SQLite file lies, or will lie: by its inode, and by its path as this process sees it."""
    machine, whole = _machine(), path.resolve()
    try:
        found = os.stat(whole)
        file = f"{machine}:{found.st_dev}:{found.st_ino}"
    except FileNotFoundError:
        file = f"{machine}:none:{whole}"
    return StorePlace(file, f"{machine}:{_mounts()}:{whole}", f"{whole} on {socket.gethostname()}")


def _place_in_server(store: Engine) -> StorePlace:
    where = f"database {store.url.database} at {store.url.host or 'this machine'}"
    try:
        with store.connect().execution_options(read_only=True) as connection:
            at = ":".join(str(part) for part in connection.execute(_SERVER).one())
    except ProgrammingError:  # a server that does not tell who it is: then by the name it is called
        at = _called(store.url)
    return StorePlace(at, at, where)


def _called(url: URL) -> str:
    return f"{url.host}:{url.port}:{url.database}"


def _machine() -> str:
    """Return what all processes of this machine have in common, in containers too: SQLite works on one machine only."""
    with suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return socket.gethostname()


def _mounts() -> str:
    """Return what tells this process's view of paths from a container's."""
    with suppress(OSError):
        return os.readlink("/proc/self/ns/mnt")
    return ""


class StoreClaim:
    """The claim to answer for a context, made for the store at one place."""

    def __init__(self, client: Redis, context: str, place: StorePlace) -> None:
        self._key = answering_store_key(context)
        self._context = context
        self._place = place
        self._client = client
        self._hold = client.register_script(_HOLD)

    def hold(self) -> None:
        """Make the claim, or keep it; raise `Occupied` if another store has it."""
        place = self._place
        held = cast(
            list[bytes | int],
            self._hold(keys=[self._key], args=[place.file, place.address, place.where, CLAIM_MS]),
        )
        if held:
            where, left = cast(tuple[bytes, int], held)
            raise Occupied(_occupied(self._context, where.decode(errors="replace"), place.where, left))

    def look(self) -> None:
        """Raise `Occupied` if another store has the claim; make none."""
        file, address, where = cast(list[bytes | None], self._client.hmget(self._key, ["file", "address", "where"]))
        if file is None or address is None or not self._place.is_other_than(file.decode(), address.decode()):
            return
        left = cast(int, self._client.pttl(self._key))
        raise Occupied(_occupied(self._context, (where or b"").decode(errors="replace"), self._place.where, left))


def _occupied(context: str, there: str, here: str, left_ms: int) -> str:
    variable = f"BATON_{context.upper().replace('-', '_')}_DATABASE_URL"
    return (
        f"{context} answers from another store: {there}. Two stores that answer for one context take each other's"
        f" prices, so for the one here, {here}, nothing was read or written. To add a process, give it that store"
        f" (BATON_DATA_DIR, {variable}). To let this one answer instead, stop the other one; after {CLAIM_MS // 1000} s"
        f" without a sign of it ({max(left_ms, 0) // 1000 + 1} s from now, if there is none) this one is let in."
    )
