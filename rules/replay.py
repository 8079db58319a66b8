"""What a rule set would have said of past lines: counted batch by batch, in memory that does not grow with them."""

import heapq
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import polars as pl

from app.words.percent import change_bp
from rules.columns import framed
from rules.engine import judged
from rules.facts import Facts, is_amount
from rules.finding import LineVerdict, RuleOutcome, Verdict
from rules.kinds.kind import RuleKind
from rules.prepared import Applicable, Group, prepared, rows_of
from rules.registry import Kinds
from rules.ruleset import RuleSet

LARGEST: Final = 10
LOWEST_BP, HIGHEST_BP = -5_000, 10_000
"""A distribution is exact between these; what is beyond stands at the end."""

Turn = tuple[Verdict, Verdict]
"""From the verdict it had to the one that it would have."""


@dataclass(frozen=True, slots=True)
class PastLine:
    """A line as it was judged: the facts that were read, the verdict it got, and where to look it up."""

    facts: Facts
    was: Verdict
    reference: str


@dataclass(frozen=True, slots=True)
class Turned:
    """A line that would get another verdict, with the change of its price in basis points."""

    reference: str
    sku: str
    category: str
    change_bp: int
    was: Verdict
    now: Verdict


@dataclass(frozen=True, slots=True)
class Distribution:
    """How the lines of one row lie about its limit; `counts` from `LOWEST_BP` on, one for each unit.

    `level` tells that less is worse. `unmeasured` are lines the rule does not apply to, or lacks a fact for.
    """

    rule: str
    kind: str
    limit: int
    level: bool
    counts: Sequence[int]
    unmeasured: int

    def beyond(self, limit: int) -> int:
        """Return how many lines would break the row if this were its limit."""
        place = min(max(limit - LOWEST_BP, 0), len(self.counts))
        return sum(self.counts[:place]) if self.level else sum(self.counts[place + 1 :])


@dataclass(frozen=True, slots=True)
class ReplayCounts:
    """What was counted. `by_kind` counts lines that a kind finds something on, `unjudged` those it could not judge."""

    lines: int
    turns: Mapping[Turn, int]
    by_category: Mapping[str, Mapping[Turn, int]]
    by_kind: Mapping[str, Mapping[Turn, int]]
    unjudged: Mapping[str, int]
    largest: tuple[Turned, ...]
    distributions: tuple[Distribution, ...]

    @property
    def turned(self) -> int:
        """Return how many lines would get another verdict."""
        return sum(lines for (was, now), lines in self.turns.items() if was is not now)


