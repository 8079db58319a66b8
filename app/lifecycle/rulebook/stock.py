"""What is sold, as scopes name it: how many products stand where, and which names are known."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property

from sqlalchemy import func, select
from sqlmodel import Session, col

from app.pricelist.records import Product
from rules.coverage import Shelf
from rules.ruleset import Rule
from rules.scope import WORDS, folded

NAMED = ("category", "sub_category", "brand", "currency")
"""What a scope may name that products have. No product is in a channel."""
AT_ONCE = 500


@dataclass(frozen=True)
class Stock:
    """The shelves of the price list, and on which of them the SKUs stand that somebody asked about."""

    shelves: tuple[Shelf, ...]
    skus: Mapping[str, Shelf]

    @property
    def empty(self) -> bool:
        """Tell whether nothing is sold here yet: then no name can be wrong."""
        return not self.shelves

    @cached_property
    def names(self) -> Mapping[str, Mapping[str, str]]:
        """Return the names that products have in each dimension, by their folded form."""
        found: dict[str, dict[str, str]] = {dimension: {} for dimension in NAMED}
        for shelf in self.shelves:
            for dimension in NAMED:
                name = getattr(shelf, dimension)
                found[dimension].setdefault(folded(name) or "", name)
        return found

    def unknown(self, rule: Rule) -> list[str]:
        """Say of each name in a rule's scope that no product has, what is wrong with it."""
        if self.empty:
            return []
        names = ((dimension, getattr(rule.scope, dimension)) for dimension in NAMED)
        wrong = [self._no_such(dimension, name) for dimension, name in names if name and not self._has(dimension, name)]
        absent = [sku for sku in rule.scope.skus or () if sku not in self.skus]
        if absent:
            more = f" and {len(absent) - 3:,} more" if len(absent) > 3 else ""
            wrong.append(f"No product has the SKU {', '.join(absent[:3])}{more}.")
        return wrong

    def _has(self, dimension: str, name: str) -> bool:
        return (folded(name) or "") in self.names[dimension]

    def _no_such(self, dimension: str, name: str) -> str:
        known = self.names[dimension]
        near = get_close_matches(folded(name) or "", known, n=1)
        meant = f" Did you mean “{known[near[0]]}”?" if near else ""
        return f"No product is of the {WORDS.get(dimension, dimension)} “{name[:60]}”.{meant}"


def stock(session: Session, skus: Collection[str] = ()) -> Stock:
    """Read the shelves, and on which of them some SKUs stand."""
    rows = session.execute(select(*_WHERE, func.count()).group_by(*_WHERE).order_by(*_WHERE))
    shelves = {
        (category, within, brand, currency): Shelf(category, within, brand, currency, None, products)
        for category, within, brand, currency, products in rows
    }
    found: dict[str, Shelf] = {}
    asked = sorted(skus)
    for start in range(0, len(asked), AT_ONCE):
        query = select(col(Product.sku), *_WHERE).where(col(Product.sku).in_(asked[start : start + AT_ONCE]))
        found |= {sku: shelves[where] for sku, *names in session.execute(query) if (where := tuple(names)) in shelves}
    return Stock(tuple(shelves.values()), found)


_WHERE = (col(Product.category), col(Product.subcategory), col(Product.brand), col(Product.currency))
