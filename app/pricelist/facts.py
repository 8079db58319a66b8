"""Cost and competitor price of a SKU: with source and date, and for how long they count.

A fact that was observed too long ago is not measured: the rules do not see it, in whatever way they are asked, while
pages show it with its age. How old is too old is configuration (`BATON_COST_AGE_DAYS`, `BATON_COMPETITOR_AGE_DAYS`).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, case, true
from sqlmodel import col

from app.config import settings
from app.pricelist.records import Fact, Product

AMOUNT = {Fact.COST: col(Product.cost), Fact.COMPETITOR: col(Product.competitor_price)}
OBSERVED = {Fact.COST: col(Product.cost_observed_at), Fact.COMPETITOR: col(Product.competitor_observed_at)}


@dataclass(frozen=True, slots=True)
class Observed:
    """A fact on file. `amount` is None if nothing was ever observed; `measured` tells whether the rules read it."""

    kind: Fact
    amount: int | None
    observed_at: datetime | None
    source: str
    measured: bool

    @property
    def too_old(self) -> bool:
        """Tell whether there is an amount that no longer counts."""
        return self.amount is not None and not self.measured


def oldest(kind: Fact, now: datetime) -> datetime | None:
    """Return the instant before which a fact does not count any more; None if it counts for ever."""
    days = age_limit(kind)
    return now - timedelta(days=days) if days else None


def age_limit(kind: Fact) -> int:
    """Return for how many days a fact counts; 0 is for ever."""
    config = settings()
    return config.cost_age_days if kind is Fact.COST else config.competitor_age_days


def observed(kind: Fact, amount: int | None, at: datetime | None, source: str, now: datetime) -> Observed:
    """Return a fact on file, as it counts at an instant."""
    since = oldest(kind, now)
    measured = amount is not None and (since is None or (at is not None and at >= since))
    return Observed(kind, amount, at, source, measured)


def measured(kind: Fact, now: datetime) -> ColumnElement[int]:
    """Return, for the product of each row of a query, the amount that the rules may read at an instant, or null."""
    since = oldest(kind, now)
    counted: ColumnElement[int] = (
        case((OBSERVED[kind] >= since, AMOUNT[kind])) if since else case((true(), AMOUNT[kind]))
    )
    return counted


def cost_at(now: datetime) -> ColumnElement[int]:
    """Return the cost that the rules may read at an instant."""
    return measured(Fact.COST, now)


def competitor_at(now: datetime) -> ColumnElement[int]:
    """Return the competitor's price that the rules may read at an instant."""
    return measured(Fact.COMPETITOR, now)
