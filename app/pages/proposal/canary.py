"""A proposal's canary as its page shows it: waves, guards against their limits, what comes next. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from app.canary.guards import WHOLE_BP, Guard, Outcome, Reading, Unit
from app.canary.wording import span
from app.components import format as shown
from app.components.views import FactView, StatusView, View
from app.lifecycle.schedule import Appointment, CanaryView, WaveView
from app.lifecycle.status import Status
from app.lifecycle.views import ProposalSummary
from app.passport import TraceEntry

LIMIT_AT = 200 / 3
"""Where a gauge has its limit, in percent of its length; what is beyond has room to be seen."""
STEERED = (Status.CANARY, Status.HELD)
_UNDONE = (Status.ROLLING_BACK, Status.ROLLED_BACK)
_WORST_FIRST = (Outcome.BREACH, Outcome.UNCLEAR, Outcome.PASS)
_OUTCOMES = {
    Outcome.PASS: StatusView(word="Passed", icon="okc", tone="ok"),
    Outcome.UNCLEAR: StatusView(word="Unclear", icon="tri", tone="warn"),
    Outcome.BREACH: StatusView(word="Breach", icon="oct", tone="bad"),
}
_SO_FAR = {
    Outcome.PASS: StatusView(word="Holds", icon="okc", tone="ok"),
    Outcome.UNCLEAR: StatusView(word="Not yet", icon="dash", tone="idle"),
    Outcome.BREACH: StatusView(word="Breach", icon="oct", tone="bad"),
}
_WORDS = {
    "publishes": "publishes",
    "returns": "the earlier prices return",
    "reminds": "reminds the approvers",
    "escalates": "goes to the next level",
    "expires": "expires",
}


class StepView(View):
    """One wave of the strip."""

    key: str = ""
    number: str = ""
    takes: str = ""
    lines: str = ""
    width: str = "0%"
    out: str = ""
    until: str = ""
    status: StatusView = StatusView()
    state: str = "waits"
    undone: bool = False


class GaugeView(View):
    """One guard: how much of what its limit allows is used, the numbers, and the sentence."""

    key: str = ""
    status: StatusView = StatusView()
    used: str = ""
    tone: str = "idle"
    observed: str = ""
    limit: str = ""
    sentence: str = ""


class PanelView(View):
    """The canary panel. `steered` while a person may still continue, hold or roll back."""

    shown: bool = False
    steered: bool = False
    tone: str = "idle"
    lead: str = ""
    rest: str = ""
    steps: list[StepView] = []
    judged: str = ""
    all_passed: bool = False
    gauges: list[GaugeView] = []
    limits: list[FactView] = []
    measures: list[FactView] = []
    go_on: str = "Continue"


class NextView(View):
    """What the clock does next: the words, how long until then, and the instant for the page's own countdown."""

    words: str = ""
    left: str = ""
    instant: str = ""
    whole: str = ""


def panel(
    canary: CanaryView | None,
    proposal: ProposalSummary,
    trace: Sequence[TraceEntry],
    now: datetime,
    *,
    so_far: Sequence[Reading] = (),
) -> PanelView:
    """Show a canary; an empty panel if the change goes out in one piece. `so_far` reads the wave that still bakes."""
    if canary is None or not canary.waves:
        return PanelView()
    judged = [wave for wave in canary.waves if wave.judged_at]
    last = judged[-1] if judged else None
    tone, lead, rest = _says(canary, proposal, trace, now)
    return PanelView(
        shown=True,
        steered=proposal.status in STEERED,
        tone=tone,
        lead=lead,
        rest=rest,
        steps=_steps(canary, proposal, now),
        judged=_judged(canary, last, so_far),
        gauges=_gauges(so_far, _SO_FAR) if so_far else _gauges(last.readings if last else (), _OUTCOMES),
        all_passed=all(reading.outcome is Outcome.PASS for reading in last.readings) if last and not so_far else False,
        limits=_limits(canary),
        measures=_measures(canary, now),
        go_on=_go_on(canary),
    )


def _judged(canary: CanaryView, last: WaveView | None, so_far: Sequence[Reading]) -> str:
    if so_far:
        return f"Wave {canary.wave} so far"
    return f"Wave {last.number}, judged at {shown.clock(last.judged_at, seconds=True)}" if last else ""


