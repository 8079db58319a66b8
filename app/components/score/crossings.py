"""What crosses the seam, placed so that no label is written over another. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from app.components.score.axes import MachineAxis, place
from app.components.score.view import Crossing
from app.passport.story import Story


def crossings(story: Story, axis: MachineAxis) -> list[Crossing]:
    """Place what crosses the seam: the publication, a request to roll back, the undo."""
    if story.waves:
        return _with_waves(story, axis)
    count = f"× {story.expected:,}"
    sent = _so_far(story.going, count)
    found = [_crossing("published", axis.at(axis.stretches[0][0]), "PriceChangePublished", sent)]
    found += _requests(story, axis)
    if story.rolling_back_at is not None:
        back = _so_far(story.returning, count)
        undone = _crossing("undone", axis.at(story.rolling_back_at), "PriceChangeRolledBack", back)
        left = number(undone.left)
        update = {"row": 0 if 34 < left <= 66 else 1, "side": "left" if left > 66 else "right"}
        found.append(undone.model_copy(update=update))
    return found


def _so_far(progress: tuple[int, int] | None, count: str) -> str:
    """Say how many have crossed; while a large effect is carried out, these are not all yet."""
    return f"× {progress[0]:,} of {progress[1]:,}" if progress else count


SIGN = 0.78
"""How much of the axis one letter of a label takes, in percent, on a usual screen."""


def _with_waves(story: Story, axis: MachineAxis) -> list[Crossing]:
    """Place a ring per wave; a label that finds no room is left to its title."""
    found = _requests(story, axis)
    if story.rolling_back_at is not None:
        out = sum(wave.lines for wave in story.waves)
        back = _so_far(story.returning, f"× {out:,}")
        found.append(_crossing("undone", axis.at(story.rolling_back_at), "PriceChangeRolledBack", back))
    for n, wave in enumerate(story.waves):
        event = "PriceChangePublished" if n == 0 else ""
        going = story.going if n == len(story.waves) - 1 else None
        count = f"wave {wave.number} {_so_far(going, f'× {wave.lines:,}')}"
        one = _crossing("published", axis.at(wave.at), event, count)
        found.append(one.model_copy(update={"key": f"wave-{wave.number}"}))
    return _labelled(found)


def _requests(story: Story, axis: MachineAxis) -> list[Crossing]:
    if story.requested_at is None:
        return []
    lane = next((n for n, lane in enumerate(story.lanes) if lane.context == story.requested_by), 0)
    asked = _crossing("requested", axis.at(story.requested_at), "PriceChangeRollbackRequested", "")
    side = "left" if number(asked.left) > _width(asked) else "right"  # the rollback that follows lies to its right
    return [asked.model_copy(update={"lane": lane, "side": side})]


def _width(crossing: Crossing) -> float:
    return (len(crossing.event) + len(crossing.count)) * SIGN + 1.5


def _labelled(crossings: Sequence[Crossing]) -> list[Crossing]:
    taken: tuple[list[tuple[float, float]], list[tuple[float, float]]] = ([], [])
    placed = []
    for crossing in crossings:
        if crossing.kind == "requested":
            placed.append(crossing)
            continue
        left, width = number(crossing.left), _width(crossing)
        side = "right" if left + width <= 104 else "left"
        begin = left if side == "right" else left - width
        room = (all(begin + width <= a or begin >= b for a, b in row) for row in taken)
        row = next((n for n, free in enumerate(room) if free), None)
        update: dict[str, object] = {"side": side, "row": row or 0}
        if row is None:
            update |= {"event": "", "count": ""}
        else:
            taken[row].append((begin, begin + width))
        placed.append(crossing.model_copy(update=update))
    return placed


def _crossing(kind: str, left: float, event: str, count: str) -> Crossing:
    return Crossing(key=kind, kind=kind, left=place(left), event=event, count=count, side="right", row=0, lane=-1)


def number(percent: str) -> float:
    """Read a place back."""
    return float(percent.rstrip("%"))
