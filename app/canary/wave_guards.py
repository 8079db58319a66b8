"""What must hold after a wave before the next one goes out, judged on evidence with exact arithmetic.

A guard that cannot be read is UNCLEAR, never PASS: then a person looks. BREACH beats UNCLEAR beats PASS.
"""

from collections.abc import Iterable, Iterator
from fractions import Fraction

from app.canary.evidence import (
    ContextCounts,
    Direction,
    Evidence,
    GuardLimits,
    Judgement,
    Measure,
    MeasureLimit,
    Outcome,
    Reading,
    Unit,
    WaveGuard,
)
from app.words.counting import plural
from app.words.duration import at_most
from app.words.percent import WHOLE_BP, exact_percent, percent

_SEVERITY = (Outcome.PASS, Outcome.UNCLEAR, Outcome.BREACH)
_UNITS = {
    WaveGuard.REPORTED: Unit.COUNT,
    WaveGuard.APPLIED: Unit.BASIS_POINTS,
    WaveGuard.PARKED: Unit.BASIS_POINTS,
    WaveGuard.ROLLED_BACK: Unit.COUNT,
    WaveGuard.LANDED: Unit.MILLISECONDS,
    WaveGuard.MEASURE: Unit.BASIS_POINTS,
}


def judge(limits: GuardLimits, evidence: Evidence) -> Judgement:
    """Judge a wave on its evidence."""
    readings = (
        *_reports(evidence),
        *(_applied(limits, evidence, name) for name in evidence.contexts),
        *(_parked(limits, evidence, name) for name in evidence.contexts),
        _rolled_back(limits, evidence),
        _landed(limits, evidence),
        *(_measured(limit, evidence) for limit in limits.measures),
    )
    return Judgement(outcome=_worst(reading.outcome for reading in readings), readings=readings)


def _reading(
    guard: WaveGuard,
    outcome: Outcome,
    sentence: str,
    *,
    about: str = "",
    observed: int | None = None,
    limit: int | None = None,
) -> Reading:
    """Return a reading in its guard's unit; `about` names the context or the measure, where it is about one."""
    return Reading(
        guard=guard,
        about=about,
        observed=observed,
        limit=limit,
        unit=_UNITS[guard],
        outcome=outcome,
        sentence=sentence,
    )


def _worst(outcomes: Iterable[Outcome]) -> Outcome:
    return max(outcomes, key=_SEVERITY.index)


def _settled(*, passes: bool, breaks: bool) -> Outcome:
    """Weigh a guard that may still move: it passes or breaks only once nothing to come can change that."""
    if breaks:
        return Outcome.BREACH
    return Outcome.PASS if passes else Outcome.UNCLEAR


def _reports(evidence: Evidence) -> Iterator[Reading]:
    """Yield a reading for everything that makes the counts themselves unfit to be judged."""
    if not evidence.lines:
        yield _reading(WaveGuard.REPORTED, Outcome.UNCLEAR, "The wave has no lines, so it shows nothing.")
    if not evidence.contexts:
        yield _reading(WaveGuard.REPORTED, Outcome.UNCLEAR, "No context is known to have heard this wave.")
    for name, counts in evidence.contexts.items():
        if fault := _fault(counts, evidence.lines):
            yield _reading(WaveGuard.REPORTED, Outcome.UNCLEAR, f"{name} {fault}.", about=name)


def _fault(counts: ContextCounts, lines: int) -> str:
    total = counts.heard + counts.pending
    if total != lines:
        return f"accounts for {total:,} of {plural(lines, 'line')}"
    if lines and not counts.heard:
        return f"has said nothing about {plural(lines, 'line')}"
    return ""


