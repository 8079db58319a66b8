"""The two time axes of the score: compressed human time, linear machine time. Pure."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from app.passport.story import Stay

QUIET = 60.0
"""Seconds without motion after which the axis stops being drawn: it breaks, or it ends."""
BREAK_WIDTH = 7.0


def place(value: float) -> str:
    """Show a place or a length as a percentage, kept inside the drawing."""
    return f"{min(max(value, 0.0), 100.0):.2f}%"


class HumanAxis:
    """Compressed time: every stay has a width that grows with the logarithm of its length."""

    def __init__(self, stays: Sequence[Stay], end: datetime, *, left: float, right: float) -> None:
        self.bounds = [stay.since for stay in stays] + [max(end, stays[-1].since)]
        spans = [max((b - a).total_seconds(), 0.0) for a, b in zip(self.bounds, self.bounds[1:], strict=False)]
        weights = [1.0 + 2.0 * math.log10(1.0 + span / 10.0) for span in spans]
        scale = (right - left) / sum(weights)
        self.spans = spans
        self.edges = [left]
        for weight in weights:
            self.edges.append(self.edges[-1] + weight * scale)

    def at(self, moment: datetime) -> float:
        """Where a moment lies, in percent; linear inside its own stay."""
        if moment in self.bounds:
            return self.edges[self.bounds.index(moment)]
        if moment <= self.bounds[0]:
            return self.edges[0]
        if moment >= self.bounds[-1]:
            return self.edges[-1]
        index = bisect_right(self.bounds, moment) - 1
        inside = (moment - self.bounds[index]).total_seconds() / (self.spans[index] or 1.0)
        return self.edges[index] + (self.edges[index + 1] - self.edges[index]) * inside


class MachineAxis:
    """Linear time after publication, in stretches of motion; a gap where nothing moved becomes a break."""

    def __init__(self, start: datetime, moments: Iterable[datetime], end: datetime) -> None:
        self.stretches = _stretches(start, moments, end)
        lengths = [(b - a).total_seconds() for a, b in self.stretches]
        self.total = sum(lengths)
        self.scale = (100.0 - BREAK_WIDTH * (len(lengths) - 1)) / self.total
        self.lefts: list[float] = []
        left = 0.0
        for length in lengths:
            self.lefts.append(left)
            left += length * self.scale + BREAK_WIDTH

    def at(self, moment: datetime) -> float:
        """Where a moment lies, in percent; inside a break it lies at the break's middle."""
        for index, (start, end) in enumerate(self.stretches):
            if moment < start:
                return self.lefts[index] - BREAK_WIDTH / 2 if index else 0.0
            if moment <= end:
                return self.lefts[index] + (moment - start).total_seconds() * self.scale
        return 100.0


def _stretches(start: datetime, moments: Iterable[datetime], end: datetime) -> list[tuple[datetime, datetime]]:
    known = sorted({moment for moment in moments if start <= moment <= end} | {start})
    found: list[list[datetime]] = [[known[0], known[0]]]
    for moment in known[1:]:
        if (moment - found[-1][1]).total_seconds() > QUIET:
            found.append([moment, moment])
        else:
            found[-1][1] = moment
    if (end - found[-1][1]).total_seconds() <= QUIET:
        found[-1][1] = max(end, found[-1][1])
    whole = sum((b - a).total_seconds() for a, b in found)
    rest = timedelta(seconds=max(whole * 0.05, 0.05))
    return [(a, b + rest) for a, b in found[:-1]] + [(found[-1][0], max(found[-1][1], found[-1][0] + rest))]
