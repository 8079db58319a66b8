"""A bigger pack is not dearer, for what it holds, than a smaller one of its family. Needs known contents to apply."""

from typing import ClassVar

import polars as pl
from pydantic import Field

from app.words.money import MAX_MINOR, amount
from app.words.percent import percent
from rules.facts import Facts
from rules.kinds import family
from rules.kinds.family import Pack
from rules.kinds.kind import Breach, CannotBeJudged, RuleKind
from rules.kinds.words import KindWords


class PackPrice(RuleKind):
    """Protects the promise that more costs less."""

    name: ClassVar[str] = "pack_price"
    words: ClassVar[KindWords] = KindWords(
        title="Bigger pack, dearer content",
        short="pack price",
        observed="dearer per unit",
        side="over",
        breaks="make a bigger pack dearer for what it holds",
        says=("A bigger pack is not dearer, for what it holds, than a smaller one", ""),
        condition="bigger pack not dearer per unit",
        breaks_both=True,
    )
    reads: ClassVar[frozenset[str]] = frozenset({"pack_size", "content", "family"})

    required: bool = Field(
        False, title="Every pack has to be known",
        description="Yes: a family with a pack of unknown content cannot be judged. No: that pack is passed over.",
    )  # fmt: skip

    def check(self, facts: Facts) -> Breach | None:
        """Breach if this pack is dearer than a smaller one, or a bigger one is dearer than this, for what they hold."""
        if not facts.family:
            return None
        if self.required and family.unknown_packs(facts):
            raise CannotBeJudged(
                "What a pack of this family holds is not known, so packs cannot be compared; supply it."
            )
        own = family.own_pack(facts)
        if own is None:
            return None
        others = family.other_packs(facts)
        least, most = family.pack_bounds(own, others)
        if least <= own.price <= most:
            return None
        dearer, other = max(_dearer(own, others), key=lambda found: found[0])
        passing = min(max(own.price, least), most) if 1 <= least <= most else None
        message = f"{_says(facts, dearer, own, other)}; {_way_out(facts, passing, least, most)} would pass."
        return Breach(dearer, 0, passing, message)

    def suspects(self) -> pl.Expr:
        """Give true where a bigger pack is dearer, and where one is not known although it has to be."""
        new = pl.col("new")
        dearer = ((new < pl.col("pack_least")) | (new > pl.col("pack_most"))).fill_null(False)
        return dearer | (pl.col("pack_unknown") > 0).fill_null(False) if self.required else dearer


def _dearer(own: Pack, others: list[Pack]) -> list[tuple[int, Pack]]:
    """Return by how many basis points the bigger of each two packs is dearer for what it holds, rounded up."""
    pairs = [((own, other) if own.holds > other.holds else (other, own), other)
             for other in others if other.holds != own.holds]  # fmt: skip
    return [
        (-(-(big.price * small.holds - small.price * big.holds) * 10_000 // (small.price * big.holds)), other)
        for (big, small), other in pairs
    ]


def _says(facts: Facts, dearer: int, own: Pack, other: Pack) -> str:
    price = amount(other.price, facts.currency)
    more = percent(dearer, limit=0)
    if own.holds > other.holds:
        return f"The price is {more} dearer, for what the pack holds, than the smaller {other.sku} at {price}"
    return f"The bigger {other.sku} at {price} would be {more} dearer, for what it holds, than this pack"


def _way_out(facts: Facts, passing: int | None, least: int, most: int) -> str:
    if passing is None:
        return "no price, as the others of the family stand,"
    if least > 1 and most < MAX_MINOR:
        return f"{amount(least, facts.currency)} to {amount(most, facts.currency)}"
    return f"{amount(passing, facts.currency)} or {'more' if least > 1 else 'less'}"
