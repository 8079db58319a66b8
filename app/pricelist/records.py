"""Rows of the price list. Money is integer minor units; `version` counts a SKU's prices from 1."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel


class Product(SQLModel, table=True):
    """What is sold. `cost` and `competitor_price` are facts for the rules and never leave the pricing store."""

    sku: str = Field(primary_key=True)
    name: str
    category: str = Field(index=True)
    subcategory: str
    brand: str
    currency: str
    cost: int | None = Field(default=None, sa_type=BigInteger)
    competitor_price: int | None = Field(default=None, sa_type=BigInteger)


class Price(SQLModel, table=True):
    """The authoritative price of a SKU now."""

    sku: str = Field(primary_key=True)
    amount: int = Field(sa_type=BigInteger)
    currency: str
    version: int
    since: datetime
    proposal_id: str | None = None


class Cause(StrEnum):
    """Why a price began."""

    LISTED = "listed"
    PUBLISHED = "published"
    ROLLED_BACK = "rolled-back"
    RECOVERED = "recovered"
    """It was published, lost with a pricing store that was put back from an older copy, and found outside again."""


class PriceHistory(SQLModel, table=True):
    """Every price a SKU ever had, one row per version.

    A price that came back, at the end of a window or by a roll-back, `shows` the version that lies beneath what ended.
    """

    __tablename__ = "price_history"

    sku: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    amount: int = Field(sa_type=BigInteger)
    currency: str
    at: datetime
    proposal_id: str | None = Field(default=None, index=True)
    cause: str
    shows: int | None = None


class Pulse(SQLModel, table=True):
    """A counter per topic that moves with every visible change (see `app.database.Pulses`)."""

    topic: str = Field(primary_key=True)
    n: int
