"""What a rule set leaves open or says in vain, seen before it is activated.

Told are mandatory kinds that leave products uncovered, rows that never count because a more specific one always does,
rows whose limits contradict each other, and scopes that match no product. Rows are looked up, never walked.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.words.counting import noun, part, plural
from app.words.instants import written
from rules.contradictions import against
from rules.registry import Kinds
from rules.ruleset import RuleSet
from rules.survey import Shelf, Survey

__all__ = ["Contradiction", "Coverage", "ShadowedRule", "Shelf", "Uncovered", "UnmatchedScope", "coverage"]

_NAMED = 3
"""So many shelves, rules or SKUs a sentence names; the others it counts."""


@dataclass(frozen=True, slots=True)
class Uncovered:
    """Products that no row of a mandatory kind covers from an instant on: every price for them would be refused."""

    kind: str
    products: int
    shelves: tuple[Shelf, ...]
    since: datetime
    sentence: str


@dataclass(frozen=True, slots=True)
class ShadowedRule:
    """A row that never counts: for each product it covers, a more specific one always does."""

    rule: str
    by: tuple[str, ...]
    sentence: str


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two rows that count for the same products and leave no price, or no change, that passes both."""

    rules: tuple[str, str]
    products: int
    sentence: str


@dataclass(frozen=True, slots=True)
class UnmatchedScope:
    """A row whose scope matches no product, or names `skus` that nobody knows (`wholly` tells which)."""

    rule: str
    skus: tuple[str, ...]
    wholly: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """Everything that was found; empty lists are good news."""

    gaps: tuple[Uncovered, ...]
    shadowed: tuple[ShadowedRule, ...]
    contradictions: tuple[Contradiction, ...]
    unmatched: tuple[UnmatchedScope, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        """Return everything in words, the gravest first."""
        said = [gap.sentence for gap in self.gaps]
        said += [pair.sentence for pair in self.contradictions]
        said += [row.sentence for row in self.unmatched]
        return (*said, *(row.sentence for row in self.shadowed))


def coverage(
    rule_set: RuleSet,
    shelves: Sequence[Shelf],
    at: datetime,
    kinds: Kinds,
    skus_known: Mapping[str, Shelf] | None = None,
) -> Coverage:
    """Hold a rule set, from an instant on, against the products there are.

    `skus_known` gives the shelf of each known SKU; without it nothing is said of scopes that list SKUs. Shelves and
    known SKUs have to be of one moment, or counts do not add up.
    """
    seen = Survey(rule_set, at)
    seen.walk(shelves, skus_known or {})
    return Coverage(
        gaps=_gaps(seen),
        shadowed=_shadowed(seen),
        contradictions=_contradictions(seen, kinds),
        unmatched=_unmatched(seen, skus_known),
    )


def _gaps(seen: Survey) -> tuple[Uncovered, ...]:
    found = []
    for (kind, since), shelves in seen.open.items():
        ordered = sorted(shelves.items(), key=lambda item: -item[1])
        products = sum(shelves.values())
        where = _listed([_share(shelf, missing) for shelf, missing in ordered], "shelf", "shelves")
        when = "" if since == seen.at else f" from {written(since)}"
        found.append(
            Uncovered(
                kind, products, tuple(shelf for shelf, _ in ordered), since,
                f"No rule of the mandatory kind {kind} covers {plural(products, 'product')}{when}: {where}. "
                "Add a rule for them, or one for all products.",
            )
        )  # fmt: skip
    return tuple(sorted(found, key=lambda gap: (gap.since, gap.kind)))


def _share(shelf: Shelf, missing: int) -> str:
    said = shelf.sentence()
    if missing == shelf.products:
        return said
    return f"{said.rpartition(' (')[0]} ({part(missing, shelf.products, 'product')})"


def _shadowed(seen: Survey) -> tuple[ShadowedRule, ...]:
    return tuple(
        ShadowedRule(
            rule.id, by := tuple(seen.above[rule.id]),
            f"Rule {rule.id} ({rule.scope.sentence()}) never counts, because for each product it covers a more "
            f"specific rule always does: {_listed(by, 'rule')}. Drop it, or narrow those.",
        )
        for rule in seen.rules if rule.id in seen.matched and rule.id not in seen.counting
    )  # fmt: skip


def _contradictions(seen: Survey, kinds: Kinds) -> tuple[Contradiction, ...]:
    rules = {rule.id: rule for rule in seen.rules}
    found = ((pair, products, against(rules[pair[0]], rules[pair[1]], kinds)) for pair, products in seen.pairs.items())
    return tuple(
        Contradiction(
            pair, products,
            f"Rules {pair[0]} and {pair[1]} contradict each other for {plural(products, 'product')}: {why}",
        )
        for pair, products, why in found if why
    )  # fmt: skip


def _unmatched(seen: Survey, skus_known: Mapping[str, Shelf] | None) -> tuple[UnmatchedScope, ...]:
    return tuple(_vain(seen, skus_known))


def _vain(seen: Survey, skus_known: Mapping[str, Shelf] | None) -> Iterator[UnmatchedScope]:
    for rule in seen.rules:
        listed = rule.scope.skus
        if listed is not None and skus_known is None:
            continue
        unknown = tuple(sku for sku in listed or () if sku not in (skus_known or {}))
        if rule.id not in seen.matched:
            where = rule.scope.sentence()
            said = f"Rule {rule.id} covers no product: there is none in {where}. Mend its scope or drop it."
            yield UnmatchedScope(rule.id, unknown, True, said)
        elif unknown:
            many = noun(len(unknown), "is not a product", "are not products")
            said = f"Of the SKUs that rule {rule.id} names, {len(unknown):,} {many}: {_listed(unknown, 'SKU')}."
            yield UnmatchedScope(rule.id, unknown, False, said)


def _listed(names: Sequence[str], one: str, many: str = "") -> str:
    more = len(names) - _NAMED
    shown = "; ".join(names[:_NAMED]) if "," in "".join(names[:_NAMED]) else ", ".join(names[:_NAMED])
    return shown if more <= 0 else f"{shown} and {plural(more, f'more {one}', f'more {many}' if many else '')}"
