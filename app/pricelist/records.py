"""Rows of the price list. Money is integer minor units; `version` counts a SKU's prices from 1.

A SKU has one currency for life. `price` and `price_history` refer to a product *with its currency*, so the store itself
refuses that an amount and the currency that it was counted in come apart.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Column, ForeignKeyConstraint, Index, Integer
from sqlmodel import Field, SQLModel

Serial = BigInteger().with_variant(Integer, "sqlite")


def _in_its_currency(name: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["sku", "currency"],
        ["product.sku", "product.currency"],
        name=f"fk_{name}_currency",
        deferrable=True,
        initially="DEFERRED",
    )


class Fact(StrEnum):
    """What the rules read of a product beside its prices. It never leaves the pricing store."""

    COST = "cost"
    COMPETITOR = "competitor"


class Product(SQLModel, table=True):
    """What is sold. `cost` and `competitor_price` are facts for the rules and never leave the pricing store.

    Each fact has the instant at which it was observed and its source (see `app.pricelist.facts`). What it is beside
    that (see `app.pricelist.attributes`) comes with the catalog and stays here too: `content` of one unit is counted in
    `content_unit`, `minimum_advertised` in minor units.
    """

    __table_args__ = (
        Index("ix_product_currency", "sku", "currency", unique=True),
        Index("ix_product_family", "family"),
    )

    sku: str = Field(primary_key=True)
    name: str
    category: str = Field(index=True)
    subcategory: str
    brand: str
    currency: str
    cost: int | None = Field(default=None, sa_type=BigInteger)
    competitor_price: int | None = Field(default=None, sa_type=BigInteger)
    cost_observed_at: datetime | None = None
    cost_source: str = ""
    competitor_observed_at: datetime | None = None
    competitor_source: str = ""
    family: str = ""
    family_rank: int | None = None
    pack_size: int | None = Field(default=None, sa_type=BigInteger)
    content: int | None = Field(default=None, sa_type=BigInteger)
    content_unit: str = ""
    minimum_advertised: int | None = Field(default=None, sa_type=BigInteger)


class Price(SQLModel, table=True):
    """The authoritative price of a SKU now."""

    __table_args__ = (_in_its_currency("price"),)

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
    __table_args__ = (_in_its_currency("price_history"),)

    sku: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    amount: int = Field(sa_type=BigInteger)
    currency: str
    at: datetime
    proposal_id: str | None = Field(default=None, index=True)
    cause: str
    shows: int | None = None


class FactChange(SQLModel, table=True):
    """One change of one fact of a SKU: what it was, what it is, who says so. Insert-only.

    `batch` is the import that brought it; the audit trail has the digest of every batch's changes. Amounts are minor
    units of `currency`, None for unknown.
    """

    __tablename__ = "fact_change"
    __table_args__ = (Index("ix_fact_change_sku", "sku", "kind", "id"), Index("ix_fact_change_by", "by", "sku"))

    id: int | None = Field(default=None, sa_column=Column(Serial, primary_key=True, autoincrement=True))
    sku: str
    kind: str
    before: int | None = Field(default=None, sa_type=BigInteger)
    after: int | None = Field(default=None, sa_type=BigInteger)
    currency: str
    source: str
    observed_at: datetime
    by: str
    by_name: str
    at: datetime
    batch: str


class Pulse(SQLModel, table=True):
    """A counter per topic that moves with every visible change (see `app.database.Pulses`)."""

    topic: str = Field(primary_key=True)
    n: int
