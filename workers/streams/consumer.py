"""How a context declares what it hears and what it does about it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection

from app.contracts.context import Finder, LookUp, PriceLocks, Routes
from app.contracts.events import PriceChangeRolledBack, PriceEvent
from workers.streams.retries import Retries


class Belief(NamedTuple):
    """What a context holds to be a SKU's price."""

    price: int
    currency: str
    version: int


class Heard(NamedTuple):
    """One event as a handler gets it, with what this context believed until now.

    `news` is False only for a listing whose price is not newer than the one believed; prices that are not news never
    reach a handler.
    """

    event: PriceEvent
    sku: str
    price: int
    currency: str
    version: int
    heard_at: datetime
    before: Belief | None
    news: bool

    @property
    def takes_back_ours(self) -> bool:
        """Whether this is the undo of exactly the price that this context holds."""
        event = self.event
        return (
            isinstance(event, PriceChangeRolledBack) and self.before is not None and self.before.version == event.undoes
        )


Handler = Callable[[Connection, Sequence[Heard]], None]
"""Reacts to events of one type, each about another SKU, inside the transaction that also moves the reading position.

It may fail: the batch is then split until only the SKU in trouble is set aside, and the others go on.
"""


def believe(_: Connection, __: Sequence[Heard]) -> None:
    """Do nothing more: keeping the price, which happens for every context, is all that this one needs."""


class CannotApply(Exception):
    """Raised by a handler for SKUs that it cannot follow however often it tries, with a cause for each."""

    def __init__(self, causes: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{sku}: {cause}" for sku, cause in causes.items()))
        self.causes = causes


@dataclass(frozen=True)
class Consumer:
    """A context: its name, a verb for people, its handlers by event type, and what it does when it cannot follow.

    `asks_for_rollback`: a price that it gives up on is not only parked, it also asks that the repricing be taken back.
    `migrations`: the folder with the alembic revisions of its own tables.
    The rest is what the web may ask it (see `app.contracts.context`): `holds`, by which people hear of refusals before
    they submit a change; the price `locks` that it keeps; how it `finds` products; its own `routes` on the API.
    """

    name: str
    does: str
    on: Mapping[type[PriceEvent], Handler]
    asks_for_rollback: bool = False
    migrations: Path | None = None
    retries: Retries = field(default_factory=Retries)
    holds: LookUp | None = None
    locks: PriceLocks | None = None
    finds: Finder | None = None
    routes: Routes | None = None

    def hears(self) -> tuple[str, ...]:
        """Return the type strings of the events that this context reacts to."""
        return tuple(str(kind.model_fields["type"].default) for kind in self.on)
