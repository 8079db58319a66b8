"""What people command in a context, each written down in the audit trail: locks, and trying again.

Screens and API command in the same words.
"""

from collections.abc import Collection
from datetime import datetime

from app import contexts
from app.contexts.locks import LockChange
from app.contracts.context import PriceLock
from app.identity.actor import Actor
from app.lifecycle.audit.verbs import Verb
from app.lifecycle.commands import note, note_once
from app.words.counting import plural
from app.words.instants import written


def lock_price(
    actor: Actor, sku: str, reason: str, until: datetime, *, key: str, now: datetime, keeper: str = ""
) -> PriceLock:
    """Fix a SKU's price until an instant, in the context that keeps price locks (`keeper`, if there are several).

    The context and the trail have a store each. What changed is always told; where nothing did, it is told once per
    key: a double click is one entry, and whoever was refused half-way sends it again.
    """
    change = contexts.lock(sku, reason, until, actor.name, keeper=keeper)
    told = f"{sku} until {written(until)}"
    _tell(actor, change, Verb.LOCK_PRICE, comment=reason, told=told, key=key, now=now)
    return PriceLock(sku, reason, until, actor.name)


def unlock_price(actor: Actor, sku: str, *, key: str = "", now: datetime, keeper: str = "") -> bool:
    """Release a SKU's price in the context that keeps price locks; told as a lock is. Returns whether it was locked.

    Without a key it is told only where it was.
    """
    change = contexts.unlock(sku, keeper=keeper)
    _tell(actor, change, Verb.UNLOCK_PRICE, comment="", told=sku, key=key, now=now)
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
