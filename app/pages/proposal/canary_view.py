"""A proposal's canary as its page shows it: waves, guards against their limits, what comes next. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.canary.evidence import Outcome, Reading
from app.components import format as shown
from app.components import vocabulary
from app.components.states import WaveState
from app.components.views import FactView, StatusView, View
from app.lifecycle.clock.schedule import Appointment, CanaryView, Due, WaveView
from app.lifecycle.table.status import Status
from app.lifecycle.views.values import ProposalSummary
from app.pages.proposal.gauges_view import WORST_FIRST, GaugeView, gauges, limits, measures
from app.pages.proposal.view import STEERED
from app.passport import TraceEntry
from app.words.counting import count, noun, plural
from app.words.duration import duration

_UNDONE = (Status.ROLLING_BACK, Status.ROLLED_BACK)
_SAYS = {
    Due.PUBLISHES: "publishes",
    Due.RETURNS: "the earlier prices return",
    Due.REMINDS: "reminds the approvers",
    Due.ESCALATES: "goes to the next level",
    Due.EXPIRES: "expires",
}
"""What the clock does next, as a sentence about the proposal (of a wave it depends on its guards)."""


class WaveStep(View):
    """One wave of the strip."""

    key: str = ""
    number: str = ""
    takes: str = ""
    lines: str = ""
    noun: str = "lines"
    width: str = "0%"
    out: str = ""
    until: str = ""
    status: StatusView = StatusView()
    state: str = "waits"
    undone: bool = False


class PanelView(View):
    """The canary panel. `steered` while a person may still continue, hold or roll back."""

    shown: bool = False
    steered: bool = False
    tone: str = "idle"
    lead: str = ""
    rest: str = ""
    steps: list[WaveStep] = []
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


@dataclass(frozen=True)
class Foretold:
    """What can be told now of a wave that still bakes: its `readings`, what would keep the next wave from going out
    (`brake`), and why the way back from a breach takes two people (`on_one_word`)."""

    readings: Sequence[Reading] = ()
    brake: str = ""
    on_one_word: str = ""

    @property
    def worst(self) -> Outcome | None:
        """Return the worst of what was read, None if nothing was."""
        return next((outcome for outcome in WORST_FIRST if any(one.outcome is outcome for one in self.readings)), None)


NOTHING = Foretold()


def panel(
    canary: CanaryView | None,
    proposal: ProposalSummary,
    trace: Sequence[TraceEntry],
    now: datetime,
    foretold: Foretold = NOTHING,
) -> PanelView:
    """Show a canary; an empty panel if the change goes out in one piece."""
    if canary is None or not canary.waves:
        return PanelView()
    last = next((wave for wave in reversed(canary.waves) if wave.judged_at), None)
    so_far, judged = foretold.readings, last.readings if last else ()
    tone, lead, rest = _says(canary, proposal, trace, foretold, now)
    return PanelView(
        shown=True,
        steered=proposal.status in STEERED,
        tone=tone,
        lead=lead,
        rest=rest,
        steps=_steps(canary, proposal, now),
        judged=_judged(canary, last, so_far),
        gauges=gauges(so_far, vocabulary.GUARDS_SO_FAR) if so_far else gauges(judged, vocabulary.GUARDS),
        all_passed=last is not None and not so_far and all(one.outcome is Outcome.PASS for one in judged),
        limits=limits(canary),
        measures=measures(canary, now),
        go_on=_go_on(canary),
    )


def _judged(canary: CanaryView, last: WaveView | None, so_far: Sequence[Reading]) -> str:
    if so_far:
        return f"Wave {canary.wave} so far"
    return f"Wave {last.number}, judged at {shown.clock(last.judged_at, seconds=True)}" if last else ""


def _says(
    canary: CanaryView, proposal: ProposalSummary, trace: Sequence[TraceEntry], foretold: Foretold, now: datetime
) -> tuple[str, str, str]:
    out, of = canary.wave, canary.waves[-1].number
    lines = f"{count(proposal.published_lines)} of {plural(proposal.lines, 'line')} out"
    if proposal.status in _UNDONE:
        return "undo", f"Undone after wave {out}.", _words_of(trace, "roll-back", "agree-roll-back")
    if proposal.status == Status.HELD:
        ways_on = f"{_held(trace)} {_ways_on(canary, foretold.brake)}".strip()
        return "warn", f"Held after wave {out} of {of}, {lines}.", ways_on
    if proposal.status == Status.CANARY:
        baking = canary_wave(canary, out)
        if baking.judged_at:
            return "warn", f"Wave {out} of {of} is judged, {lines}.", _waits(canary, foretold.brake)
        until, tone = baking.bakes_until, "bad" if foretold.worst is Outcome.BREACH else "live"
        at = f" at {shown.when(until, now, seconds=_near(until, now))}" if until else ""
        return tone, f"Wave {out} of {of} bakes, {lines}.", f"Its guards are judged{at}. {_then(canary, foretold)}"
    if proposal.published_at:
        return "ok", f"All {plural(of, 'wave')} out.", f"{lines[:1].upper()}{lines[1:]}."
    lead = f"Goes out in {plural(len(canary.waves), 'wave')}, not all at once."
    return "idle", lead, " ".join(filter(None, (canary.plan.why, _empty(canary))))


def _empty(canary: CanaryView) -> str:
    """Name the waves that no line falls into, so that the numbers of the others explain themselves."""
    filled = {wave.number for wave in canary.waves}
    numbers = [str(n) for n in range(1, len(canary.plan.waves) + 1) if n not in filled]
    if not numbers:
        return ""
    return f"No line falls into {noun(len(numbers), 'wave')} {', '.join(numbers)}."


def _then(canary: CanaryView, foretold: Foretold) -> str:
    """Say what becomes of the canary when its wave is judged, as far as that can be told now."""
    worst, on = foretold.worst, _onward(canary, foretold.brake)
    if worst is Outcome.BREACH and foretold.on_one_word:
        return (
            "As it stands this is a breach: it is held then, and another person agrees to the way back."
            f" {foretold.on_one_word} Only if that changes, {on}."
        )
    if worst is Outcome.BREACH:
        return f"As it stands this is a breach: every wave goes back then. Only if that changes, {on}."
    if worst is Outcome.UNCLEAR:
        return f"If every guard passes by then, {on}; if not everything is clear, a person decides."
    if worst is Outcome.PASS:
        return f"As it stands every guard passes: {on}."
    return f"If every guard passes, {on}; a breach takes every wave back, and what is unclear waits for a person."


def _onward(canary: CanaryView, brake: str) -> str:
    """Say what a pass leads to."""
    waiting = _waiting(canary)
    if waiting is None:
        return "it is closed as published"
    return f"wave {waiting.number} waits: {brake}" if brake else f"wave {waiting.number} goes out"


def _waits(canary: CanaryView, brake: str) -> str:
    """Say what a wave that has been judged waits for."""
    waiting = _waiting(canary)
    if waiting is None:
        return "It is closed as published."
    because = f": {brake}" if brake else ""
    return f"Wave {waiting.number} waits{because}. The guards are judged once more before it goes out."


def _ways_on(canary: CanaryView, brake: str) -> str:
    """Say what a person can do with a held canary, and what keeps them from it."""
    waiting = _waiting(canary)
    if waiting is None:
        return "Nothing more goes out; a person closes it as published or rolls it back."
    if brake:
        return f"A person may roll it back; wave {waiting.number} cannot go out now: {brake}."
    return f"Wave {waiting.number} does not go out by itself; a person lets it go on or rolls it back."


def _waiting(canary: CanaryView) -> WaveView | None:
    return next((wave for wave in canary.waves if wave.published_at is None), None)


def _near(at: datetime | None, now: datetime) -> bool:
    return at is not None and (at - now).total_seconds() < 600


def canary_wave(canary: CanaryView, number: int) -> WaveView:
    """Return the wave with this number, or the last."""
    return next((wave for wave in canary.waves if wave.number == number), canary.waves[-1])


def _held(trace: Sequence[TraceEntry]) -> str:
    entry = _last_of(trace, "pause")
    if entry is None or entry.lane != "people":
        return entry.detail if entry else ""
    words = shown.in_own_words(entry.said, entry.told)
    return f"Held by {entry.who.rstrip('.')}" + (f": {words}" if words else ".")


def _words_of(trace: Sequence[TraceEntry], *what: str) -> str:
    entry = _last_of(trace, *what)
    if entry is None or entry.lane != "people":
        return entry.detail if entry else ""
    return f"{entry.who}: {shown.in_own_words(entry.said, entry.told)}"


def _last_of(trace: Sequence[TraceEntry], *what: str) -> TraceEntry | None:
    return next((entry for entry in reversed(trace) if entry.what in what), None)


def _go_on(canary: CanaryView) -> str:
    waiting = _waiting(canary)
    return f"Continue with wave {waiting.number}" if waiting else "Close as published"


def _steps(canary: CanaryView, proposal: ProposalSummary, now: datetime) -> list[WaveStep]:
    total = sum(wave.lines for wave in canary.waves)
    return [_step(canary, wave, proposal, total, now) for wave in canary.waves]


def _step(canary: CanaryView, wave: WaveView, proposal: ProposalSummary, total: int, now: datetime) -> WaveStep:
    status, state = _state(wave, proposal)
    return WaveStep(
        key=str(wave.number),
        number=f"Wave {wave.number}",
        takes=canary.plan.waves[wave.number - 1].sentence(),
        lines=count(wave.lines),
        noun=noun(wave.lines, "line"),
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
        return vocabulary.look(vocabulary.WAVES, WaveState.NEVER_SENT if gone else WaveState.WAITS), "waits"
    if wave.outcome:
        return vocabulary.look(vocabulary.GUARDS, wave.outcome), "judged"
    if proposal.status == Status.CANARY:
        return vocabulary.look(vocabulary.WAVES, WaveState.BAKES), "bakes"
    return vocabulary.look(vocabulary.WAVES, WaveState.NOT_JUDGED), "judged"


def _until(wave: WaveView, proposal: ProposalSummary, now: datetime) -> str:
    if wave.published_at is None:
        return f"then bakes {_length(wave.bake_seconds)}"
    if wave.judged_at:
        return f"judged at {shown.when(wave.judged_at, now, seconds=True)}"
    if proposal.status == Status.CANARY:
        return f"bakes until {shown.when(wave.bakes_until, now, seconds=True)}"
    return f"was to bake {_length(wave.bake_seconds)}"


def _length(seconds: int) -> str:
    return f"{seconds} s" if seconds < 60 else duration(seconds)


def coming(appointments: Sequence[Appointment], waves: int, now: datetime, foretold: Foretold = NOTHING) -> NextView:
    """Say the next thing that the clock will do with a proposal.

    Of a wave that breaches so far it is the way back, or a hold where that takes two people.
    """
    if not appointments:
        return NextView()
    first = appointments[0]
    left = (first.at - now).total_seconds()
    at = shown.when(first.at, now, seconds=0 < left < 600)
    unless = " unless the breach passes" if foretold.worst is Outcome.BREACH else ""
    return NextView(
        words=f"{_words(first, waves, foretold)} at {at}{_by_freeze(first, now)}{unless},",
        left=f"in {duration(left)}" if left > 0 else "due now",
        instant=first.at.isoformat(),
        whole="; ".join(f"{_words(one, waves, foretold)} at {shown.when(one.at, now)}" for one in appointments),
    )


def _by_freeze(appointment: Appointment, now: datetime) -> str:
    """Say that it is the end of a freeze, or that the next wave waits for one."""
    if appointment.held is None:
        return ""
    if appointment.kind != Due.WAVE:
        return ", when the freeze ends"
    return f", and wave {appointment.wave} waits for the freeze to end at {shown.when(appointment.held.until, now)}"


def _words(appointment: Appointment, waves: int, foretold: Foretold) -> str:
    if appointment.kind != Due.WAVE:
        return _SAYS[appointment.kind]
    if foretold.worst is Outcome.BREACH:
        return "it is held for another person" if foretold.on_one_word else "every wave goes back"
    which = "" if appointment.wave <= waves else ", the last,"
    return f"wave {appointment.wave - 1}{which} is judged"
