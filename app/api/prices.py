"""The authoritative price of a SKU, and beside it what each context believes."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel

from app import contexts, database
from app.api.access import Reader
from app.api.problems import described
from app.lifecycle.errors import NotFound
from app.pricelist import queries
from app.pricelist.queries import Authoritative
from app.words.money import format_price
from app.words.sku import clean

router = APIRouter(prefix="/api/prices", tags=["prices"])


class BeliefOut(BaseModel):
    """What one context believes a price to be, from its own store."""

    price: str
    currency: str
    version: int
    heard_at: datetime


class PriceOut(BaseModel):
    """The authoritative price, and beside it what each context believes (null: never heard of the SKU)."""

    sku: str
    name: str
    price: str
    currency: str
    version: int
    since: datetime
    proposal: str | None
    beliefs: dict[str, BeliefOut | None]

    @classmethod
    def of(cls, found: Authoritative) -> "PriceOut":
        """Return the wire form of a price with what each context believes."""
        return cls(
            sku=found.sku,
            name=found.name,
            price=format_price(found.price, found.currency),
            currency=found.currency,
            version=found.version,
            since=found.since,
            proposal=found.proposal_id,
            beliefs={name: _belief(name, found.sku) for name in contexts.names()},
        )


@router.get("/{sku:path}", responses=described(401, 404))
def read(sku: str, caller: Reader) -> PriceOut:
    """Read one price and every context's belief about it."""
    with database.reading() as session:
        found = queries.price_of(session, clean(sku))
    if found is None:
        raise NotFound("No product has this SKU.")
    return PriceOut.of(found)


def _belief(context: str, sku: str) -> BeliefOut | None:
    belief = contexts.beliefs(context, [sku]).get(sku)
    if belief is None:
        return None
    return BeliefOut(
        price=format_price(belief.price, belief.currency),
        currency=belief.currency,
        version=belief.version,
        heard_at=belief.heard_at,
    )
