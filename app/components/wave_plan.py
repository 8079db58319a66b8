"""A wave plan as somebody types it, as the lifecycle takes it, and as a preview shows it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Literal

from pydantic import ValidationError

from app.canary.evidence import Direction, GuardLimits, MeasureLimit
from app.canary.waves import MAX_BAKE_SECONDS, MAX_WAVES, Selector, Wave, WavePlan, WavePreview
from app.components.views import SegmentView, View
from app.words.counting import count, some_of
from app.words.duration import duration
from app.words.percent import WHOLE_BP, percent, short_percent

Goes = Literal["one", "suggested", "own"]
UNITS = {"s": 1, "min": 60, "h": 3600}
TAKES = {"share": "Up to a share", "category": "Categories", "brand": "Brands", "skus": "Listed SKUs"}
MAX_MEASURES = 5
_NAME = re.compile(r"[a-z][a-z0-9]*([ ._-][a-z0-9]+)*")


class NotAPlan(ValueError):
    """What was typed is no plan yet. The text says what to change."""


class WaveAsTyped(View):
    """One wave as it is typed; the last one takes the `rest`."""

    key: str = ""
    number: str = ""
    takes: str = "share"
    what: str = ""
    bake: str = "10"
    unit: str = "min"


class MeasureRow(View):
    """One outside measure as it is typed."""

    key: str = ""
    name: str = ""
    direction: str = "at least"
    tolerance: str = "5"
    sample: str = "1000"
    required: bool = True


class LimitsView(View):
    """The limits of the guards as they are typed, in percent."""

    applied: str = "99"
    parked: str = "0.5"


class WaveRow(View):
    """One wave of the preview."""

    key: str = ""
    number: str = ""
    takes: str = ""
    lines: str = ""
    share: str = ""
    bake: str = ""
    skus: str = ""
    empty: bool = False


class PlanView(View):
    """What the plan would do, or why there is none."""

    bad: str = ""
    rows: list[WaveRow] = []
    bar: list[SegmentView] = []
    bar_label: str = ""
    say: str = ""


FIRST_STEPS = (
    WaveAsTyped(key="w1", number="1", what="5"),
    WaveAsTyped(key="w2", number="2", what="25"),
    WaveAsTyped(key="rest", number="3", takes="rest"),
)


def numbered(steps: Iterable[WaveAsTyped]) -> list[WaveAsTyped]:
    """Number steps as they stand."""
    return [step.model_copy(update={"number": str(n)}) for n, step in enumerate(steps, start=1)]


def plan_from(steps: Sequence[WaveAsTyped], limits: LimitsView, measures: Sequence[MeasureRow]) -> WavePlan:
    """Return the plan that was typed. Raises `NotAPlan` with what to change."""
    if len(steps) > MAX_WAVES:
        raise NotAPlan(f"A plan has at most {MAX_WAVES} waves.")
    waves = tuple(_wave(step) for step in steps)
    try:
        return WavePlan(waves=waves, guards=guards_from(limits, measures))
    except ValidationError as error:
        raise NotAPlan(_said(error)) from error


def guards_from(limits: LimitsView, measures: Sequence[MeasureRow]) -> GuardLimits:
    """Return the limits that were typed. Raises `NotAPlan`."""
    named = [row for row in measures if row.name.strip()]
    try:
        return GuardLimits(
            applied_min_bp=_bp(limits.applied, "The share that must be applied"),
            parked_max_bp=_bp(limits.parked, "The share that may be parked"),
            measures=tuple(_measure(row) for row in named),
        )
    except ValidationError as error:
        raise NotAPlan(_said(error)) from error


def steps_of(plan: WavePlan) -> list[WaveAsTyped]:
    """Write a plan as it could have been typed."""
    last = len(plan.waves)
    return [_step(wave, n, rest=n == last) for n, wave in enumerate(plan.waves, start=1)]


def _step(wave: Wave, number: int, *, rest: bool) -> WaveAsTyped:
    bake, unit = _bake_parts(wave.bake_seconds)
    share = short_percent(wave.share_bp or WHOLE_BP).removesuffix(" %")
    return WaveAsTyped(
        key="rest" if rest else f"w{number}",
        number=str(number),
        takes="rest" if rest else "share",
        what="" if rest else share,
        bake=bake,
        unit=unit,
    )


def _bake_parts(seconds: int) -> tuple[str, str]:
    unit = next(unit for unit in ("h", "min", "s") if seconds % UNITS[unit] == 0 and (seconds or unit == "min"))
    return str(seconds // UNITS[unit]), unit


def _wave(step: WaveAsTyped) -> Wave:
    bake = _bake(step)
    if step.takes == "rest":
        return Wave(share_bp=WHOLE_BP, bake_seconds=bake)
    if step.takes == "share":
        share = _bp(step.what, f"Wave {step.number}’s share")
        if not 0 < share < WHOLE_BP:
            raise NotAPlan(f"Wave {step.number} takes more than 0 % and less than 100 %; the last wave takes the rest.")
        return Wave(share_bp=share, bake_seconds=bake)
    names = tuple(dict.fromkeys(name.strip() for name in re.split(r"[,;\n]", step.what) if name.strip()))
    if not names:
        raise NotAPlan(f"Wave {step.number} names nothing yet. Say what it takes, with commas between.")
    try:
        return Wave(selector=_selector(step.takes, names), bake_seconds=bake)
    except ValidationError as error:
        raise NotAPlan(f"Wave {step.number}: {_said(error)}") from error


def _selector(takes: str, names: tuple[str, ...]) -> Selector:
    if takes == "category":
        return Selector(categories=names)
    return Selector(brands=names) if takes == "brand" else Selector(skus=names)


def _bake(step: WaveAsTyped) -> int:
    seconds = _times(step.bake, UNITS.get(step.unit, 60), f"Wave {step.number} needs a time to bake, a number.")
    if not 0 <= seconds <= MAX_BAKE_SECONDS:
        raise NotAPlan(f"Wave {step.number} may bake for 30 days at most.")
    return seconds


def _bp(text: str, what: str) -> int:
    found = _times(text.strip().removesuffix("%"), 100, f"{what} is a percentage, like 99 or 0.5.")
    if not 0 <= found <= WHOLE_BP:
        raise NotAPlan(f"{what} lies between 0 and 100 %.")
    return found


def _times(text: str, factor: int, bad: str) -> int:
    """Read a decimal number, times a factor, in whole units of that. Raises `NotAPlan` with what is `bad`."""
    try:
        return int(Decimal(text.strip().replace(",", ".")) * factor)
    except (InvalidOperation, ValueError, OverflowError):
        raise NotAPlan(bad) from None


def _measure(row: MeasureRow) -> MeasureLimit:
    name = " ".join(row.name.lower().split())
    if not _NAME.fullmatch(name):
        raise NotAPlan(f"“{row.name[:40]}” cannot name a measure; use letters and digits, like revenue per visit.")
    sample = row.sample.replace(",", "").strip()
    if not sample.isdecimal() or not 1 <= int(sample[:12]) <= 10**9:
        raise NotAPlan(f"{name} needs a number of observations, 1 or more.")
    return MeasureLimit(
        name=name,
        direction=Direction.AT_MOST if row.direction == "at most" else Direction.AT_LEAST,
        tolerance_bp=_bp(row.tolerance, f"The tolerance of {name}"),
        min_sample=int(sample),
        required=row.required,
    )


def _said(error: ValidationError) -> str:
    text = "; ".join(str(found["msg"]) for found in error.errors(include_url=False)).replace("Value error, ", "")
    return f"{text[:1].upper()}{text[1:]}."


def show(plan: WavePlan, previews: Sequence[WavePreview]) -> PlanView:
    """Show which lines fall into which wave."""
    total = sum(one.lines for one in previews)
    rows = [_row(wave, one) for wave, one in zip(plan.waves, previews, strict=True)]
    return PlanView(
        rows=rows,
        bar=[
            SegmentView(tone="idle", width=f"{100 * one.lines / total:.3f}%", title=f"wave {one.number}: {one.lines:,}")
            for one in previews
            if one.lines and total
        ],
        bar_label=", ".join(f"wave {one.number} {one.lines:,}" for one in previews),
        say=_takes_long(plan, previews),
    )


def _row(wave: Wave, one: WavePreview) -> WaveRow:
    return WaveRow(
        key=str(one.number),
        number=str(one.number),
        takes=wave.sentence(),
        lines=count(one.lines),
        share=percent(one.share_bp),
        bake=duration(wave.bake_seconds) if wave.bake_seconds else "no time",
        skus=some_of(one.skus, one.lines),
        empty=one.lines == 0,
    )


def _takes_long(plan: WavePlan, previews: Sequence[WavePreview]) -> str:
    filled = [wave for wave, one in zip(plan.waves, previews, strict=True) if one.lines]
    whole = sum(wave.bake_seconds for wave in filled)
    before = whole - (filled[-1].bake_seconds if filled else 0)
    if len(filled) < 2:
        return "All lines fall into one wave, so they go out at once."
    return f"The last wave goes out {duration(before)} after the first, if every guard passes."
