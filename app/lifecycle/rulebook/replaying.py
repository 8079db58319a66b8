"""Holds a rule set against past lines, portion by portion, in memory that does not grow with them. Reads only."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from app.lifecycle.rulebook.approver_time import Pace
from app.lifecycle.rulebook.reckoned import (
    Caught,
    CountOf,
    MarginOf,
    Reckoned,
    TurnCount,
    TurnedLine,
    TurnsOf,
    Waiting,
)
from app.lifecycle.rulebook.recorded import PastProposal, PastRow, Period, Portion
from app.words.percent import change_bp
from rules.finding import LineVerdict, Verdict
from rules.replay import Distribution, PastLine, Replay, Turn, Turned
from rules.ruleset import RuleSet

MOST_KEPT: Final = 100_000
"""So many turned lines are listed one by one; the counts are always whole."""
NAMED: Final = 100


@dataclass(slots=True)
class _Margin:
    lines: int = 0
    unknown: int = 0
    gain: int = 0
    revenue: int = 0
    margin: int = 0

    def add(self, row: PastRow) -> None:
        self.lines += 1
        self.gain += row.new - row.old
        if row.cost is None:
            self.unknown += 1
        else:
            self.revenue += row.new
            self.margin += row.new - row.cost


@dataclass(slots=True)
class _OfProposal:
    """The worst of a proposal's lines so far, and how many of them would be judged more severely."""

    proposal: PastProposal
    was: int = 0
    now: int = 0
    worse: int = 0


@dataclass(slots=True)
class _Proposals:
    """Proposals whose lines were all seen."""

    seen: int = 0
    turned: int = 0
    more: int = 0
    less: int = 0
    rolled_back: int = 0
    caught: list[int] = field(default_factory=list)
    caught_count: int = 0
    caught_lines: int = 0

    def add(self, one: _OfProposal) -> None:
        self.seen += 1
        self.turned += one.was != one.now
        self.more += one.now == Verdict.SOFT.rank != one.was
        self.less += one.was == Verdict.SOFT.rank != one.now
        self.rolled_back += one.proposal.rolled_back
        if one.proposal.rolled_back and one.worse:
            self.caught_count += 1
            self.caught_lines += one.worse
            self.caught += [one.proposal.number] if len(self.caught) < NAMED else []


class Reckoning:
    """Takes portions of past lines in the order of their proposals; ask for the result when all were taken."""

    def __init__(self, rules: RuleSet, at: datetime) -> None:
        """Hold a set as it is in force at an instant."""
        self._replay = Replay(rules, at)
        self._margins: dict[tuple[Verdict, str], _Margin] = defaultdict(_Margin)
        self._proposals = _Proposals()
        self._open: _OfProposal | None = None
        self.kept = 0

    def add(self, portion: Portion) -> list[TurnedLine]:
        """Judge a portion and count it; return those of its turned lines that are listed one by one."""
        verdicts = self._replay.add(portion.lines)
        turned: list[TurnedLine] = []
        for row, line, verdict in zip(portion.rows, portion.lines, verdicts, strict=True):
            self._count(portion.proposals[row.proposal_id], line.was, verdict.verdict)
            if line.was is not verdict.verdict:
                self._weigh(row, line.was, verdict.verdict)
                if self.kept + len(turned) < MOST_KEPT:
                    turned.append(turned_line(portion.proposals[row.proposal_id], row, line, verdict))
        self.kept += len(turned)
        return turned

    def distributions(self) -> tuple[Distribution, ...]:
        """Return how the lines lie about the limit of each row."""
        return self._replay.result().distributions

    def result(self, pace: Pace, period: Period) -> Reckoned:
        """Return all that was counted."""
        self._close()
        counted, proposals = self._replay.result(), self._proposals
        return Reckoned(
            lines=counted.lines,
            turned=counted.turned,
            kept=self.kept,
            proposals=proposals.seen,
            proposals_turned=proposals.turned,
            turns=_counts(counted.turns),
            by_category=_named(counted.by_category),
            by_kind=_named(counted.by_kind),
            unjudged=tuple(CountOf(kind, lines) for kind, lines in Counter(counted.unjudged).most_common()),
            waiting=_waiting(proposals, pace, period),
            blocked=tuple(self._margin_of(Verdict.HARD)),
            let_through=tuple(self._margin_of(Verdict.CLEAN)),
            caught=Caught(
                proposals.rolled_back, proposals.caught_count, proposals.caught_lines, tuple(proposals.caught)
            ),
            largest=tuple(map(_largest, counted.largest)),
        )

    def _count(self, proposal: PastProposal, was: Verdict, now: Verdict) -> None:
        if self._open is None or self._open.proposal.id != proposal.id:
            self._close()
            self._open = _OfProposal(proposal)
        if was is now is Verdict.CLEAN:
            return
        one, before, after = self._open, was.rank, now.rank
        one.was, one.now = max(one.was, before), max(one.now, after)
        one.worse += after > before

    def _close(self) -> None:
        if self._open is not None:
            self._proposals.add(self._open)
            self._open = None

    def _weigh(self, row: PastRow, was: Verdict, now: Verdict) -> None:
        if now is Verdict.HARD:
            self._margins[Verdict.HARD, row.currency].add(row)
        elif was is Verdict.HARD:
            self._margins[Verdict.CLEAN, row.currency].add(row)

    def _margin_of(self, turned: Verdict) -> Iterator[MarginOf]:
        for (kind, currency), one in sorted(self._margins.items()):
            if kind is turned:
                yield MarginOf(currency, one.lines, one.unknown, one.gain, one.revenue, one.margin)


def turned_line(proposal: PastProposal, row: PastRow, line: PastLine, verdict: LineVerdict) -> TurnedLine:
    """Return a line with the verdict that it had and the one that it would have."""
    kinds = tuple(dict.fromkeys(found.rule for found in verdict.findings))
    change = change_bp(row.old, row.new)
    return TurnedLine(proposal.number, row.line, row.sku, row.category, change, line.was, verdict.verdict, kinds)


def _waiting(proposals: _Proposals, pace: Pace, period: Period) -> Waiting:
    seconds = (proposals.more - proposals.less) * pace.seconds
    per_week = round(seconds / 60 / period.weeks) if period.weeks else 0
    return Waiting(proposals.more, proposals.less, pace.seconds, pace.measured, per_week)


def _counts(turns: Mapping[Turn, int]) -> tuple[TurnCount, ...]:
    ordered = sorted(turns.items(), key=lambda turn: (turn[0][0] is turn[0][1], -turn[1]))
    return tuple(TurnCount(was, now, lines) for (was, now), lines in ordered)


def _named(counted: Mapping[str, Mapping[Turn, int]]) -> tuple[TurnsOf, ...]:
    found = [
        TurnsOf(
            name,
            sum(turns.values()),
            sum(lines for (was, now), lines in turns.items() if was is not now),
            _counts(turns),
        )
        for name, turns in counted.items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.turned, -one.lines, one.name)))


def _largest(move: Turned) -> TurnedLine:
    proposal, _, line = move.reference.partition("/")
    return TurnedLine(int(proposal), int(line), move.sku, move.category, move.change_bp, move.was, move.now)


def spread(counts: Sequence[int], lowest: int) -> list[tuple[int, int]]:
    """Return the counts of a distribution that are not 0, each with the value that it is of."""
    return [(lowest + place, lines) for place, lines in enumerate(counts) if lines]
