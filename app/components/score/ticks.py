"""The ticks of the machine's axis, and its breaks. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from app.components.score.axes import BREAK_WIDTH, MachineAxis, place
from app.components.score.crossings import SIGN, number
from app.components.score.view import Dot, Tick
from app.passport.story import Story
from app.words.duration import measured

_TICK_STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200)
"""Seconds."""


def _step_for(total: float) -> float:
    for step in _TICK_STEPS:
        if total / step <= 7:
            return step
    return total / 6


def ticks(story: Story, axis: MachineAxis) -> list[Tick]:
    """Place the ticks of every stretch of motion."""
    step = _step_for(axis.total)
    found: list[Tick] = []
    for index, (start, end) in enumerate(axis.stretches):
        length = (end - start).total_seconds()
        count = int(length / step + 1e-9)
        for n in range(count + 1):
            left = axis.at(start + timedelta(seconds=n * step))
            if left > 97.5 and n:
                continue
            if n == 0 and index:
                label = f"{start.astimezone(story.zone):%H:%M:%S}"
            else:
                label = "+" + _tick_label(n * step, step)
            anchor = "start" if n == 0 and left < 88 else "end" if left > 88 else "middle"
            if n == 1 and index and step * axis.scale < 8:
                continue
            found.append(Tick(key=f"t{index}-{n}", left=place(left), label=label, anchor=anchor))
    return _spaced(found)


def _spaced(ticks: Sequence[Tick]) -> list[Tick]:
    """Take the words off a tick that would be written over another's; where a stretch begins is always said."""
    taken = [_span(tick) for tick in ticks if tick.key.endswith("-0")]
    spaced = []
    for tick in ticks:
        begin, end = _span(tick)
        free = all(end <= a or begin >= b for a, b in taken)
        if tick.key.endswith("-0") or free:
            taken.append((begin, end))
            spaced.append(tick)
        else:
            spaced.append(tick.model_copy(update={"label": ""}))
    return spaced


def _span(tick: Tick) -> tuple[float, float]:
    left, width = number(tick.left), len(tick.label) * SIGN
    begin = {"start": left, "end": left - width}.get(tick.anchor, left - width / 2)
    return begin, begin + width


def _tick_label(seconds: float, step: float) -> str:
    if seconds == 0:
        return "0 s"
    if seconds < 60 or step < 1:
        places = 0 if step >= 1 else 1 if step >= 0.1 else 2
        return f"{seconds:.{places}f} s"
    return measured(seconds)


def breaks(axis: MachineAxis, people: Sequence[Dot]) -> list[Tick]:
    """Say how long each gap is, unless somebody who acted at its edge stands there: then the stay below says it."""
    found = []
    for index in range(1, len(axis.stretches)):
        gap = (axis.stretches[index][0] - axis.stretches[index - 1][1]).total_seconds()
        middle = axis.lefts[index] - BREAK_WIDTH / 2
        label = measured(gap)
        half = len(label) * SIGN / 2 + _AVATAR
        taken = any(abs(number(dot.left) - middle) < half for dot in people)
        found.append(Tick(key=f"k{index}", left=place(middle), label="" if taken else label))
    return found


_AVATAR = 1.2
"""Half of what the mark of a person takes of the axis, in percent."""
