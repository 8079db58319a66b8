"""What one unit of a product holds: read as people write it, kept as whole units that are small enough to be exact."""

import re
from decimal import Decimal
from typing import Final, NamedTuple

MOST: Final = 10**9
"""A tonne in milligrams, a thousand litres in microlitres."""
_UNITS: Final = {
    "mg": {"mg": 1, "g": 10**3, "gm": 10**3, "kg": 10**6},
    "µl": {"µl": 1, "ml": 10**3, "cl": 10**4, "dl": 10**5, "l": 10**6, "lt": 10**6, "ltr": 10**6},
    "mm": {"mm": 1, "cm": 10, "m": 10**3},
    "pc": dict.fromkeys(("pc", "pcs", "piece", "pieces", "ct", "count", "unit", "units", "each", "ea", "stk"), 1),
}
_SMALLEST: Final = {unit: (smallest, times) for smallest, units in _UNITS.items() for unit, times in units.items()}
_SHOWN: Final = {"mg": ("kg", "g", "mg"), "µl": ("l", "ml", "µl"), "mm": ("m", "cm", "mm"), "pc": ("pcs",)}
_TYPED = re.compile(r"([0-9]{1,10})(?:[.,]([0-9]{1,6}))?\s*([a-zµμ]{1,6})\.?", re.ASCII | re.IGNORECASE)
_THOUSANDS = re.compile(r"[0-9]{1,3},[0-9]{3}\s*\D.*", re.ASCII)


class NotAContent(ValueError):
    """A text that does not say what one unit holds. The text of the error is a sentence."""


class Content(NamedTuple):
    """How much one unit holds, in the smallest unit of its kind: milligrams, microlitres, millimetres or pieces."""

    amount: int
    unit: str

    def __str__(self) -> str:
        shown = next(unit for unit in _SHOWN[self.unit] if self.amount >= _SMALLEST[unit][1])
        number = Decimal(self.amount) / _SMALLEST[shown][1]
        return f"{number.normalize():f} {shown}"


def parse_content(text: str) -> Content:
    """Read `500 g`, `1.5 l` or `12 pcs`. Raises `NotAContent`."""
    typed = _TYPED.fullmatch(text.strip())
    if typed is None or _THOUSANDS.fullmatch(text.strip()):
        raise NotAContent(f"“{text[:40]}” does not say what one unit holds; write it like 500 g, 1.5 l or 12 pcs.")
    whole, decimals, unit = typed.groups()
    known = _SMALLEST.get(unit.casefold().replace("μ", "µ"))
    if known is None:
        raise NotAContent(f"“{unit}” is no unit that is known here; write mg, g, kg, ml, cl, l, mm, cm, m or pcs.")
    smallest, times = known
    amount = Decimal(f"{whole}.{decimals or 0}") * times
    if amount != amount.to_integral_value() or not 1 <= amount <= MOST:
        raise NotAContent(f"“{text[:40]}” is not a content of 1 to {MOST:,} {smallest} in whole {smallest}.")
    return Content(int(amount), smallest)
