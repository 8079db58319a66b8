"""What a reading asks the price list: which SKUs are products, in their own spelling or in another."""

from collections.abc import Sequence

from app import database
from app.intake import spellings
from app.pricelist.queries import known_currencies
from app.words.sku import storable


def products(skus: Sequence[str]) -> frozenset[str]:
    """Return those SKUs that are a product's, or another spelling of one."""
    spelled = {sku: [sku, *spellings.of(sku)] for sku in skus if storable(sku)}
    with database.reading() as session:
        known = known_currencies(session, sorted({other for others in spelled.values() for other in others}))
    return frozenset(sku for sku, others in spelled.items() if not known.keys().isdisjoint(others))
