"""Goes along the shelves and notes which rows cover what, which of them count, and what nothing covers."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from rules.contradictions import PAIRS
from rules.rows import ScopeIndex
from rules.rule import Rule
from rules.ruleset import RuleSet
from rules.scope import folded


@dataclass(frozen=True, slots=True)
class Shelf:
    """How many products share what scopes may name (SKUs apart)."""

    category: str
    sub_category: str
    brand: str
    currency: str
    channel: str | None
    products: int

    def sentence(self) -> str:
        """Say where it is: `Tea, Green tea, Kettle (40)`."""
        named = [name for name in (self.category, self.sub_category, self.brand, self.channel) if name]
        return f"{', '.join(named)} ({self.products:,})"


Spans = list[tuple[datetime, datetime | None]]
"""Times without overlap and in order; None is without an end."""


class Survey:
    """What is learnt while going along the shelves."""

    def __init__(self, rule_set: RuleSet, at: datetime) -> None:
        self.at, self._mandatory = at, rule_set.mandatory
        self.rules = [rule for rule in rule_set.rules if rule.valid_to is None or rule.valid_to > at]
        by_kind: dict[str, list[Rule]] = {kind: [] for kind in rule_set.mandatory}
        for rule in self.rules:
            by_kind.setdefault(rule.kind, []).append(rule)
        self._indices = {kind: ScopeIndex(rules) for kind, rules in by_kind.items()}
        self._named = {sku for index in self._indices.values() for sku in index.skus}
        self.matched: set[str] = set()
        """Rows that cover some product."""
        self.counting: set[str] = set()
        """Rows that some product is judged by, now or later."""
        self.above: dict[str, dict[str, None]] = defaultdict(dict)
        """For rows that do not count somewhere, which ones do instead."""
        self.open: dict[tuple[str, datetime], dict[Shelf, int]] = defaultdict(dict)
        """By mandatory kind, and by the instant from which nothing covers them: products of each shelf."""
        self.pairs: Counter[tuple[str, str]] = Counter()
        """Rows that count together for so many products and may contradict each other."""

    def walk(self, shelves: Iterable[Shelf], skus_known: Mapping[str, Shelf]) -> None:
        """Look at every shelf without the products that some row names by SKU, and at each of those by itself."""
        apart = {sku: skus_known[sku] for sku in sorted(self._named) if sku in skus_known}
        counts = Counter(apart.values())
        for shelf in shelves:
            if (products := shelf.products - counts[shelf]) > 0:
                self._look(shelf, products, _line(shelf))
        for sku, shelf in apart.items():
            self._look(shelf, 1, {**_line(shelf), "sku": sku})

    def _look(self, shelf: Shelf, products: int, line: Mapping[str, str | None]) -> None:
        counting: list[Rule] = []
        for kind, index in self._indices.items():
            spans = self._rows(index.covering(line), counting)
            if kind in self._mandatory and (since := _first_open(spans, self.at)) is not None:
                at_shelf = self.open[kind, since]
                at_shelf[shelf] = at_shelf.get(shelf, 0) + products
        self._pair(counting, products)

    def _rows(self, covering: Iterable[Rule], counting: list[Rule]) -> Spans:
        """Note for each row whether anything is left for it below the more specific ones; return what all cover."""
        spans: Spans = []
        before: list[str] = []
        for rule in covering:
            self.matched.add(rule.id)
            begins = max(rule.valid_from or self.at, self.at)
            if _within(begins, rule.valid_to, spans):
                self.above[rule.id].update(dict.fromkeys(before))
            else:
                self.counting.add(rule.id)
                counting.append(rule)
                spans = _joined(spans, begins, rule.valid_to)
            before.append(rule.id)
        return spans

    def _pair(self, counting: Sequence[Rule], products: int) -> None:
        """Note which rows count together, of those kinds whose limits can contradict each other."""
        by_kind: dict[str, list[Rule]] = defaultdict(list)
        for rule in counting:
            by_kind[rule.kind].append(rule)
        for one, other in PAIRS:
            for first in by_kind.get(one, ()):
                for second in by_kind.get(other, ()):
                    if first.overlaps(second):
                        self.pairs[first.id, second.id] += products


def _line(shelf: Shelf) -> dict[str, str | None]:
    return {
        "category": folded(shelf.category),
        "sub_category": folded(shelf.sub_category),
        "brand": folded(shelf.brand),
        "channel": folded(shelf.channel),
        "currency": folded(shelf.currency),
    }


def _first_open(spans: Spans, at: datetime) -> datetime | None:
    """Return the first instant that nothing covers, or None if there is none."""
    for begins, ends in spans:
        if begins > at:
            return at
        if ends is None:
            return None
        at = max(at, ends)
    return at


def _within(begins: datetime, ends: datetime | None, spans: Spans) -> bool:
    """Tell whether a time lies within one span (touching spans were joined)."""
    return any(first <= begins and (last is None or (ends is not None and ends <= last)) for first, last in spans)


def _joined(spans: Spans, begins: datetime, ends: datetime | None) -> Spans:
    """Add a time to spans; what touches becomes one."""
    joined: Spans = []
    for first, last in sorted([*spans, (begins, ends)], key=lambda span: span[0]):
        if joined and ((before := joined[-1][1]) is None or first <= before):
            both = None if before is None or last is None else max(before, last)
            joined[-1] = (joined[-1][0], both)
        else:
            joined.append((first, last))
    return joined
