"""What people command in a context from a screen, each written down in the audit trail: locks, and trying again."""

from datetime import datetime

from app import contexts
from app.identity.actor import Actor
from app.lifecycle.audit.verbs import Verb
from app.lifecycle.commands import note
from app.words.counting import plural
from app.words.instants import written

MOST = 1000


def lock_price(actor: Actor, sku: str, reason: str, until: datetime) -> None:
    """Fix a SKU's price until an instant, in the context that keeps price locks."""
    keeper = contexts.lock(sku, reason, until, actor.name)
    told = f"{sku} until {written(until)}"
    note(actor, chain=f"context:{keeper}", action=Verb.LOCK_PRICE, comment=reason, told=told)


def unlock_price(actor: Actor, sku: str) -> None:
    """Release a SKU's price in the context that keeps price locks."""
    keeper = contexts.unlock(sku)
    note(actor, chain=f"context:{keeper}", action=Verb.UNLOCK_PRICE, told=sku)


def redrive(actor: Actor, context: str, cause: str) -> int:
    """Let a context try again what it set aside for one cause; return how many SKUs. Safe to repeat."""
    skus = [trouble.sku for trouble in contexts.troubles(context, limit=MOST) if trouble.cause == cause]
    count = contexts.redrive(context, sorted(set(skus)))
    note(actor, chain=f"context:{context}", action=Verb.REDRIVE, told=f"{plural(count, 'SKU')}: {cause}")
    return count
