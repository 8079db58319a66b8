"""Every event of the published language, as frozen pydantic models with a versioned type string.

Money is an integer in minor units plus an ISO 4217 currency. `correlation_id` is the proposal that an event is about
(for listings: the import). A change of meaning is a new class with a new version, never an edit.

Every number and every text is bounded: whoever can read an event can keep it. Whole numbers stay within what every
language and every store holds exactly; texts hold no NUL, which PostgreSQL does not take.
"""

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

LARGEST_AMOUNT = 2**53 - 1
LARGEST_COUNT = 2**31 - 1
_NO_NUL = r"^[^\x00]*$"
Amount = Annotated[int, Field(ge=-LARGEST_AMOUNT, le=LARGEST_AMOUNT)]
"""Minor units. A negative one can be read, so that it can be refused by name."""
Count = Annotated[int, Field(ge=0, le=LARGEST_COUNT)]
Version = Count
Sequence = Annotated[int, Field(ge=0, le=LARGEST_AMOUNT)]
Partition = Annotated[int, Field(ge=0, le=15)]
Id = Annotated[str, Field(max_length=200, pattern=_NO_NUL)]
Sku = Annotated[str, Field(min_length=1, max_length=200, pattern=_NO_NUL)]
Name = Annotated[str, Field(max_length=10_000, pattern=_NO_NUL)]
Currency = Annotated[str, Field(min_length=1, max_length=10, pattern=_NO_NUL)]
Sentence = Annotated[str, Field(max_length=10_000, pattern=_NO_NUL)]


class Envelope(BaseModel):
    """What every event carries: who it is, when it happened, what it belongs to and what caused it.

    `id` is a UUIDv7. `traceparent` follows W3C Trace Context and spans one proposal's whole passage.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: Id
    occurred_at: AwareDatetime
    correlation_id: Id
    causation_id: Id | None = None
    traceparent: Id | None = None


class Item(BaseModel):
    """One SKU at one price version, inside an acknowledgement."""

    model_config = ConfigDict(frozen=True)

    sku: Sku
    version: Version


class ProductListed(Envelope):
    """A product is on sale, with its first or corrected description; the price is authoritative."""

    type: Literal["product-listed.v1"] = "product-listed.v1"
    sku: Sku
    name: Name
    category: Name
    subcategory: Name
    brand: Name
    price: Amount
    currency: Currency
    version: Version


class PriceChangePublished(Envelope):
    """The new price of one SKU. `line` of `of` tells its place in the repricing."""

    type: Literal["price-change-published.v1"] = "price-change-published.v1"
    sku: Sku
    old: Amount
    new: Amount
    currency: Currency
    version: Version
    line: Count
    of: Count


class PriceChangeRolledBack(Envelope):
    """A published price is taken back: `new` is the price before it, at the next version; `undoes` the version undone.

    `of` counts the SKUs that this rollback takes back, which may be fewer than were published: a SKU whose
    authoritative price moved on since is left alone.
    """

    type: Literal["price-change-rolled-back.v1"] = "price-change-rolled-back.v1"
    sku: Sku
    old: Amount
    new: Amount
    currency: Currency
    version: Version
    undoes: Version
    line: Count
    of: Count


class Acknowledgement(Envelope):
    """What a context says of one batch of one repricing and partition.

    `of` is the number of lines that it is about; `position` the partition's sequence up to which the context has
    settled.
    """

    type: Id
    context: Id
    of: Count
    partition: Partition
    position: Sequence


class PricesApplied(Acknowledgement):
    """A context's acknowledgement for one batch of one repricing and partition.

    `of` is the repricing's number of lines; `ignored` lists SKUs for which a newer price was already there.
    `position` is the partition's sequence up to which the context has settled.
    """

    type: Literal["prices-applied.v1"] = "prices-applied.v1"
    applied: tuple[Item, ...]
    ignored: tuple[Item, ...] = ()


class PricesReverted(Acknowledgement):
    """A context confirms the undo for one batch; items carry the version of the undo.

    `unaffected` lists SKUs that this context had never applied (parked or ignored), so nothing had to be undone.
    """

    type: Literal["prices-reverted.v1"] = "prices-reverted.v1"
    reverted: tuple[Item, ...]
    unaffected: tuple[Item, ...] = ()


class PriceNotApplied(Envelope):
    """A context could not apply one price, after so many attempts and for this cause."""

    type: Id
    context: Id
    of: Count
    sku: Sku
    version: Version
    attempts: Count
    cause: Sentence


class PriceRetrying(PriceNotApplied):
    """A context could not apply one price yet and will try again at `next_at`."""

    type: Literal["price-retrying.v1"] = "price-retrying.v1"
    next_at: AwareDatetime


class PriceParked(PriceNotApplied):
    """A context gave up on one price; later prices of the same SKU wait behind it."""

    type: Literal["price-parked.v1"] = "price-parked.v1"


class PriceChangeRollbackRequested(Envelope):
    """A context cannot follow a published price, for good, and asks that the whole repricing be taken back."""

    type: Literal["price-change-rollback-requested.v1"] = "price-change-rollback-requested.v1"
    context: Id
    sku: Sku
    version: Version
    cause: Sentence


class Outline(Envelope):
    """What can be read of a price event of a version that is not known here: enough to keep it in its SKU's order."""

    type: Id
    sku: Sku
    version: Version
    of: Count = 0


class ProposalMoved(Envelope):
    """A proposal changed its status; told to whoever follows proposals rather than prices."""

    type: Literal["proposal-moved.v1"] = "proposal-moved.v1"
    number: Count
    reason: Sentence
    source: Id | None
    target: Id
    by: Name
    lines: Count


PriceEvent = ProductListed | PriceChangePublished | PriceChangeRolledBack
PRICE_EVENTS = (ProductListed, PriceChangePublished, PriceChangeRolledBack)
Answer = PricesApplied | PricesReverted | PriceRetrying | PriceParked | PriceChangeRollbackRequested
Event = PriceEvent | Answer | ProposalMoved


def name_of(kind: str) -> str:
    """Return an event type's name, without its version."""
    return kind.rpartition(".v")[0]


_EVENT: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="type")])


def parse(raw: bytes | str) -> Event:
    """Read one event from the wire. Raises `pydantic.ValidationError` if it is none of ours."""
    return _EVENT.validate_json(raw)


def dump(event: Event) -> str:
    """Write one event for the wire."""
    return event.model_dump_json()
