"""How far below the rules two people agreed to go back, SKU by SKU; it is kept with what is carried out of that.

A distance is in minor units, from the price that returns to one that would pass; None where nothing can say.
"""

import json
import zlib
from base64 import b85decode, b85encode
from collections.abc import Mapping
from typing import TypeAlias

Distances: TypeAlias = Mapping[str, int | None]


NOTHING_HARD = b85encode(zlib.compress(b"{}", 1)).decode()
"""What is kept of an agreement to prices that break no hard rule: any that does by then is farther than that."""


def packed(distances: Distances) -> str:
    """Return distances as they are kept: a large roll-back may have 100,000 of them."""
    return b85encode(zlib.compress(json.dumps(distances).encode(), 1)).decode() if distances else ""


def unpacked(kept: str) -> Distances:
    """Return distances that were kept."""
    found: Distances = json.loads(zlib.decompress(b85decode(kept))) if kept else {}
    return found


def exceeded(now: Distances, agreed: Distances) -> bool:
    """Tell whether a price breaks a hard rule by more than was agreed to, or one does that did not then."""
    return any(_farther(distance, sku, agreed) for sku, distance in now.items())


def _farther(distance: int | None, sku: str, agreed: Distances) -> bool:
    if sku not in agreed:
        return True
    then = agreed[sku]
    return then is not None and (distance is None or distance > then)
