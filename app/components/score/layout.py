"""The score: one proposal as lanes on one time axis, laid out in percent on the server.

Pure: facts with times go in, positions and SVG paths come out. Human time (left of publication) is
compressed and says where; machine time (right of it) is linear, with a labelled break where nothing moved.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from app.components import vocabulary
from app.components.format import initials
from app.components.score.axes import QUIET, HumanAxis, MachineAxis, place
from app.components.score.crossings import crossings, number
from app.components.score.lanes import brief, lane_view
from app.components.score.ticks import breaks, ticks
from app.components.score.view import Dot, LaneDrawing, ScoreView, Segment, Tick, Wait
from app.components.states import WaveState
from app.passport.story import Act, Stay, Story
from app.words.counting import plural
from app.words.duration import measured

_SETTLED = frozenset({"REJECTED", "RETURNED", "WITHDRAWN", "EXPIRED", "ROLLED_BACK"})


def _human_stays(story: Story) -> list[Stay]:
    if story.published_at is None:
        return list(story.stays)
    return [stay for stay in story.stays if stay.since < story.published_at] or [Stay("EVALUATING", story.published_at)]


def _human_end(story: Story, stays: Sequence[Stay]) -> datetime:
    if story.published_at is not None:
        return story.published_at
    if stays[-1].status in _SETTLED:
        return stays[-1].since
    return max(story.now, stays[-1].since)


def _human_segments(axis: HumanAxis, stays: Sequence[Stay], *, crossed: bool) -> list[Segment]:
    roomy = 24.0 if crossed else 9.0
    found = []
    for index, stay in enumerate(stays):
        left, right = axis.edges[index : index + 2]
        last, closed = index == len(stays) - 1, stay.status in _SETTLED
        length = "" if closed and last else measured(axis.spans[index])
        segment = _segment(f"h{index}", stay, left, right - left, length, roomy=roomy)
        broken = axis.spans[index] >= QUIET
        update = {"broken": broken, "below": "" if broken else length, "open": last and not crossed and not closed}
        found.append(segment.model_copy(update=update))
    return found


def _segment(key: str, stay: Stay, left: float, width: float, length: str, *, roomy: float) -> Segment:
    """Draw one stay, with its word if that has room; `length` says how long it was."""
    look = vocabulary.status(stay.status)
    return Segment(
        key=key,
        left=place(left),
        width=place(width),
        tone=look.tone,
        icon=look.icon,
        label=look.word if width >= roomy else "",
        title=f"{look.word}, {length}" if length else look.word,
    )


def _human_ticks(story: Story, axis: HumanAxis, stays: Sequence[Stay]) -> list[Tick]:
    first = Tick(key="from", left=place(axis.edges[0]), label=_clock(story, axis.bounds[0]), anchor="start")
    ticks = [first]
    for index, span in enumerate(axis.spans):
        if span >= QUIET and stays[index].status not in _SETTLED:
            middle = (axis.edges[index] + axis.edges[index + 1]) / 2
            ticks.append(Tick(key=f"b{index}", left=place(middle), label=measured(span)))
    if axis.edges[-1] - axis.edges[0] > 40 and sum(axis.spans) > 1:
        label = _clock(story, axis.bounds[-1])
        if story.published_at is not None and label != first.label:
            ticks.append(Tick(key="to", left=place(axis.edges[-1]), label=label, anchor="end"))
    return ticks


def _clock(story: Story, moment: datetime) -> str:
    here = moment.astimezone(story.zone)
    today = story.now.astimezone(story.zone)
    if here.date() == today.date():
        return f"{here:%H:%M}"
    return f"{here.day} {here:%b %H:%M}"


def _waits(axis: HumanAxis, stays: Sequence[Stay], people: Sequence[Dot], *, crossed: bool) -> list[Wait]:
    """Say what a long stay waits for, in its middle, unless somebody who acted stands there."""
    says = {"PENDING_APPROVAL": "waits for a person", "APPROVED": "waits for its time"}
    half = 18.0 if crossed else 8.0
    found = []
    for index, stay in enumerate(stays):
        width = axis.edges[index + 1] - axis.edges[index]
        if stay.status in says and (stay.status == "PENDING_APPROVAL" or axis.spans[index] >= QUIET):
            middle = axis.edges[index] + width / 2
            taken = any(abs(number(dot.left) - middle) < half for dot in people)
            label = says[stay.status] if width > 20 and not taken else ""
            found.append(Wait(key=f"w{index}", left=place(axis.edges[index]), width=place(width), label=label))
    return found


def moved_at(story: Story) -> list[datetime]:
    """Every moment something moved after publication, in no order."""
    found = [at for at in (story.rolling_back_at, story.rolled_back_at, story.requested_at) if at is not None]
    if story.waves:
        found += [wave.at for wave in story.waves]
        found += [stay.since for stay in story.stays if story.published_at and stay.since >= story.published_at]
    for lane in story.lanes:
        found += [ack.at for ack in lane.acks]
        found += [trouble.at for trouble in lane.troubles]
    return found


def is_settled(story: Story) -> bool:
    """Nothing is left to move, or nothing has moved for a minute."""
    if story.published_at is None:
        return False
    undoing = story.rolling_back_at is not None and story.rolled_back_at is None
    baking = story.stays[-1].status == "CANARY"
    open_left = undoing or baking or any(lane.pending or lane.retrying for lane in story.lanes) or not story.lanes
    if not open_left:
        return True
    last = max([story.published_at, *moved_at(story)])
    return (story.now - last).total_seconds() > QUIET


def _machine_axis(story: Story, *, settled: bool) -> MachineAxis:
    assert story.published_at is not None
    moments = moved_at(story)
    last = max([story.published_at, *moments])
    if not settled:
        return MachineAxis(story.published_at, moments, max(story.now, last, story.published_at))
    span = (last - story.published_at).total_seconds()
    rest = max(min(span, QUIET) * 0.06, 0.05)
    return MachineAxis(story.published_at, moments, last + timedelta(seconds=rest))


def _machine_segments(story: Story, axis: MachineAxis) -> list[Segment]:
    stays = [stay for stay in story.stays if story.published_at and stay.since >= story.published_at]
    found = []
    for index, stay in enumerate(stays):
        last = index == len(stays) - 1
        left = axis.at(stay.since)
        right = 100.0 if last else axis.at(stays[index + 1].since)
        width = max(right - left, 0.8)
        length = "" if last else measured((stays[index + 1].since - stay.since).total_seconds())
        segment = _segment(f"m{index}", stay, left, width, length, roomy=12)
        noted = last and stay.status == "ROLLING_BACK" and width > 30
        update = {
            "below": length if width < 12 else "",
            "open": last and stay.status != "ROLLED_BACK",
            "note": _left_to_undo(story) if noted else "",
        }
        found.append(segment.model_copy(update=update))
    return found


def _left_to_undo(story: Story) -> str:
    left = [(lane.context, lane.to_undo) for lane in story.lanes if lane.to_undo]
    if not left:
        return ""
    if len(left) == 1:
        return f"waits for {left[0][0]}, {left[0][1]:,} left"
    return f"waits for {plural(len(left), 'context')}, {sum(n for _, n in left):,} left"


def lay_out(story: Story) -> ScoreView:
    """Positions for everything the score shows."""
    stays = _human_stays(story)
    crossed = story.published_at is not None
    axis = HumanAxis(stays, _human_end(story, stays), left=6.0 if crossed else 2.0, right=100.0 if crossed else 96.0)
    people = [_dot(n, act, axis.at(act.at)) for n, act in enumerate(story.acts) if _is_human(story, act)]
    view = ScoreView(
        crossed=crossed,
        human_ticks=_human_ticks(story, axis, stays),
        human_segments=_human_segments(axis, stays, crossed=crossed),
        people=people,
        waits=_waits(axis, stays, people, crossed=crossed),
    )
    if not crossed:
        return _before(story, stays, view)
    return _after(story, view)


def _is_human(story: Story, act: Act) -> bool:
    return story.published_at is None or act.at < story.published_at


def _dot(n: int, act: Act, left: float) -> Dot:
    look = vocabulary.verb(act.what).done.lower()
    return Dot(key=f"{n}", left=place(left), initials=initials(act.who), title=f"{act.who}: {look}")


def _before(story: Story, stays: Sequence[Stay], view: ScoreView) -> ScoreView:
    closed = stays[-1].status in _SETTLED
    say = "Never crossed: nothing was published" if closed else "Not crossed yet: no context has heard of it"
    return view.model_copy(
        update={
            "lanes": [
                LaneDrawing(context=name, does=does, brief="has not heard of it") for name, does in story.contexts
            ],
            "seam_say": say,
            "now_left": "" if closed else "96%",
            "now_label": "" if closed else "now",
            "summary": f"{vocabulary.status(stays[-1].status).word}. {say}.",
            "foot": "Lengths of time are compressed; every stay carries its own.",
        }
    )


def _after(story: Story, view: ScoreView) -> ScoreView:
    settled = is_settled(story)
    axis = _machine_axis(story, settled=settled)
    machine_people = [_dot(n, act, axis.at(act.at)) for n, act in enumerate(story.acts) if not _is_human(story, act)]
    lanes = [lane_view(story, axis, lane) for lane in story.lanes]
    return view.model_copy(
        update={
            "ticks": ticks(story, axis),
            "breaks": breaks(axis, machine_people),
            "segments": _machine_segments(story, axis),
            "machine_people": machine_people,
            "people_say": _nobody(story) if not machine_people and len(axis.stretches) == 1 else "",
            "crossings": crossings(story, axis),
            "lanes": lanes,
            "settled": settled,
            "now_left": "100%",
            "now_label": _now_label(story) if settled else "now",
            "summary": summary(story),
            "foot": f"Each lane adds up to {story.expected:,}. Left of +0 s the axis is compressed; "
            "right of it, seconds to scale.",
        }
    )


def _nobody(story: Story) -> str:
    return "waits for a person" if story.stays[-1].status == "HELD" else "waits for nobody"


def _now_label(story: Story) -> str:
    status = story.stays[-1].status
    if status == "CANARY":
        return vocabulary.in_a_sentence(vocabulary.look(vocabulary.WAVES, WaveState.BAKES))
    return vocabulary.in_a_sentence(vocabulary.status(status)) if status == "HELD" else "quiet"


def summary(story: Story) -> str:
    """The score as one sentence, for people who cannot see it."""
    lanes = "; ".join(f"{lane.context}: {brief(lane)}" for lane in story.lanes)
    at = "" if story.published_at is None else f"{story.published_at.astimezone(story.zone):%H:%M:%S}"
    undone = ""
    if story.rolling_back_at is not None:
        undone = f", rolled back from {story.rolling_back_at.astimezone(story.zone):%H:%M:%S}"
    return f"Published {at}{undone}. {lanes}."
