"""From a passport and the tracker to the story that is drawn of a proposal. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

from app.deliveries.views import AckStep, ContextView, LaneView, RepricingView
from app.lifecycle.clock.schedule import CanaryView
from app.lifecycle.publishing.effects import EffectKind
from app.lifecycle.views.values import ProposalSummary
from app.passport.story import Ack, Act, Stay, Story, StoryLane, StoryTrouble, WaveSent
from app.passport.trace import TraceEntry


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
    """Gather everything that the score draws."""
    request = next((entry for entry in trace if entry.what == "PriceChangeRollbackRequested"), None)
    does = {context.name: context.does for context in contexts}
    return Story(
        stays=_stays(proposal, trace),
        acts=tuple(Act(entry.who, entry.what, entry.at) for entry in trace if entry.lane == "people"),
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
            WaveSent(wave.number, wave.lines, wave.published_at)
            for wave in (canary.waves if canary else ())
            if wave.published_at
        ),
        going=_progress(proposal, EffectKind.PUBLISH),
        returning=_progress(proposal, EffectKind.ROLL_BACK),
    )


def _progress(proposal: ProposalSummary, kind: EffectKind) -> tuple[int, int] | None:
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


def _lanes(repricing: RepricingView, does: dict[str, str]) -> tuple[StoryLane, ...]:
    return tuple(_lane(repricing, lane, does.get(lane.context, "")) for lane in repricing.row.lanes)


def _lane(repricing: RepricingView, lane: LaneView, does: str) -> StoryLane:
    counts = lane.counts
    undo = repricing.row.undo_expected
    return StoryLane(
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
            StoryTrouble(trouble.at, trouble.state.lower(), trouble.sku, trouble.cause)
            for trouble in repricing.troubles
            if trouble.context == lane.context
        ),
    )


def _acks(steps: Sequence[AckStep]) -> tuple[Ack, ...]:
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
