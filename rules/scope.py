"""Which lines a rule is about."""

from collections.abc import Mapping
from functools import cached_property, lru_cache

from pydantic import BaseModel, ConfigDict, SerializerFunctionWrapHandler, field_validator, model_serializer

from app.words import sku as sku_words
from app.words.counting import plural
from rules.facts import Facts

DIMENSIONS = ("category", "sub_category", "brand", "channel", "currency")
"""What a scope may name besides SKUs, in the order in which a sentence names it."""
WORDS = {"sub_category": "sub-category"}
WEIGHTS = dict.fromkeys(DIMENSIONS, 1) | {"sub_category": 2}
"""A sub-category lies within a category, so naming it says twice as much."""
SKUS_WEIGH = 1 + sum(WEIGHTS.values())
"""A list of SKUs is more specific than everything else together."""
MOST_SKUS = 10_000
_LATER = ("sub_category", "skus")
"""Dimensions that came later: left out where they say nothing, so that the hash of what is stored stays what it is."""
_SHOWN_SKUS = 3


@lru_cache(maxsize=1 << 16)
def folded(value: str | None) -> str | None:
    """Return a name as scopes compare it: case and blanks must not decide whether a rule applies."""
    return None if value is None else " ".join(value.split()).casefold()


def dimensions_of(facts: Facts) -> dict[str, str | None]:
    """Return the folded names by which scopes find a line, and its SKU as it is."""
    named = {dimension: folded(getattr(facts, dimension)) for dimension in DIMENSIONS}
    named["sku"] = facts.sku
    return named


class Scope(BaseModel):
    """Which lines a rule is about; nothing set means all of them. `skus` are compared as they are listed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    category: str | None = None
    brand: str | None = None
    channel: str | None = None
    currency: str | None = None
    sub_category: str | None = None
    skus: tuple[str, ...] | None = None

    @field_validator(*DIMENSIONS)
    @classmethod
    def _says_something(cls, name: str | None) -> str | None:
        if name is not None and not name.strip():
            raise ValueError("a scope cannot be blank; leave it out to mean all")
        return name

    @field_validator("skus")
    @classmethod
    def _sorted_and_unique(cls, skus: tuple[str, ...] | None) -> tuple[str, ...] | None:
        if skus is None:
            return None
        unique = sorted({sku_words.clean(sku) for sku in skus})
        if not 1 <= len(unique) <= MOST_SKUS:
            raise ValueError(f"a scope names 1 to {MOST_SKUS:,} SKUs, not {len(unique):,}; split it, or leave them out")
        for sku in unique:
            if why := sku_words.why_not(sku):
                raise ValueError(f"“{sku[: sku_words.MAX_LENGTH]}” is no SKU: {why}")
        return tuple(unique)

    @model_serializer(mode="wrap")
    def _without_what_came_later(self, write: SerializerFunctionWrapHandler) -> dict[str, object]:
        written: dict[str, object] = write(self)
        return {name: value for name, value in written.items() if value is not None or name not in _LATER}

    @cached_property
    def named(self) -> dict[str, str]:
        """Return the dimensions that are set, with their folded names; SKUs apart."""
        named = {dimension: folded(getattr(self, dimension)) for dimension in DIMENSIONS}
        return {dimension: name for dimension, name in named.items() if name is not None}

    @cached_property
    def listed(self) -> frozenset[str] | None:
        """Return the SKUs that are named, or None for any."""
        return None if self.skus is None else frozenset(self.skus)

    @cached_property
    def specificity(self) -> int:
        """Return how much the scope says: what it names, a sub-category twice, SKUs more than all others together."""
        return sum(WEIGHTS[dimension] for dimension in self.named) + (SKUS_WEIGH if self.skus is not None else 0)

    def covers(self, line: Mapping[str, str | None]) -> bool:
        """Tell whether a line, given by its `dimensions_of`, is in this scope."""
        within = self.listed is None or line.get("sku") in self.listed
        return within and all(line.get(dimension) == name for dimension, name in self.named.items())

    def meets(self, other: "Scope") -> bool:
        """Tell whether a line could be in both scopes."""
        apart = self.listed is not None and other.listed is not None and self.listed.isdisjoint(other.listed)
        return not apart and all(other.named.get(dimension, name) == name for dimension, name in self.named.items())

    def contains(self, other: "Scope") -> bool:
        """Tell whether every line of another scope is in this one."""
        within = self.listed is None or (other.listed is not None and other.listed <= self.listed)
        return within and self.named.items() <= other.named.items()

    def narrowed(self, other: "Scope") -> "Scope":
        """Return the scope of what is in both; they have to meet."""
        both: dict[str, str | None] = {name: getattr(self, name) or getattr(other, name) for name in DIMENSIONS}
        lists = [scope.listed for scope in (self, other) if scope.listed is not None]
        skus = tuple(sorted(frozenset.intersection(*lists))) if lists else None
        return Scope(**both, skus=skus)

    def sentence(self) -> str:
        """Say the scope: `all products`, `category Baby Care, brand Amul`, `SKU T1, T2 and 40 more`."""
        said = [f"{WORDS.get(name, name)} {getattr(self, name)}" for name in self.named]
        if self.skus is not None:
            said.append(_skus(self.skus))
        return ", ".join(said) or "all products"


def _skus(skus: tuple[str, ...]) -> str:
    more = len(skus) - _SHOWN_SKUS
    if more <= 0:
        return f"SKU {', '.join(skus)}"
    return f"SKU {', '.join(skus[:_SHOWN_SKUS])} and {plural(more, 'more', 'more')}"
