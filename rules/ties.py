"""Two rows that are equally specific where both apply: nobody could say which one counts."""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import combinations_with_replacement, count

from rules.rows import ScopeIndex
from rules.rule import Rule

_FIRST = datetime.min.replace(tzinfo=UTC)
Pair = tuple[Rule, Rule]


def unsettled(rules: Sequence[Rule]) -> Pair | None:
    """Return two rows of which neither is more specific, unless a third one, more specific, decides wherever they meet.

    Near-linear: rows are compared only with those of their kind and weight that share what both name, in order of time.
    """
    kinds: dict[str, list[Rule]] = defaultdict(list)
    for rule in rules:
        kinds[rule.kind].append(rule)
    for of_kind in kinds.values():
        index = ScopeIndex(of_kind)
        for first, second in _tied(of_kind):
            if not _settled(first, second, index):
                return (first, second) if rules.index(first) < rules.index(second) else (second, first)
    return None


def _tied(rules: Sequence[Rule]) -> Iterator[Pair]:
    """Give the pairs of equally specific rows that meet in scope and in time."""
    weights: dict[int, dict[tuple[str, ...], list[Rule]]] = defaultdict(lambda: defaultdict(list))
    for rule in rules:
        weights[rule.scope.specificity][tuple(rule.scope.named)].append(rule)
    for shapes in weights.values():
        for first, second in combinations_with_replacement(shapes, 2):
            shared = [dimension for dimension in first if dimension in second]
            yield from _meeting(shapes[first], shapes[second], shared)


def _meeting(rules: Sequence[Rule], others: Sequence[Rule], shared: Sequence[str]) -> Iterator[Pair]:
    if rules is others:
        for rows in _by(rules, shared).values():
            yield from _overlapping(rows)
        return
    beside = _by(others, shared)
    for key, rows in _by(rules, shared).items():
        yield from _crossing(rows, beside.get(key, []))


def _by(rules: Iterable[Rule], shared: Sequence[str]) -> dict[tuple[str, ...], list[Rule]]:
    """Group rows by the names that both sides share, and by each SKU (of equal weight, all list SKUs or none does)."""
    found: dict[tuple[str, ...], list[Rule]] = defaultdict(list)
    for rule in rules:
        key = tuple(rule.scope.named[dimension] for dimension in shared)
        for sku in rule.scope.skus or ("",):
            found[(*key, sku)].append(rule)
    return found


def _overlapping(rules: list[Rule]) -> Iterator[Pair]:
    """Give the pairs of one list that are in force together."""
    lasting = _Lasting()
    for rule in _in_order(rules):
        yield from ((other, rule) for other in lasting.at(rule))
        lasting.add(rule)


def _crossing(rules: list[Rule], others: list[Rule]) -> Iterator[Pair]:
    """Give the pairs of two lists that are in force together."""
    if not rules or not others:
        return
    first, ours, theirs = {rule.id for rule in rules}, _Lasting(), _Lasting()
    for rule in _in_order([*rules, *others]):
        own, beside = (ours, theirs) if rule.id in first else (theirs, ours)
        yield from ((other, rule) for other in beside.at(rule))
        own.add(rule)


def _in_order(rules: Iterable[Rule]) -> list[Rule]:
    return sorted(rules, key=lambda rule: rule.valid_from or _FIRST)


class _Lasting:
    """Rows that have begun and not ended, asked in order of time."""

    def __init__(self) -> None:
        self._endless: list[Rule] = []
        self._ending: list[tuple[datetime, int, Rule]] = []
        self._places = count()

    def add(self, rule: Rule) -> None:
        if rule.valid_to is None:
            self._endless.append(rule)
        else:
            heapq.heappush(self._ending, (rule.valid_to, next(self._places), rule))

    def at(self, rule: Rule) -> Iterator[Rule]:
        while self._ending and self._ending[0][0] <= (rule.valid_from or _FIRST):
            heapq.heappop(self._ending)
        yield from self._endless
        yield from (other for _, _, other in self._ending)


def _settled(first: Rule, second: Rule, index: ScopeIndex[Rule]) -> bool:
    """Tell whether a more specific row decides wherever two tied ones meet."""
    both = first.scope.narrowed(second.scope)
    somewhere = {**both.named, "sku": both.skus[0] if both.skus else None}
    return any(
        rule.scope.specificity > first.scope.specificity
        and rule.scope.contains(both)
        and rule.lasts_through(first, second)
        for rule in index.covering(somewhere)
    )
