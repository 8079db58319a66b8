"""The lanes below the seam: what each context did, as counts, areas and ticks."""

from __future__ import annotations

from collections.abc import Sequence

from app.components import vocabulary
from app.components.parts import parts
from app.components.score.axes import MachineAxis, place
from app.components.score.view import Count, LaneDrawing
from app.components.views import StatusView
from app.passport.story import Ack, Story, StoryLane, StoryTrouble
from app.words.percent import short_percent

AREA_HEIGHT = 40


def stairs(points: Sequence[tuple[float, int]], expected: int, *, end: float) -> tuple[str, str]:
    """The area and the edge of counts that rise in steps; x is per mille, the height a share of `expected`."""
    if not points or expected <= 0:
        return "", ""
    thinned: list[tuple[float, int]] = []
    for x, total in points:
        if thinned and x - thinned[-1][0] < 1.0:
            thinned[-1] = (thinned[-1][0], total)
        else:
            thinned.append((x, total))
    first = thinned[0][0]
    parts = [f"M{first:.1f} {AREA_HEIGHT}"]
    for x, total in thinned:
        y = AREA_HEIGHT - (AREA_HEIGHT - 1) * min(total / expected, 1.0)
        parts.append(f"H{x:.1f}V{y:.1f}")
    edge = "".join(parts) + f"H{max(end, thinned[-1][0]):.1f}"
    return f"{edge}V{AREA_HEIGHT}Z", edge


def _rising(axis: MachineAxis, acks: Sequence[Ack], what: str) -> list[tuple[float, int]]:
    total = 0
    found = []
    for ack in acks:
        if gained := _gained(ack, what):
            total += gained
            found.append((axis.at(ack.at) * 10, total))
    return found


def _gained(ack: Ack, what: str) -> int:
    return ack.applied if what == "applied" else ack.reverted


def _last_of_each_partition(axis: MachineAxis, acks: Sequence[Ack], what: str) -> str:
    last: dict[int, float] = {}
    for ack in acks:
        if _gained(ack, what):
            last[ack.partition] = axis.at(ack.at) * 10
    return "".join(f"M{x:.1f} 0V6" for x in sorted(set(last.values())))


def _counts(lane: StoryLane) -> list[Count]:
    return [
        Count(name=part.word, value=f"{part.number:,}", tone=part.tone if part.number else "zero")
        for part in parts(lane)
    ]


def _end(lane: StoryLane, *, undoing: bool) -> StatusView:
    """Say in a word or two where a lane stands."""
    if lane.retrying:
        return vocabulary.counted("RETRYING", lane.retrying)
    if undoing:
        return _undone(lane)
    if lane.pending:
        return _moving(_floor_percent(lane.expected - lane.pending, lane.expected))
    if lane.parked:
        return vocabulary.counted("PARKED", lane.parked)
    if lane.applied:
        return vocabulary.saying(vocabulary.delivery("APPLIED"), "applied")
    return vocabulary.saying(vocabulary.delivery("IGNORED"), "left alone")


def _undone(lane: StoryLane) -> StatusView:
    if lane.to_undo:
        return _moving(f"{_floor_percent(lane.reverted, lane.to_undo + lane.reverted)} undone")
    if lane.reverted:
        return vocabulary.saying(vocabulary.delivery("REVERTED"), "undone")
    return vocabulary.saying(vocabulary.delivery("IGNORED"), "nothing to undo")


def _moving(word: str) -> StatusView:
    return vocabulary.saying(vocabulary.MOVING, word)


def _floor_percent(done: int, whole: int) -> str:
    return short_percent(done * 100 // whole * 100) if whole else "0 %"


def brief(lane: StoryLane) -> str:
    """Say a lane's exact counts in one line."""
    return " · ".join(f"{part.number:,} {part.word}" for part in parts(lane) if part.number) or "nothing yet"


def _parked_say(lane: StoryLane, parked: Sequence[StoryTrouble]) -> str:
    count = max(lane.parked, len(parked))
    if not parked:
        return ""
    if count == 1:
        return f"{parked[0].sku} parked: {parked[0].cause}"
    return f"{parked[0].sku} and {count - 1:,} more parked: {parked[0].cause}"


def lane_view(story: Story, axis: MachineAxis, lane: StoryLane) -> LaneDrawing:
    """Draw one context's lane."""
    acks = sorted(lane.acks, key=lambda ack: ack.at)
    applied = stairs(_rising(axis, acks, "applied"), lane.expected, end=1000)
    reverted = stairs(_rising(axis, acks, "reverted"), lane.expected, end=1000)
    parked = sorted((t for t in lane.troubles if t.kind == "parked"), key=lambda t: t.at)
    retries = sorted(axis.at(t.at) for t in lane.troubles if t.kind == "retrying")
    stop = axis.at(parked[0].at) if parked else (retries[-1] if retries else 0.0)
    return LaneDrawing(
        context=lane.context,
        does=lane.does,
        brief=brief(lane),
        counts=_counts(lane),
        applied_area=applied[0],
        applied_edge=applied[1],
        reverted_area=reverted[0],
        reverted_edge=reverted[1],
        applied_ticks=_last_of_each_partition(axis, acks, "applied"),
        reverted_ticks=_last_of_each_partition(axis, acks, "reverted"),
        retry_ticks=[place(left) for left in retries],
        retry_left=place(retries[0]) if retries else "",
        retry_width=place(stop - retries[0]) if retries else "",
        parked_left=place(stop) if parked else "",
        parked_say=_parked_say(lane, parked),
        parked_side="left" if stop > 55 else "right",
        parked_room=place(stop if stop > 55 else 100 - stop) if parked else "",
        end=_end(lane, undoing=story.rolling_back_at is not None),
    )