def _applied(limits: GuardLimits, evidence: Evidence, name: str) -> Reading:
    """Read the share applied. A line whose newer price was already there is no failure, so it does not count."""
    counts, least = evidence.contexts[name], limits.applied_min_bp
    tried = evidence.lines - counts.ignored
    observed = counts.applied * WHOLE_BP // tried if tried > 0 else None
    outcome = _settled(
        passes=tried > 0 and counts.applied * WHOLE_BP >= least * tried,
        breaks=tried > 0 and (counts.applied + counts.open) * WHOLE_BP < least * tried,
    )
    share = "nothing" if observed is None else f"{percent(observed, limit=least, toward='down')} of {tried:,}"
    notes = _notes((counts.open, "still open"), (counts.ignored, "ignored because a newer price was there"))
    sentence = f"{name} applied {share}{notes}, the limit is {exact_percent(least)}."
    return _reading(WaveGuard.APPLIED, outcome, sentence, about=name, observed=observed, limit=least)


def _parked(limits: GuardLimits, evidence: Evidence, name: str) -> Reading:
    counts, most, lines = evidence.contexts[name], limits.parked_max_bp, evidence.lines
    observed = -(-counts.parked * WHOLE_BP // lines) if lines else None
    outcome = _settled(
        passes=lines > 0 and (counts.parked + counts.open) * WHOLE_BP <= most * lines,
        breaks=counts.parked * WHOLE_BP > most * lines,
    )
    share = "" if observed is None else f" ({percent(observed, limit=most, toward='up')})"
    notes = _notes((counts.open, "still open"))
    sentence = f"{name} parked {counts.parked:,} of {lines:,}{share}{notes}, the limit is {exact_percent(most)}."
    return _reading(WaveGuard.PARKED, outcome, sentence, about=name, observed=observed, limit=most)


def _notes(*counts: tuple[int, str]) -> str:
    said = ", ".join(f"{count:,} {what}" for count, what in counts if count)
    return f" ({said})" if said else ""


def _rolled_back(limits: GuardLimits, evidence: Evidence) -> Reading:
    asked, most = evidence.rollback_requests, limits.rolled_back_max
    times = plural(asked, "rollback was", "rollbacks were") if asked else "No rollback was"
    outcome = Outcome.BREACH if asked > most else Outcome.PASS
    sentence = f"{times} requested, the limit is {most:,}."
    return _reading(WaveGuard.ROLLED_BACK, outcome, sentence, observed=asked, limit=most)


def _landed(limits: GuardLimits, evidence: Evidence) -> Reading:
    after, estimate = evidence.landed_after_ms, evidence.estimate_ms
    limit = max(estimate * limits.landing_max_factor, limits.landing_floor_ms) if estimate else None
    if evidence.open or after is None:
        return _landing(after, limit, Outcome.UNCLEAR, _not_landed(evidence))
    if limit is None or not estimate:
        return _landing(after, limit, Outcome.UNCLEAR, f"It landed after {at_most(after)}, but there was no estimate.")
    sentence = f"It landed after {at_most(after)}, the limit is {at_most(limit)} (estimated {at_most(estimate)})."
    return _landing(after, limit, Outcome.BREACH if after > limit else Outcome.PASS, sentence)


def _not_landed(evidence: Evidence) -> str:
    if not evidence.open:
        return "Nobody has said when the wave landed."
    late = ", ".join(f"{name} {counts.open:,}" for name, counts in evidence.contexts.items() if counts.open)
    whole = plural(evidence.lines * len(evidence.contexts), "delivery", "deliveries")
    return f"{evidence.open:,} of {whole} not landed yet: {late}."


def _landing(observed: int | None, limit: int | None, outcome: Outcome, sentence: str) -> Reading:
    return _reading(WaveGuard.LANDED, outcome, sentence, observed=observed, limit=limit)


def resting_on(limits: GuardLimits, evidence: Evidence) -> str:
    """Return the one source without whose measures nothing would be breached; nothing if there is none such."""
    for source in sorted({measure.source for measure in evidence.measures if measure.source}):
        others = tuple(measure for measure in evidence.measures if measure.source != source)
        if judge(limits, evidence.model_copy(update={"measures": others})).outcome is not Outcome.BREACH:
            return source
    return ""


def _measured(limit: MeasureLimit, evidence: Evidence) -> Reading:
    """Read the newest measure of this wave from each source; the worst of them judges, and the sentence names all."""
    posted = [m for m in evidence.measures if m.name == limit.name and m.at >= evidence.published_at]
    if not posted:
        return _absent(limit)
    said = sorted(_newest(limit, posted), key=lambda pair: _badness(limit, pair[1]), reverse=True)
    judges = said[0][1]
    if len(said) == 1:
        return judges
    each = ", ".join(f"{measure.posted_by or measure.source} {_short(limit, one)}" for measure, one in said)
    return judges.model_copy(update={"sentence": f"{judges.sentence} {len(said)} sources: {each}; the worst judges."})


def _newest(limit: MeasureLimit, posted: Iterable[Measure]) -> Iterator[tuple[Measure, Reading]]:
    """Yield each source's newest measure as it is read; of several of the same instant the worst."""
    by_source: dict[str, list[Measure]] = {}
    for measure in posted:
        by_source.setdefault(measure.source, []).append(measure)
    for measures in by_source.values():
        at = max(measure.at for measure in measures)
        read = ((measure, _compared(limit, measure)) for measure in measures if measure.at == at)
        yield max(read, key=lambda pair: _badness(limit, pair[1]))


def _badness(limit: MeasureLimit, reading: Reading) -> tuple[int, int]:
    """Order readings of one limit: by outcome, then by how far they lie on the side that it guards."""
    observed = reading.observed or 0
    wrong_way = -observed if limit.direction is Direction.AT_LEAST else observed
    return _SEVERITY.index(reading.outcome), wrong_way


def _short(limit: MeasureLimit, reading: Reading) -> str:
    return "not comparable" if reading.observed is None else _distance(reading.observed, limit)


def _absent(limit: MeasureLimit) -> Reading:
    since = f"Nobody has posted {limit.name} since the wave was published"
    if limit.required:
        return _measure(limit, None, Outcome.UNCLEAR, f"{since}, and the plan requires it.")
    return _measure(limit, None, Outcome.PASS, f"{since}; the plan does not require it.")


def _compared(limit: MeasureLimit, measure: Measure) -> Reading:
    if measure.control <= 0:
        words = f"{limit.name} has a control of {measure.control:f}, which nothing can be compared with."
        return _measure(limit, None, Outcome.UNCLEAR, words)
    distance = (Fraction(measure.treated) / Fraction(measure.control) - 1) * WHOLE_BP
    at_least = limit.direction is Direction.AT_LEAST
    observed = distance.__floor__() if at_least else distance.__ceil__()
    words = f"{limit.name} is {_distance(observed, limit)} ({measure.treated:f} against {measure.control:f})"
    if measure.sample < limit.min_sample:
        few = f"{words}, but on {measure.sample:,} observations, and the plan asks for {limit.min_sample:,}."
        return _measure(limit, observed, Outcome.UNCLEAR, few)
    holds = distance >= limit.limit_bp if at_least else distance <= limit.limit_bp
    outcome = Outcome.PASS if holds else Outcome.BREACH
    return _measure(limit, observed, outcome, f"{words}, the limit is {_limit(limit)}.")


def _distance(observed: int, limit: MeasureLimit) -> str:
    if observed == 0:
        return "level with the control"
    worse_is_more = (observed > 0) is (limit.direction is Direction.AT_MOST)
    share = percent(abs(observed), limit=limit.tolerance_bp, toward="up" if worse_is_more else "down")
    return f"{share} {'above' if observed > 0 else 'below'} the control"


def _limit(limit: MeasureLimit) -> str:
    if not limit.tolerance_bp:
        return f"{limit.direction} the control"
    return f"{exact_percent(limit.tolerance_bp)} {'below' if limit.direction is Direction.AT_LEAST else 'above'}"


def _measure(limit: MeasureLimit, observed: int | None, outcome: Outcome, sentence: str) -> Reading:
    return _reading(WaveGuard.MEASURE, outcome, sentence, about=limit.name, observed=observed, limit=limit.limit_bp)
