"""Reading the price list."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col

from app.pricelist.described import Described
from app.pricelist.facts import Observed, observed
from app.pricelist.records import Fact, Price, PriceHistory, Product
from app.words.content import Content
from app.words.money import Money
from app.words.sku import storable

CHUNK = 1_000
"""How many SKUs one query asks for."""


@dataclass(frozen=True, slots=True)
class Authoritative(Described):
    """A product with its authoritative price. Money in minor units; `proposal_id` set the price, None if listed so.

    `cost` and `competitor` are on file, whether or not they still count for the rules (see `fact`).
    """

    cost: int | None
    competitor: int | None
    price: int
    version: int
    since: datetime
    proposal_id: str | None
    cost_observed_at: datetime | None
    cost_source: str
    competitor_observed_at: datetime | None
    competitor_source: str
    family: str
    family_rank: int | None
    pack_size: int | None
    content: int | None
    content_unit: str
    minimum_advertised: int | None

    @property
    def holds(self) -> Content | None:
        """Return what one unit holds, if it is known."""
        return None if self.content is None else Content(self.content, self.content_unit)

    @property
    def money(self) -> Money:
        """Return the authoritative price."""
        return Money(self.price, self.currency)

    def fact(self, kind: Fact, now: datetime) -> Observed:
        """Return a fact as it counts at an instant."""
        if kind is Fact.COST:
            return observed(kind, self.cost, self.cost_observed_at, self.cost_source, now)
        return observed(kind, self.competitor, self.competitor_observed_at, self.competitor_source, now)


def price_of(session: Session, sku: str) -> Authoritative | None:
    """Return one product and its price, or None."""
    return next(iter(prices_of(session, [sku])), None)


def prices_of(session: Session, skus: Sequence[str]) -> list[Authoritative]:
    """Return products with their prices, in the order asked for; unknown SKUs are left out."""
    asked = [sku for sku in skus if storable(sku)]
    found = {row.sku: Authoritative(*row) for row in session.execute(_PRODUCTS.where(col(Product.sku).in_(asked)))}
    return [found[sku] for sku in skus if sku in found]


def find_products(
    session: Session, q: str = "", *, category: str | None = None, after: str | None = None, limit: int = 50
) -> list[Authoritative]:
    """Return products whose SKU, name or brand contains `q`, by SKU; `after` is the last SKU of the page before."""
    query = _PRODUCTS.order_by(col(Product.sku)).limit(limit)
    if q.strip():
        like = "%" + q.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        query = query.where(
            or_(
                *(
                    column.ilike(like, escape="\\")
                    for column in (col(Product.sku), col(Product.name), col(Product.brand))
                )
            )
        )
    if category:
        query = query.where(col(Product.category) == category)
    if after:
        query = query.where(col(Product.sku) > after)
    return [Authoritative(*row) for row in session.execute(query)]


def categories(session: Session) -> list[tuple[str, int]]:
    """Return every category with its number of products, by name."""
    rows = session.execute(
        select(col(Product.category), func.count()).group_by(col(Product.category)).order_by(col(Product.category))
    )
    return [(category, count) for category, count in rows]


def count_products(session: Session) -> int:
    """Return how many products are listed."""
    return session.scalar(select(func.count()).select_from(Product)) or 0


def known_currencies(session: Session, skus: Sequence[str]) -> dict[str, str]:
    """Return the currency of every SKU among these that is listed."""
    found: dict[str, str] = {}
    for start in range(0, len(skus), CHUNK):
        query = select(col(Product.sku), col(Product.currency)).where(col(Product.sku).in_(skus[start : start + CHUNK]))
        found.update((sku, currency) for sku, currency in session.execute(query))
    return found


def family_sizes(session: Session, families: Collection[str]) -> dict[str, int]:
    """Return how many products each of these families has, of those that have any."""
    query, asked, found = select(col(Product.family), func.count()), sorted(families), dict[str, int]()
    for start in range(0, len(asked), CHUNK):
        chosen = query.where(col(Product.family).in_(asked[start : start + CHUNK])).group_by(col(Product.family))
        found.update((family, count) for family, count in session.execute(chosen))
    return found


def a_currency(session: Session) -> str | None:
    """Return the currency of the first product of the price list: the one to read a price range in."""
    return session.scalar(select(col(Price.currency)).order_by(col(Price.sku)).limit(1))


def history(session: Session, sku: str, *, limit: int = 200) -> list[PriceHistory]:
    """Return the prices a SKU had, newest version first."""
    query = select(PriceHistory).where(col(PriceHistory.sku) == sku).order_by(col(PriceHistory.version).desc())
    return list(session.scalars(query.limit(limit)))


def price_in_force(sku: Mapped[str], at: datetime) -> ColumnElement[int]:
    """Return, for the SKU of each row of a query, the price in force at an instant, or its first one if it is younger.

    Two look-ups in the primary key per row; None only for a SKU that was never listed.
    """
    of_sku = select(col(PriceHistory.amount)).where(col(PriceHistory.sku) == sku).limit(1)
    then = of_sku.where(col(PriceHistory.at) <= at).order_by(col(PriceHistory.version).desc())
    first = of_sku.order_by(col(PriceHistory.version))
    return func.coalesce(then.scalar_subquery(), first.scalar_subquery())


_PRODUCTS = select(
    col(Product.sku),
    col(Product.name),
    col(Product.category),
    col(Product.subcategory),
    col(Product.brand),
    col(Price.currency),
    col(Product.cost),
    col(Product.competitor_price),
    col(Price.amount),
    col(Price.version),
    col(Price.since),
    col(Price.proposal_id),
    col(Product.cost_observed_at),
    col(Product.cost_source),
    col(Product.competitor_observed_at),
    col(Product.competitor_source),
    col(Product.family),
    col(Product.family_rank),
    col(Product.pack_size),
    col(Product.content),
    col(Product.content_unit),
    col(Product.minimum_advertised),
).join(Price, col(Price.sku) == col(Product.sku))
