"""What a product is beside its description: family and rank, pack and content, and the advertised minimum.

It comes with the catalog, as its description does, and never leaves the pricing store.
"""

from dataclasses import dataclass
from typing import NamedTuple

from app.words.content import Content

MOST_RANK = 1_000
MOST_UNITS = 100_000
MOST_IN_FAMILY = 100
"""So many products form a family at most: every one of them is read with each of the others."""


class Attributes(NamedTuple):
    """What is on file of a product, in the order of the columns of `product`. Empty or None: not known."""

    family: str = ""
    family_rank: int | None = None
    pack_size: int | None = None
    content: int | None = None
    content_unit: str = ""
    minimum_advertised: int | None = None

    @property
    def holds(self) -> Content | None:
        """Return what one unit holds, if it is known."""
        return None if self.content is None else Content(self.content, self.content_unit)


@dataclass(frozen=True, slots=True)
class Stated:
    """What a row of a catalog says of a product's attributes. None: nothing; empty or 0: it has none any more."""

    family: str | None = None
    family_rank: int | None = None
    pack_size: int | None = None
    content: Content | None = None
    minimum_advertised: int | None = None

    def over(self, on_file: Attributes) -> Attributes:
        """Return what is on file once this is said. Without a family there is no rank in it."""
        content = on_file.holds if self.content is None else self.content
        family = on_file.family if self.family is None else self.family
        amount, unit = (content.amount or None, content.unit) if content else (None, "")
        return Attributes(
            family=family,
            family_rank=_said(self.family_rank, on_file.family_rank) if family else None,
            pack_size=_said(self.pack_size, on_file.pack_size),
            content=amount,
            content_unit=unit if amount else "",
            minimum_advertised=_said(self.minimum_advertised, on_file.minimum_advertised),
        )


NOTHING_STATED = Stated()
NO_CONTENT = Content(0, "")


def _said(now: int | None, before: int | None) -> int | None:
    return before if now is None else now or None
