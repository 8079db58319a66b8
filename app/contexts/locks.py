"""Price locks for the screens. They belong to the context that keeps them: the wish is carried there, no further."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.exc import DatabaseError

from app.clock import utc_now
from app.contexts.discovery import context, has_store, names, store_of
from app.contracts.context import PriceLock, PriceLocks


class NoLocks(LookupError):
    """No context keeps price locks, so no price can be fixed."""


class AnotherLock(Exception):
    """The price is under another lock than the one that was seen."""

    def __init__(self, lock: PriceLock) -> None:
        super().__init__(f"{lock.sku} is locked by {lock.by}")
        self.lock = lock


class LockChange(NamedTuple):
    """Which context keeps the lock, and whether it is another one now than before."""

    keeper: str
    changed: bool


def lock(sku: str, reason: str, until: datetime, by: str, *, keeper: str = "", seen: str | None = None) -> LockChange:
    """Fix a SKU's price (replacing an earlier lock): changes to it are refused until then.

    `keeper` is the context that is to keep it, the first that keeps locks unless one is named. Raises `AnotherLock` if
    it is under one whose mark is not the `seen` one, which somebody else set meanwhile.
    """
    name, locks = _keeper(keeper)
    now = utc_now()
    with store_of(name).begin() as connection:
        before = locks.locks_of(connection, [sku], now).get(sku)
        if before and (before.reason, before.by) != (reason, by):
            _refuse_unseen(before, seen)
        locks.lock(connection, PriceLock(sku, reason, until, by), now)
        after = locks.locks_of(connection, [sku], now).get(sku)
    return LockChange(name, before != after)


def unlock(sku: str, *, keeper: str = "", seen: str | None = None) -> LockChange:
    """Release a SKU's price; that it was not locked is no fault. Raises `AnotherLock` as `lock` does."""
    name, locks = _keeper(keeper)
    with store_of(name).begin() as connection:
        before = locks.locks_of(connection, [sku], utc_now()).get(sku)
        if before:
            _refuse_unseen(before, seen)
        return LockChange(name, locks.unlock(connection, sku))


def lock_of(skus: Sequence[str]) -> dict[str, PriceLock]:
    """Return the locks in force among some SKUs."""
    found: dict[str, PriceLock] = {}
    for name, locks in _keepers():
        if skus and has_store(name):
            try:
                with store_of(name).connect().execution_options(read_only=True) as connection:
                    found |= locks.locks_of(connection, skus, utc_now())
            except DatabaseError:
                continue  # no tables yet, or the store is away: what the others know is shown
    return found


def _refuse_unseen(before: PriceLock, seen: str | None) -> None:
    if seen is not None and before.mark != seen:
        raise AnotherLock(before)


def keepers() -> list[str]:
    """Return the contexts that keep price locks."""
    return [name for name, _ in _keepers()]


def _keeper(name: str) -> tuple[str, PriceLocks]:
    found = [keeper for keeper in _keepers() if name in ("", keeper[0])]
    if not found:
        raise NoLocks("No context keeps price locks.")
    return found[0]


def _keepers() -> list[tuple[str, PriceLocks]]:
    return [(name, locks) for name in names() if (locks := context(name).locks) is not None]
