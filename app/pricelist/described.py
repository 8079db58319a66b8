"""What a product is called, wherever the price list speaks of one."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Described:
    """A product by its description; all its money is in minor units of `currency`, which is its own for life."""

    sku: str
    name: str
    category: str
    subcategory: str
    brand: str
    currency: str
