"""Asking the contexts which prices they hold fixed. Whoever declares `holds` is asked; no list of them is kept here."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from app.contexts.discovery import context, has_store, names, store_of
from app.contracts.holds import Held, Hold


def held(skus: Sequence[str], at: datetime) -> Held:
    """Return what would be refused of these SKUs at an instant, and which contexts could not be asked.

    A context that does not answer, or fails in any way, holds nobody up: it is named instead.
    """
    if not skus:
        return Held()
    found: dict[str, list[Hold]] = {}
    unasked: list[str] = []
    for name in names():
        try:
            answer = _ask(name, skus, at)
        except Exception:  # a context is a stranger: whatever goes wrong there, its locks are simply not known
            unasked.append(name)
            continue
        for sku, hold in answer.items():
            found.setdefault(sku, []).append(hold)
    return Held(holds=found, unasked=tuple(unasked))


def _ask(name: str, skus: Sequence[str], at: datetime) -> Mapping[str, Hold]:
    look_up = context(name).holds
    if look_up is None:
        return {}
    if not has_store(name):
        raise FileNotFoundError(f"{name} has no store yet")
    with store_of(name).connect().execution_options(read_only=True) as connection:
        return look_up(connection, skus, at)
