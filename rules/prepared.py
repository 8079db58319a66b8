"""A rule set made ready: its rows read by their kinds and indexed, so that the one that counts is looked up."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from operator import attrgetter

from pydantic import ValidationError

from rules import registry
from rules.facts import Facts
from rules.kinds.kind import RuleKind
from rules.registry import Kinds
from rules.rows import ScopeIndex
from rules.rule import Rule
from rules.ruleset import RuleSet
from rules.scope import Scope, dimensions_of


@dataclass(frozen=True, slots=True)
class Applicable:
    """A row together with its kind, or with the reason why it cannot be applied."""

    rule: Rule
    kind: RuleKind | None
    fault: str = ""

    @property
    def scope(self) -> Scope:
        """Return the scope of the row."""
        return self.rule.scope


Selected = Mapping[str, Applicable | None]
"""For every kind the row that counts for a line; None if a mandatory kind has none."""


@dataclass(frozen=True, slots=True)
class Group:
    """Lines, by their places, for which the same rows count."""

    selected: Selected
    places: list[int]


class ReadySet:
    """The rows of a set, by kind; mandatory kinds are there without a row, too."""

    def __init__(self, rule_set: RuleSet, kinds: Kinds) -> None:
        """Read and index the rows."""
        rows: dict[str, list[Applicable]] = {kind: [] for kind in rule_set.mandatory}
        for rule in rule_set.rules:
            rows.setdefault(rule.kind, []).append(_applicable(rule, kinds))
        self._indices = {kind: ScopeIndex(applicable) for kind, applicable in rows.items()}
        self._key = _key_reader(self._indices)

    def selected(self, facts: Facts, at: datetime) -> Selected:
        """Return the rows that count for a line at an instant: of each kind the most specific one in force."""
        line = dimensions_of(facts)
        return {kind: next(_in_force(index, line, at), None) for kind, index in self._indices.items()}

    def groups(self, lines: Sequence[Facts], at: datetime) -> list[Group]:
        """Group lines by the rows that count for them; only what some scope names can matter."""
        places: dict[object, list[int]] = {}
        for place, facts in enumerate(lines):
            places.setdefault(self._key(facts), []).append(place)
        return [Group(self.selected(lines[alike[0]], at), alike) for alike in places.values()]


def rows_of(groups: Iterable[Group]) -> list[tuple[Applicable, list[int]]]:
    """Return every row that counts for some line, with the places of all its lines."""
    rows: dict[str, tuple[Applicable, list[int]]] = {}
    for group in groups:
        for row in group.selected.values():
            if row is not None:
                rows.setdefault(row.rule.id, (row, []))[1].extend(group.places)
    return list(rows.values())


def prepared(rule_set: RuleSet, kinds: Kinds | None) -> ReadySet:
    """Make a rule set ready; once, if it is for the kinds that are installed."""
    return ReadySet(rule_set, kinds) if kinds is not None else _prepared_once(rule_set)


@lru_cache(maxsize=32)
def _prepared_once(rule_set: RuleSet) -> ReadySet:
    return ReadySet(rule_set, registry.kinds())


def _applicable(rule: Rule, kinds: Kinds) -> Applicable:
    if rule.kind not in kinds:
        return Applicable(rule, None, "its kind of rule is not installed")
    try:
        return Applicable(rule, kinds[rule.kind].model_validate(rule.parameters))
    except ValidationError:
        return Applicable(rule, None, "its parameters do not fit its kind")


def _in_force(index: ScopeIndex[Applicable], line: Mapping[str, str | None], at: datetime) -> Iterator[Applicable]:
    return (row for row in index.covering(line) if row.rule.valid_at(at))


def _key_reader(indices: Mapping[str, ScopeIndex[Applicable]]) -> Callable[[Facts], object]:
    """Return what tells lines apart as far as scopes can: the dimensions in use, and the rows that name the SKU."""
    dimensions = sorted({dimension for index in indices.values() for dimension in index.dimensions})
    marks: dict[str, tuple[tuple[str, tuple[int, ...]], ...]] = {}
    for kind, index in indices.items():
        for sku, rows in index.skus.items():
            marks[sku] = (*marks.get(sku, ()), (kind, rows))
    alike = {mark: number for number, mark in enumerate(set(marks.values()), start=1)}
    numbers = {sku: alike[mark] for sku, mark in marks.items()}
    named: Callable[[Facts], object] = attrgetter(*dimensions) if dimensions else lambda facts: None
    return (lambda facts: (named(facts), numbers.get(facts.sku))) if numbers else named