def _says(
    canary: CanaryView, proposal: ProposalSummary, trace: Sequence[TraceEntry], now: datetime
) -> tuple[str, str, str]:
    out, of = canary.wave, canary.waves[-1].number
    lines = f"{shown.count(proposal.published_lines)} of {shown.plural(proposal.lines, 'line')} out"
    if proposal.status in _UNDONE:
        return "undo", f"Undone after wave {out}.", _words_of(trace, "roll-back")
    if proposal.status == Status.HELD:
        return "warn", f"Held after wave {out} of {of}, {lines}.", _held(trace)
    if proposal.status == Status.CANARY:
        until = canary_wave(canary, out).bakes_until
        at = f" at {shown.when(until, now, seconds=_near(until, now))}" if until else ""
        return "live", f"Wave {out} of {of} bakes, {lines}.", f"Its guards are judged{at}."
    if proposal.published_at:
        return "ok", f"All {shown.plural(of, 'wave')} out.", lines[:1].upper() + lines[1:] + "."
    return "idle", f"Goes out in {shown.plural(len(canary.waves), 'wave')}, not all at once.", canary.plan.why


def _near(at: datetime | None, now: datetime) -> bool:
    return at is not None and (at - now).total_seconds() < 600


def canary_wave(canary: CanaryView, number: int) -> WaveView:
    """Return the wave with this number, or the last."""
    return next((wave for wave in canary.waves if wave.number == number), canary.waves[-1])


def _held(trace: Sequence[TraceEntry]) -> str:
    entry = next((entry for entry in reversed(trace) if entry.what == "pause"), None)
    if entry is None:
        return ""
    if entry.lane == "people":
        return f"Held by {entry.who.rstrip('.')}" + (f": “{entry.detail}”" if entry.detail else ".")
    return entry.detail


def _words_of(trace: Sequence[TraceEntry], what: str) -> str:
    entry = next((entry for entry in reversed(trace) if entry.what == what), None)
    if entry is None:
        return ""
    return f"{entry.who}: “{entry.detail}”" if entry.lane == "people" else entry.detail


def _go_on(canary: CanaryView) -> str:
    waiting = next((wave for wave in canary.waves if wave.published_at is None), None)
    return f"Continue with wave {waiting.number}" if waiting else "Close as published"


# waves


def _steps(canary: CanaryView, proposal: ProposalSummary, now: datetime) -> list[StepView]:
    total = sum(wave.lines for wave in canary.waves)
    return [_step(canary, wave, proposal, total, now) for wave in canary.waves]


def _step(canary: CanaryView, wave: WaveView, proposal: ProposalSummary, total: int, now: datetime) -> StepView:
    status, state = _state(wave, proposal)
    return StepView(
        key=str(wave.number),
        number=f"Wave {wave.number}",
        takes=canary.plan.waves[wave.number - 1].sentence(),
        lines=shown.count(wave.lines),
        width=f"{100 * wave.lines / total:.2f}%" if total else "0%",
        out=f"out at {shown.when(wave.published_at, now, seconds=True)}" if wave.published_at else "",
        until=_until(wave, proposal, now),
        status=status,
        state=state,
        undone=bool(wave.published_at) and proposal.status in _UNDONE,
    )


def _state(wave: WaveView, proposal: ProposalSummary) -> tuple[StatusView, str]:
    if wave.published_at is None:
        gone = proposal.status in _UNDONE or proposal.status in (Status.WITHDRAWN, Status.REJECTED, Status.EXPIRED)
        word = "Never sent" if gone else "Waits"
        return StatusView(word=word, icon="skip" if gone else "dash", tone="idle"), "waits"
    if wave.outcome:
        return _OUTCOMES[Outcome(wave.outcome)], "judged"
    if proposal.status == Status.CANARY:
        return StatusView(word="Bakes", icon="clock", tone="live"), "bakes"
    return StatusView(word="Not judged", icon="skip", tone="idle"), "judged"


def _until(wave: WaveView, proposal: ProposalSummary, now: datetime) -> str:
    if wave.published_at is None:
        return f"then bakes {_length(wave.bake_seconds)}"
    if wave.judged_at:
        return f"judged at {shown.when(wave.judged_at, now, seconds=True)}"
    if proposal.status == Status.CANARY:
        return f"bakes until {shown.when(wave.bakes_until, now, seconds=True)}"
    return f"was to bake {_length(wave.bake_seconds)}"


