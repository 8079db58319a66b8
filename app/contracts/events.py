"""Every event of the published language, as frozen pydantic models with a versioned type string.

Money is an integer in minor units plus an ISO 4217 currency. `correlation_id` is the proposal that an event is about
(for listings: the import). A change of meaning is a new class with a new version, never an edit.
"""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter


class Envelope(BaseModel):
    """What every event carries: who it is, when it happened, what it belongs to and what caused it.

    `id` is a UUIDv7. `traceparent` follows W3C Trace Context and spans one proposal's whole passage.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    occurred_at: datetime
    correlation_id: str
    causation_id: str | None = None
    traceparent: str | None = None


class Item(BaseModel):
    """One SKU at one price version, inside an acknowledgement."""

    model_config = ConfigDict(frozen=True)

    sku: str
    version: int


class ProductListed(Envelope):
    """A product is on sale, with its first or corrected description; the price is authoritative."""

    type: Literal["product-listed.v1"] = "product-listed.v1"
    sku: str
    name: str
    category: str
    subcategory: str
    brand: str
    price: int
    currency: str
    version: int


class PriceChangePublished(Envelope):
    """The new price of one SKU. `line` of `of` tells its place in the repricing."""

    type: Literal["price-change-published.v1"] = "price-change-published.v1"
    sku: str
    old: int
    new: int
    currency: str
    version: int
    line: int
    of: int


class PriceChangeRolledBack(Envelope):
    """A published price is taken back: `new` is the price before it, at the next version; `undoes` the version undone.

    `of` counts the SKUs that this rollback takes back, which may be fewer than were published: a SKU whose
    authoritative price moved on since is left alone.
    """

    type: Literal["price-change-rolled-back.v1"] = "price-change-rolled-back.v1"
    sku: str
    old: int
    new: int
    currency: str
    version: int
    undoes: int
    line: int
    of: int


class PricesApplied(Envelope):
    """A context's acknowledgement for one batch of one repricing and partition.

    `of` is the repricing's number of lines; `ignored` lists SKUs for which a newer price was already there.
    `position` is the partition's sequence up to which the context has settled.
    """

    type: Literal["prices-applied.v1"] = "prices-applied.v1"
    context: str
    of: int
    partition: int
    position: int
    applied: tuple[Item, ...]
    ignored: tuple[Item, ...] = ()


class PricesReverted(Envelope):
    """A context confirms the undo for one batch; items carry the version of the undo.

    `unaffected` lists SKUs that this context had never applied (parked or ignored), so nothing had to be undone.
    """

    type: Literal["prices-reverted.v1"] = "prices-reverted.v1"
    context: str
    of: int
    partition: int
    position: int
    reverted: tuple[Item, ...]
    unaffected: tuple[Item, ...] = ()


class PriceRetrying(Envelope):
    """A context could not apply one price yet and will try again at `next_at`."""

    type: Literal["price-retrying.v1"] = "price-retrying.v1"
    context: str
    of: int
    sku: str
    version: int
    attempts: int
    cause: str
    next_at: datetime


class PriceParked(Envelope):
    """A context gave up on one price; later prices of the same SKU wait behind it."""

    type: Literal["price-parked.v1"] = "price-parked.v1"
    context: str
    of: int
    sku: str
    version: int
    attempts: int
    cause: str


class PriceChangeRollbackRequested(Envelope):
    """A context cannot follow a published price, for good, and asks that the whole repricing be taken back."""

    type: Literal["price-change-rollback-requested.v1"] = "price-change-rollback-requested.v1"
    context: str
    sku: str
    version: int
    cause: str


class ProposalMoved(Envelope):
    """A proposal changed its status; told to whoever follows proposals rather than prices."""

    type: Literal["proposal-moved.v1"] = "proposal-moved.v1"
    number: int
    reason: str
    source: str | None
    target: str
    by: str
    lines: int


PriceEvent = ProductListed | PriceChangePublished | PriceChangeRolledBack
Answer = PricesApplied | PricesReverted | PriceRetrying | PriceParked | PriceChangeRollbackRequested
Event = PriceEvent | Answer | ProposalMoved

_EVENT: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="type")])


def parse(raw: bytes | str) -> Event:
    """Read one event from the wire. Raises `pydantic.ValidationError` if it is none of ours."""
    return _EVENT.validate_json(raw)


def dump(event: Event) -> str:
    """Write one event for the wire."""
    return event.model_dump_json()
