"""The lanes below the seam: what each context did, as counts, areas and ticks."""

from __future__ import annotations

from collections.abc import Sequence

from app.pages.proposal.axes import MachineAxis, place
from app.pages.proposal.drawn import Count, LaneView
from app.pages.proposal.story import Ack, Lane, Story, Trouble

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
        gained = ack.applied if what == "applied" else ack.reverted
        if gained:
            total += gained
            found.append((axis.at(ack.at) * 10, total))
    return found


def _last_of_each_partition(axis: MachineAxis, acks: Sequence[Ack], what: str) -> str:
    last: dict[int, float] = {}
    for ack in acks:
        if ack.applied if what == "applied" else ack.reverted:
            last[ack.partition] = axis.at(ack.at) * 10
    return "".join(f"M{x:.1f} 0V6" for x in sorted(set(last.values())))


def _counts(lane: Lane) -> list[Count]:
    named = (
        ("applied", lane.applied, "ok"),
        ("reverted", lane.reverted, "undo"),
        ("ignored", lane.ignored, "idle"),
        ("retrying", lane.retrying, "warn"),
        ("parked", lane.parked, "bad"),
        ("pending", lane.pending, "idle"),
    )
    return [Count(name=name, value=f"{n:,}", tone=tone if n else "zero") for name, n, tone in named]


def _end(lane: Lane, *, undoing: bool) -> tuple[str, str, str]:
    if lane.retrying:
        return f"{lane.retrying:,} retrying", "warn", "retry"
    if undoing:
        if lane.to_undo:
            whole = lane.to_undo + lane.reverted
            return f"{_floor_percent(lane.reverted, whole)} undone", "live", "dash"
        return ("undone", "undo", "undo") if lane.reverted else ("nothing to undo", "idle", "skip")
    if lane.pending:
        return _floor_percent(lane.expected - lane.pending, lane.expected), "live", "dash"
    if lane.parked:
        return f"{lane.parked:,} parked", "bad", "park"
    return ("applied", "ok", "okc") if lane.applied else ("left alone", "idle", "skip")


def _floor_percent(part: int, whole: int) -> str:
    return f"{part * 100 // whole} %" if whole else "0 %"


def brief(lane: Lane) -> str:
    """Say a lane's exact counts in one line."""
    named = (
        (lane.applied, "applied"),
        (lane.reverted, "reverted"),
        (lane.ignored, "ignored"),
        (lane.retrying, "retrying"),
        (lane.parked, "parked"),
        (lane.pending, "pending"),
    )
    return " · ".join(f"{n:,} {word}" for n, word in named if n) or "nothing yet"


def _parked_say(lane: Lane, parked: Sequence[Trouble]) -> str:
    count = max(lane.parked, len(parked))
    if not parked:
        return ""
    if count == 1:
        return f"{parked[0].sku} parked: {parked[0].cause}"
    return f"{parked[0].sku} and {count - 1:,} more parked: {parked[0].cause}"


def lane_view(story: Story, axis: MachineAxis, lane: Lane) -> LaneView:
    """Draw one context's lane."""
    acks = sorted(lane.acks, key=lambda ack: ack.at)
    applied = stairs(_rising(axis, acks, "applied"), lane.expected, end=1000)
    reverted = stairs(_rising(axis, acks, "reverted"), lane.expected, end=1000)
    parked = sorted((t for t in lane.troubles if t.kind == "parked"), key=lambda t: t.at)
    retries = sorted(axis.at(t.at) for t in lane.troubles if t.kind == "retrying")
    stop = axis.at(parked[0].at) if parked else (retries[-1] if retries else 0.0)
    undoing = story.rolling_back_at is not None
    end, tone, icon = _end(lane, undoing=undoing)
    return LaneView(
        context=lane.context,
        does=lane.does,
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
        end=end,
        end_tone=tone,
        icon=icon,
        brief=brief(lane),
    )


def deaf_lane(context: str, does: str) -> LaneView:
    """Draw the lane of a context that has not heard of it."""
    empty = {name: "" for name in LaneView.model_fields if name not in ("counts", "retry_ticks")}
    empty |= {"context": context, "does": does, "brief": "has not heard of it"}
    return LaneView(**empty, counts=[], retry_ticks=[])