def _length(seconds: int) -> str:
    return f"{seconds} s" if seconds < 60 else shown.duration(seconds)


# guards


def _gauges(readings: Sequence[Reading], words: Mapping[Outcome, StatusView]) -> list[GaugeView]:
    ordered = sorted(readings, key=lambda reading: _WORST_FIRST.index(reading.outcome))
    return [_gauge(n, reading, words[reading.outcome]) for n, reading in enumerate(ordered)]


def _gauge(n: int, reading: Reading, status: StatusView) -> GaugeView:
    used = used_of(reading)
    return GaugeView(
        key=f"{reading.guard}-{reading.about}-{n}",
        status=status,
        used="" if used is None else f"{min(used * LIMIT_AT, 100):.1f}%",
        tone=status.tone if reading.outcome is not Outcome.PASS else "idle",
        observed=_number(reading, reading.observed, limit=reading.limit),
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
    if reading.guard is Guard.APPLIED:
        observed, limit = WHOLE_BP - observed, WHOLE_BP - limit
    if reading.guard is Guard.MEASURE and limit < 0:
        observed, limit = -observed, -limit
    if reading.guard is Guard.MEASURE and limit == 0 and reading.outcome is not Outcome.BREACH:
        return 0.0
    if limit <= 0:
        return 0.0 if observed <= 0 else 1.5
    return max(observed, 0.0) / limit


def _number(reading: Reading, value: int | None, *, limit: int | None = None) -> str:
    if value is None:
        return "not measured"
    if reading.unit is Unit.MILLISECONDS:
        return span(value)
    if reading.unit is Unit.COUNT:
        return shown.count(value)
    return shown.percent(value, signed=reading.guard is Guard.MEASURE, limit=limit)


def _limit(reading: Reading) -> str:
    if reading.limit is None:
        return ""
    least = reading.guard is Guard.APPLIED or (reading.guard is Guard.MEASURE and reading.limit < 0)
    return f"{'at least' if least else 'at most'} {_number(reading, reading.limit)}"


def _limits(canary: CanaryView) -> list[FactView]:
    guards = canary.plan.guards
    facts = [
        FactView(label="Applied, in each context", value=f"at least {shown.percent(guards.applied_min_bp)}"),
        FactView(label="Parked, in each context", value=f"at most {shown.percent(guards.parked_max_bp)}"),
        FactView(label="Rollbacks requested", value=f"at most {guards.rolled_back_max}"),
        FactView(label="Landed everywhere", value=f"within {guards.landing_max_factor} × the estimate"),
    ]
    for measure in guards.measures:
        bound = shown.percent(measure.limit_bp, signed=True)
        note = "required" if measure.required else "if it is posted"
        facts.append(
            FactView(label=measure.name.capitalize(), value=f"{measure.direction} {bound} of the control", note=note)
        )
    return facts


def _measures(canary: CanaryView, now: datetime) -> list[FactView]:
    return [
        FactView(
            label=f"Wave {m.wave}, {m.name}",
            value=f"{m.treated} against {m.control}",
            note=f"{m.sample:,} observations, {m.posted_by} at {shown.when(m.at, now, seconds=True)}",
        )
        for m in reversed(canary.measures)
    ][:6]


# next


def coming(appointments: Sequence[Appointment], waves: int, now: datetime) -> NextView:
    """Say the next thing that the clock will do with a proposal."""
    if not appointments:
        return NextView()
    first = appointments[0]
    left = (first.at - now).total_seconds()
    return NextView(
        words=f"{_words(first, waves)} at {shown.when(first.at, now, seconds=0 < left < 600)},",
        left=f"in {shown.duration(left)}" if left > 0 else "due now",
        instant=first.at.isoformat(),
        whole="; ".join(f"{_words(one, waves)} at {shown.when(one.at, now)}" for one in appointments),
    )


def _words(appointment: Appointment, waves: int) -> str:
    if appointment.kind == "wave":
        return f"wave {appointment.wave}" if appointment.wave <= waves else "the last look at the guards"
    return _WORDS.get(appointment.kind, appointment.kind)
