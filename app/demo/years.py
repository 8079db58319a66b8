"""A believable year of prices that leads to today's."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from app.pricelist.catalog_import import CatalogRow
from app.pricelist.records import Cause

DAYS = 365
_MOST_CHANGES = 7


@dataclass(frozen=True, slots=True)
class PastPrice:
    """A price that a product had from an instant on; versions count from 1."""

    sku: str
    version: int
    amount: int
    at: datetime

    @property
    def cause(self) -> Cause:
        """Return why it was set: the first one by listing the product."""
        return Cause.LISTED if self.version == 1 else Cause.PUBLISHED


def year_of(article: CatalogRow, now: datetime) -> list[PastPrice]:
    """Return the prices of one product over the year before `now`, oldest first; the last one is today's."""
    chance = Random(article.sku)  # noqa: S311 - the same each time
    changes = chance.randint(1, _MOST_CHANGES)
    days = sorted(chance.sample(range(12, DAYS - 5), changes), reverse=True)
    amounts = [article.price]
    for _ in days:
        amounts.insert(0, _before(amounts[0], chance))
    instants = [_morning(now, DAYS), *(_morning(now, day) for day in days)]
    return [
        PastPrice(article.sku, version, amount, at)
        for version, (amount, at) in enumerate(zip(amounts, instants, strict=True), start=1)
    ]


def _before(amount: int, chance: Random) -> int:
    """Return an earlier price: mostly somewhat lower, sometimes higher, never the same."""
    earlier = round(amount / chance.uniform(0.955, 1.085) / 100) * 100
    return max(100, earlier if earlier != amount else amount - 100 if amount > 200 else amount + 100)


def _morning(now: datetime, days: int) -> datetime:
    """Return 00:30 UTC that many days ago: six in the morning in India, when price lists change."""
    return (now - timedelta(days=days)).replace(hour=0, minute=30, second=0, microsecond=0)
