"""What people command in a context from a screen, each written down in the audit trail: locks, and trying again."""

from datetime import datetime

from app import contexts
from app.identity.actor import Actor
from app.lifecycle.audit.verbs import Verb
from app.lifecycle.commands import note, note_once
from app.words.counting import plural
from app.words.instants import written

MOST = 1000


def lock_price(actor: Actor, sku: str, reason: str, until: datetime, *, key: str, now: datetime) -> None:
    """Fix a SKU's price until an instant, in the context that keeps price locks.

    The context and the trail have a store each. To lock is safe to repeat, and is told once per key: whoever was
    refused half-way sends it again.
    """
    chain = f"context:{contexts.lock(sku, reason, until, actor.name)}"
    told = f"{sku} until {written(until)}"
    note_once(actor, key=key, chain=chain, action=Verb.LOCK_PRICE, comment=reason, told=told, now=now)


def unlock_price(actor: Actor, sku: str, *, key: str, now: datetime) -> None:
    """Release a SKU's price in the context that keeps price locks; safe to repeat, and told once per key."""
    chain = f"context:{contexts.unlock(sku)}"
    note_once(actor, key=key, chain=chain, action=Verb.UNLOCK_PRICE, comment="", told=sku, now=now)


def redrive(actor: Actor, context: str, cause: str) -> int:
    """Let a context try again what it set aside for one cause; return how many SKUs. Safe to repeat."""
    skus = [trouble.sku for trouble in contexts.troubles(context, limit=MOST) if trouble.cause == cause]
    count = contexts.redrive(context, sorted(set(skus)))
    note(actor, chain=f"context:{context}", action=Verb.REDRIVE, told=f"{plural(count, 'SKU')}: {cause}")
    return count
