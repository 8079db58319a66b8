"""What people command in a context, each written down in the audit trail: locks, and trying again.

Screens and API command in the same words.
"""

from collections.abc import Collection
from datetime import datetime

from app import contexts
from app.contexts.locks import AnotherLock, LockChange
from app.contracts.context import PriceLock
from app.identity.actor import Actor
from app.lifecycle.audit.verbs import Verb
from app.lifecycle.commands import note, note_once
from app.lifecycle.errors import NotFound, Refused
from app.lifecycle.proposing.moments import why_no_moment
from app.words.counting import plural
from app.words.instants import written
from app.words.sku import storable


class BadLock(Refused):
    """A price cannot be fixed until then."""

    code, status, title = "bad_lock", 422, "This price cannot be locked until then"


class LockedAnew(Refused):
    """Somebody else locked the price meanwhile; it is not locked over, or released, unseen."""

    code, title = "locked_anew", "Locked by somebody else meanwhile"

    def __init__(self, lock: PriceLock) -> None:
        said = f"{lock.by} locked {lock.sku} until {written(lock.until)}: {lock.reason.rstrip('.')}."
        super().__init__(f"{said} Look at that lock before you change it.")


def lock_price(
    actor: Actor,
    sku: str,
    reason: str,
    until: datetime,
    *,
    key: str,
    now: datetime,
    keeper: str = "",
    seen: str | None = None,
) -> PriceLock:
    """Fix a SKU's price until an instant, in the context that keeps price locks (`keeper`, if there are several).

    The context and the trail have a store each. What changed is always told; where nothing did, it is told once per
    key: a double click is one entry, and whoever was refused half-way sends it again. `seen` is the mark of the lock
    that was looked at, empty for none. Raises `LockedAnew` if the price is under another one by now, `NotFound` for a
    SKU that the context does not know, `BadLock` for an end that has passed or is too far.
    """
    if why := why_no_moment(until, now):
        raise BadLock(why)
    context = keeper or contexts.keepers()[0]
    if not (storable(sku) and contexts.knows(context, sku)):
        raise NotFound(f"{context.capitalize()} knows no product with this SKU.")
    try:
        change = contexts.lock(sku, reason, until, actor.name, keeper=keeper, seen=seen)
    except AnotherLock as other:
        raise LockedAnew(other.lock) from None
    told = f"{sku} until {written(until)}"
    _tell(actor, change, Verb.LOCK_PRICE, comment=reason, told=told, key=key, now=now)
    return PriceLock(sku, reason, until, actor.name)


def unlock_price(
    actor: Actor, sku: str, *, key: str = "", now: datetime, keeper: str = "", seen: str | None = None
) -> bool:
    """Release a SKU's price in the context that keeps price locks; told as a lock is. Returns whether it was locked.

    Without a key it is told only where it was. Raises `LockedAnew` as `lock_price` does.
    """
    try:
        change = contexts.unlock(sku, keeper=keeper, seen=seen)
    except AnotherLock as other:
        raise LockedAnew(other.lock) from None
    told = sku if change.changed else f"{sku}, which was not locked any more"
    _tell(actor, change, Verb.UNLOCK_PRICE, comment="", told=told, key=key, now=now)
    return change.changed


def _tell(actor: Actor, change: LockChange, verb: Verb, *, comment: str, told: str, key: str, now: datetime) -> None:
    chain = f"context:{change.keeper}"
    first = bool(key) and note_once(actor, key=key, chain=chain, action=verb, comment=comment, told=told, now=now)
    if change.changed and not first:  # the key is of an earlier time, before somebody else moved it back
        note(actor, chain=chain, action=verb, comment=comment, told=told, now=now)


def redrive(actor: Actor, context: str, prices: Collection[tuple[str, int]], cause: str) -> int:
    """Let a context try again those of these prices (SKU and version) that it has parked; return how many.

    `cause` is told in the trail. Safe to repeat: what is being tried again is parked no more.
    """
    count = contexts.redrive(context, sorted({sku for sku, _ in contexts.parked(context) & frozenset(prices)}))
    if count:
        note(actor, chain=f"context:{context}", action=Verb.REDRIVE, told=f"{plural(count, 'SKU')}: {cause}")
    return count
