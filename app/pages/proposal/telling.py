"""From what the passport and the tracker know to the story that the score draws, and to a list of sentences. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from itertools import takewhile

from app.components import format as shown
from app.components import vocabulary
from app.components.views import View
from app.deliveries.queries import ContextView, LaneView, RepricingView, Step
from app.lifecycle.effects import Kind
from app.lifecycle.schedule import CanaryView
from app.lifecycle.views import ProposalSummary
from app.pages.proposal.story import Ack, Act, Lane, Stay, Story, Trouble, WaveOut
from app.passport import TraceEntry
from app.words.duration import measured


class TraceRow(View):
    """One entry of the trace as a sentence; `seam` rows carry the barline instead."""

    key: str = ""
    at: str = ""
    icon: str = "dash"
    tone: str = ""
    lead: str = ""
    rest: str = ""
    gap: str = ""
    seam: bool = False


def story(
    proposal: ProposalSummary,
    trace: Sequence[TraceEntry],
    repricing: RepricingView | None,
    contexts: Sequence[ContextView],
    *,
    now: datetime,
    zone: tzinfo | None = None,
    canary: CanaryView | None = None,
) -> Story:
    """Gather everything the score draws."""
    request = next((entry for entry in trace if entry.what == "PriceChangeRollbackRequested"), None)
    does = {context.name: context.does for context in contexts}
    return Story(
        stays=_stays(proposal, trace),
        acts=tuple(
            Act(entry.who, shown.initials(entry.who), vocabulary.verb(entry.what).done.lower(), entry.at)
            for entry in trace
            if entry.lane == "people"
        ),
        now=now,
        published_at=proposal.published_at,
        rolling_back_at=_first(trace, "ROLLING_BACK"),
        rolled_back_at=_first(trace, "ROLLED_BACK"),
        requested_by=request.who if request else "",
        requested_at=request.at if request else None,
        expected=repricing.row.expected if repricing else proposal.lines,
        lanes=_lanes(repricing, does) if repricing else (),
        contexts=tuple(does.items()),
        zone=zone,
        waves=tuple(
            WaveOut(wave.number, wave.lines, wave.published_at)
            for wave in (canary.waves if canary else ())
            if wave.published_at
        ),
        going=_progress(proposal, Kind.PUBLISH),
        returning=_progress(proposal, Kind.ROLL_BACK),
    )


def _progress(proposal: ProposalSummary, kind: Kind) -> tuple[int, int] | None:
    effect = proposal.under_way
    return (effect.done, effect.total) if effect and effect.kind is kind else None


def _stays(proposal: ProposalSummary, trace: Sequence[TraceEntry]) -> tuple[Stay, ...]:
    found: list[Stay] = []
    for entry in trace:
        if entry.target and (not found or found[-1].status != entry.target):
            found.append(Stay(entry.target, entry.at))
    return tuple(found) or (Stay(proposal.status, proposal.submitted_at),)


def _first(trace: Sequence[TraceEntry], target: str) -> datetime | None:
    return next((entry.at for entry in trace if entry.target == target), None)


def _lanes(repricing: RepricingView, does: dict[str, str]) -> tuple[Lane, ...]:
    return tuple(_lane(repricing, lane, does.get(lane.context, "")) for lane in repricing.row.lanes)


def _lane(repricing: RepricingView, lane: LaneView, does: str) -> Lane:
    counts = lane.counts
    undo = repricing.row.undo_expected
    return Lane(
        context=lane.context,
        does=does,
        expected=counts.expected,
        pending=counts.pending,
        applied=counts.applied,
        ignored=counts.ignored,
        retrying=counts.retrying,
        parked=counts.parked,
        reverted=counts.reverted,
        to_undo=0 if undo is None else max(undo - lane.undone, 0),
        acks=_acks(repricing.steps.get(lane.context, ())),
        troubles=tuple(
            Trouble(trouble.at, trouble.state.lower(), trouble.sku, trouble.cause)
            for trouble in repricing.troubles
            if trouble.context == lane.context
        ),
    )


def _acks(steps: Sequence[Step]) -> tuple[Ack, ...]:
    """Turn totals after each acknowledgement into what each one added; an undo takes nothing off what was applied."""
    found: list[Ack] = []
    heard = reverted = 0
    for step in steps:
        total = step.applied + step.reverted
        applied, undone = max(total - heard, 0), max(step.reverted - reverted, 0)
        heard, reverted = max(heard, total), max(reverted, step.reverted)
        if applied or undone:
            found.append(Ack(step.at, step.partition, applied, undone))
    return tuple(found)


def as_list(trace: Sequence[TraceEntry], *, published_at: datetime | None, now: datetime) -> list[TraceRow]:
    """Tell the same in sentences, in the same order, with the seam drawn across."""
    rows: list[TraceRow] = []
    crossed = False
    before: datetime | None = None
    for n, entry in enumerate(trace):
        if entry.what == "PriceChangePublished" and not crossed:
            crossed = True
            rows.append(TraceRow(key="seam", seam=True, lead="Seam", rest="from here on there are only reactions"))
        rows.append(_row(f"{n}", entry, before, published_at, now))
        before = entry.at
    if not crossed:
        rows.append(TraceRow(key="seam", seam=True, lead="Seam", rest="not crossed: no context has heard of it"))
    return rows


def before_the_seam(rows: Sequence[TraceRow]) -> list[TraceRow]:
    """Return the rows above the seam: what people and the lifecycle did."""
    return list(takewhile(lambda row: not row.seam, rows))


def _row(
    key: str, entry: TraceEntry, before: datetime | None, published_at: datetime | None, now: datetime
) -> TraceRow:
    icon, tone = _look(entry)
    lead, rest = _words(entry)
    return TraceRow(
        key=key,
        at=_at(entry.at, now),
        icon=icon,
        tone=tone,
        lead=lead,
        rest=rest,
        gap=_gap(entry, before, published_at),
    )


def _words(entry: TraceEntry) -> tuple[str, str]:
    if entry.lane == "people":
        return f"{vocabulary.verb(entry.what).done} by {entry.who}", shown.in_own_words(entry.said, entry.told)
    if entry.lane == "lifecycle":
        asked = f", as {entry.who} asked" if entry.what == "roll-back" else ""
        return f"{vocabulary.verb(entry.what).done}{asked}", entry.detail
    if entry.context:
        return f"{entry.context}: {entry.what}", entry.detail
    return entry.what, entry.detail


def _look(entry: TraceEntry) -> tuple[str, str]:
    if entry.lane in ("seam", "context"):
        event = vocabulary.look(vocabulary.EVENTS, entry.what)
        return event.icon, event.tone
    said = vocabulary.verb(entry.what)
    return said.icon, said.tone


def _at(at: datetime, now: datetime) -> str:
    there, here = shown.local(at), shown.local(now)
    if there.date() == here.date():
        return f"{there:%H:%M:%S}"
    year = "" if there.year == here.year else f" {there.year}"
    return f"{there.day} {there:%b}{year} {there:%H:%M:%S}"


def _gap(entry: TraceEntry, before: datetime | None, published_at: datetime | None) -> str:
    if published_at is not None and entry.at >= published_at and entry.lane in ("context", "seam"):
        return f"+{measured((entry.at - published_at).total_seconds())}"
    if before is None:
        return ""
    waited = (entry.at - before).total_seconds()
    return f"{measured(waited)} later" if waited >= 0.05 else ""
