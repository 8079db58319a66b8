"""The guards of a wave against their limits, as a proposal's page shows them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from app.canary.evidence import Outcome, Reading, Unit, WaveGuard
from app.components import format as shown
from app.components import vocabulary
from app.components.views import FactView, StatusView, View
from app.lifecycle.clock.schedule import CanaryView
from app.words.counting import count, plural
from app.words.duration import at_most
from app.words.percent import WHOLE_BP, exact_percent, percent

LIMIT_AT = 200 / 3
"""Where a gauge has its limit, in percent of its length; what is beyond has room to be seen."""
WORST_FIRST = (Outcome.BREACH, Outcome.UNCLEAR, Outcome.PASS)


class GaugeView(View):
    """One guard: how much of what its limit allows is used, the numbers, and the sentence."""

    key: str = ""
    status: StatusView = StatusView()
    used: str = ""
    tone: str = "idle"
    observed: str = ""
    limit: str = ""
    sentence: str = ""


def gauges(readings: Sequence[Reading], words: vocabulary.Table) -> list[GaugeView]:
    """Show guards with what they read, the worst first."""
    ordered = sorted(readings, key=lambda reading: WORST_FIRST.index(reading.outcome))
    return [_gauge(n, reading, vocabulary.look(words, reading.outcome)) for n, reading in enumerate(ordered)]


def _gauge(n: int, reading: Reading, status: StatusView) -> GaugeView:
    used = used_of(reading)
    return GaugeView(
        key=f"{reading.guard}-{reading.about}-{n}",
        status=status,
        used="" if used is None else f"{min(used * LIMIT_AT, 100):.1f}%",
        tone=status.tone if reading.outcome is not Outcome.PASS else "idle",
        observed=_number(reading, reading.observed),
        limit=_limit(reading),
        sentence=reading.sentence,
    )


def used_of(reading: Reading) -> float | None:
    """Return how much of what the limit allows is used: 1 is exactly the limit, None if nothing was read.

    What must be applied is read by what was not; a measure by its distance on the side that matters.
    """
    if reading.observed is None or reading.limit is None:
        return None
    observed, limit = float(reading.observed), float(reading.limit)
    if reading.guard is WaveGuard.APPLIED:
        observed, limit = WHOLE_BP - observed, WHOLE_BP - limit
    if reading.guard is WaveGuard.MEASURE and limit < 0:
        observed, limit = -observed, -limit
    if reading.guard is WaveGuard.MEASURE and limit == 0 and reading.outcome is not Outcome.BREACH:
        return 0.0
    if limit <= 0:
        return 0.0 if observed <= 0 else 1.5
    return max(observed, 0.0) / limit


def _number(reading: Reading, value: int | None) -> str:
    if value is None:
        return "not measured"
    if reading.unit is Unit.MILLISECONDS:
        return at_most(value)
    if reading.unit is Unit.COUNT:
        return count(value)
    signed = reading.guard is WaveGuard.MEASURE
    if value == reading.limit:
        return exact_percent(value, signed=signed)
    return percent(value, signed=signed, limit=reading.limit, toward=reading.toward)


def _limit(reading: Reading) -> str:
    if reading.limit is None:
        return ""
    least = reading.guard is WaveGuard.APPLIED or (reading.guard is WaveGuard.MEASURE and reading.limit < 0)
    return f"{'at least' if least else 'at most'} {_number(reading, reading.limit)}"


def limits(canary: CanaryView) -> list[FactView]:
    """Show the limits of the guards, before anything is measured."""
    guards = canary.plan.guards
    facts = [
        FactView(label="Applied, in each context", value=f"at least {exact_percent(guards.applied_min_bp)}"),
        FactView(label="Parked, in each context", value=f"at most {exact_percent(guards.parked_max_bp)}"),
        FactView(label="Rollbacks requested", value=f"at most {guards.rolled_back_max}"),
        FactView(label="Landed everywhere", value=f"within {guards.landing_max_factor} × the estimate"),
    ]
    for measure in guards.measures:
        bound = exact_percent(measure.limit_bp, signed=True)
        note = "required" if measure.required else "if it is posted"
        facts.append(
            FactView(label=measure.name.capitalize(), value=f"{measure.direction} {bound} of the control", note=note)
        )
    return facts


def measures(canary: CanaryView, now: datetime) -> list[FactView]:
    """Show what counts: the newest of every source; which of them judges stands in the guard's sentence."""
    return [
        FactView(
            label=f"Wave {m.wave}, {m.name}, {m.posted_by}",
            value=f"{m.treated} against {m.control}",
            note=f"{plural(m.sample, 'observation')} at {shown.when(m.at, now, seconds=True)}",
        )
        for m in reversed(canary.measures)
        if m.counts
    ]