class Replay:
    """Takes past lines in batches; ask for the result whenever you like."""

    def __init__(self, rule_set: RuleSet, at: datetime, *, kinds: Kinds | None = None) -> None:
        """Replay a set as it is in force at an instant."""
        self._rules, self._at, self._ready = rule_set, at, prepared(rule_set, kinds)
        self._turns: Counter[tuple[str, Verdict, Verdict]] = Counter()
        self._by_kind: Counter[tuple[str, Verdict, Verdict]] = Counter()
        self._unjudged: Counter[str] = Counter()
        self._largest: list[tuple[int, int, Turned]] = []
        self._moves = 0
        self._measures: dict[str, _Measure] = {}

    def add(self, lines: Sequence[PastLine]) -> list[LineVerdict]:
        """Judge a batch and count it; return what each line would get. Batches of some ten thousand are quickest."""
        facts = [line.facts for line in lines]
        groups = self._ready.groups(facts, self._at)
        verdicts = judged(facts, self._rules, groups)
        self._turns.update(
            (line.facts.category, line.was, verdict.verdict) for line, verdict in zip(lines, verdicts, strict=True)
        )
        for line, verdict in zip(lines, verdicts, strict=True):
            if verdict.findings:
                self._count(line, verdict)
            if line.was is not verdict.verdict:
                self._move(line, verdict.verdict)
        self._measure(facts, groups)
        return verdicts

    def result(self) -> ReplayCounts:
        """Return what was counted so far."""
        turns: Counter[Turn] = Counter()
        for (_, was, now), lines in self._turns.items():
            turns[was, now] += lines
        return ReplayCounts(
            lines=turns.total(),
            turns=turns,
            by_category=_nested(self._turns),
            by_kind=_nested(self._by_kind),
            unjudged=dict(self._unjudged),
            largest=tuple(turned for _, _, turned in sorted(self._largest, reverse=True)),
            distributions=tuple(measure.distribution() for measure in self._measures.values()),
        )

    def _count(self, line: PastLine, verdict: LineVerdict) -> None:
        for finding in verdict.findings:
            self._by_kind[finding.rule, line.was, verdict.verdict] += 1
            if finding.outcome is RuleOutcome.NOT_EVALUATED:
                self._unjudged[finding.rule] += 1

    def _move(self, line: PastLine, now: Verdict) -> None:
        """Keep the lines with the largest changes; of equal ones those that came first."""
        facts = line.facts
        change = change_bp(facts.old, facts.new) if is_amount(facts.old) and is_amount(facts.new) else 0
        self._moves += 1
        if len(self._largest) == LARGEST and abs(change) <= self._largest[0][0]:
            return
        turned = Turned(line.reference, facts.sku, facts.category, change, line.was, now)
        keep = heapq.heappush if len(self._largest) < LARGEST else heapq.heappushpop
        keep(self._largest, (abs(change), -self._moves, turned))

    def _measure(self, facts: Sequence[Facts], groups: Sequence[Group]) -> None:
        """Measure each kind once for all lines, and count each line for the row that judges it."""
        rows = [(row, places) for row, places in rows_of(groups) if row.kind is not None]
        kinds = {row.rule.kind: type(row.kind) for row, _ in rows if row.kind is not None}
        expressions = {name: measured for name, kind in kinds.items() if (measured := _measured(kind)) is not None}
        frame, odd = framed(facts, {name for measured in expressions.values() for name in measured.meta.root_names()})
        observed = frame.select(measured.alias(name) for name, measured in expressions.items())
        cells: dict[str, list[int | None]] = observed.to_dict(as_series=False)
        for row, places in rows:
            if row.rule.kind in cells:
                if row.rule.id not in self._measures:
                    self._measures[row.rule.id] = _Measure(row)
                column = cells[row.rule.kind]
                self._measures[row.rule.id].take(column[place] for place in places if place not in odd)


class _Measure:
    """Counts what is observed of the lines of one row; a fixed number of counters."""

    def __init__(self, row: Applicable) -> None:
        assert row.kind is not None
        self._row, self._kind, self._unmeasured = row, row.kind, 0
        self._counts = array("q", bytes(8 * (HIGHEST_BP - LOWEST_BP + 1)))

    def take(self, observed: Iterable[int | None]) -> None:
        counts, last = self._counts, HIGHEST_BP - LOWEST_BP
        for value, lines in Counter(observed).items():
            if value is None:
                self._unmeasured += lines
            else:
                counts[min(max(value - LOWEST_BP, 0), last)] += lines

    def distribution(self) -> Distribution:
        level = self._kind.words is not None and self._kind.words.is_level
        rule, limit = self._row.rule, self._kind.limit
        return Distribution(rule.id, rule.kind, limit or 0, level, tuple(self._counts), self._unmeasured)


def _measured(kind: type[RuleKind]) -> pl.Expr | None:
    try:
        return None if kind.apart else kind.measured()
    except Exception:  # a kind that cannot say what it measures has no distribution
        return None


def _nested(counted: Mapping[tuple[str, Verdict, Verdict], int]) -> dict[str, dict[Turn, int]]:
    found: dict[str, dict[Turn, int]] = {}
    for (name, was, now), lines in counted.items():
        found.setdefault(name, {})[was, now] = lines
    return found


def replayed(
    batches: Iterable[Sequence[PastLine]], rule_set: RuleSet, at: datetime, kinds: Kinds | None = None
) -> ReplayCounts:
    """Replay all batches at once."""
    replay = Replay(rule_set, at, kinds=kinds)
    for batch in batches:
        replay.add(batch)
    return replay.result()
