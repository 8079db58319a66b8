"""Reading the clock: what a canary looks like now, what comes next for a proposal, and what the days ahead hold."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, select
from sqlmodel import Session, col

from app.canary.evidence import Reading
from app.canary.waves import WavePlan
from app.lifecycle.clock import timers
from app.lifecycle.clock.timers import Kind
from app.lifecycle.publishing import brakes, waves
from app.lifecycle.records import CanaryWave, Freeze, OutsideMeasure, Proposal, Timer
from app.lifecycle.table.status import Status
from app.lifecycle.views.queries import find, reference_of
from app.lifecycle.windows import bounds
from app.timekeeping.freeze import next_opening


class Due(StrEnum):
    """What the clock will do at an appointment."""

    PUBLISHES = "publishes"
    RETURNS = "returns"
    WAVE = "wave"
    REMINDS = "reminds"
    ESCALATES = "escalates"
    EXPIRES = "expires"


_DUE = {Kind.WAVE: Due.WAVE, Kind.REMIND: Due.REMINDS, Kind.ESCALATE: Due.ESCALATES, Kind.EXPIRE: Due.EXPIRES}


@dataclass(frozen=True, slots=True)
class WaveView:
    """One wave: what it holds, when it went out, until when it bakes, and how its guards were judged."""

    number: int
    lines: int
    bake_seconds: int
    published_at: datetime | None
    bakes_until: datetime | None
    judged_at: datetime | None
    outcome: str | None
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class MeasureView:
    """An outside measure as it was posted. It counts until its source posts a newer one of the name for the wave."""

    wave: int
    name: str
    treated: str
    control: str
    sample: int
    at: datetime
    posted_by: str
    source: str
    counts: bool


@dataclass(frozen=True, slots=True)
class CanaryView:
    """A proposal's plan and how far it got; `wave` is the last that went out, 0 for none."""

    plan: WavePlan
    wave: int
    waves: tuple[WaveView, ...]
    measures: tuple[MeasureView, ...]


@dataclass(frozen=True, slots=True)
class HeldByFreeze:
    """The freeze for whose end something waits: its id, its reason, and when it ends (the last, of those that adjoin).

    `planned` is when it would go out without; None if no time of its own was set.
    """

    freeze: str
    reason: str
    until: datetime
    planned: datetime | None


@dataclass(frozen=True, slots=True)
class Appointment:
    """Something that the clock will do, `at` the instant when it really will.

    What publishes while it is `held` does so when the freeze ends. A wave is judged on time, and it is the next one
    that is held.
    """

    at: datetime
    kind: Due
    reference: str
    reason: str
    wave: int
    lines: int
    held: HeldByFreeze | None = None


def canary_of(session: Session, reference: str) -> CanaryView | None:
    """Return a proposal's canary, or None if it goes out in one piece."""
    proposal = find(session, reference)
    plan = waves.plan_of(proposal)
    if plan is None:
        return None
    measures = session.scalars(
        select(OutsideMeasure).where(col(OutsideMeasure.proposal_id) == proposal.id).order_by(col(OutsideMeasure.id))
    )
    return CanaryView(
        plan,
        proposal.wave,
        tuple(_wave_view(wave) for wave in waves.of(session, proposal.id)),
        _measure_views(measures.all()),
    )


def appointments_of(session: Session, reference: str) -> list[Appointment]:
    """Return what the clock will do with a proposal, soonest first."""
    proposal = find(session, reference)
    return _told(session, timers.open_of(session, [proposal.id]).get(proposal.id, []))


def calendar(session: Session, start: datetime, end: datetime) -> list[Appointment]:
    """Return what the clock will do in a span, soonest first; what a freeze holds goes out when that ends."""
    told = _told(session, timers.between(session, _held_over_since(session, start), end))
    return [one for one in told if start <= one.at < end]


def overdue(session: Session, now: datetime) -> int:
    """Return how many proposals wait for a person beyond their time."""
    late = select(func.count()).where(col(Proposal.status) == Status.PENDING_APPROVAL, col(Proposal.due_at) < now)
    return session.scalar(late) or 0


def _measure_views(rows: Sequence[OutsideMeasure]) -> tuple[MeasureView, ...]:
    newest: dict[tuple[int, str, str], datetime] = {}
    for m in rows:
        of = (m.wave, m.name, m.source)
        newest[of] = max(newest.get(of, m.at), m.at)
    return tuple(
        MeasureView(
            m.wave, m.name, m.treated, m.control, m.sample, m.at, m.posted_by, m.source,
            counts=newest[m.wave, m.name, m.source] == m.at,
        )
        for m in rows
    )  # fmt: skip


def _told(session: Session, rows: Sequence[Timer]) -> list[Appointment]:
    ids = {row.proposal_id for row in rows}
    found = {p.id: p for p in session.scalars(select(Proposal).where(col(Proposal.id).in_(ids)))}
    told = [row for row in rows if row.proposal_id in found and row.kind != Kind.RETURN_CHECK]
    frozen = brakes.freezes(session, since=min(row.due_at for row in told) - _BEFORE) if told else []
    return sorted((_appointment(row, found[row.proposal_id], frozen) for row in told), key=lambda one: one.at)


def _appointment(timer: Timer, proposal: Proposal, frozen: Sequence[Freeze]) -> Appointment:
    goes_out, kind = Due.RETURNS if proposal.returns else Due.PUBLISHES, Kind(timer.kind)
    held = _held(timer, proposal, frozen) if frozen and kind in (Kind.PUBLISH, Kind.WAVE) else None
    over = held is not None and kind is Kind.PUBLISH and bounds.why_over(proposal, held.until) is not None
    return Appointment(
        at=held.until if held and kind is Kind.PUBLISH else timer.due_at,
        kind=Due.EXPIRES if over else _DUE.get(kind, goes_out),
        reference=reference_of(proposal.number),
        reason=proposal.reason,
        wave=proposal.wave + 1 if kind is Kind.WAVE else 0,
        lines=proposal.lines,
        held=held,
    )


_BEFORE = timedelta(microseconds=1)
"""A freeze that ends at an instant is one of those that end after the instant before."""


def _held(timer: Timer, proposal: Proposal, frozen: Sequence[Freeze]) -> HeldByFreeze | None:
    """Return the freeze at whose end a timer lets lines out; one that came due in a freeze was put to its end."""
    if proposal.returns or (timer.kind == Kind.WAVE and proposal.wave >= proposal.waves):
        return None
    until = next_opening(map(brakes.window_of, frozen), timer.due_at)
    freeze = next((row for row in frozen if row.ends == until), None)
    planned = timer.due_at if timer.due_at < until else None
    if timer.kind == Kind.PUBLISH and proposal.effective_at:
        planned = proposal.effective_at
    if freeze is None or planned == until:
        return None
    return HeldByFreeze(freeze.id, freeze.reason, until, planned)


def _held_over_since(session: Session, start: datetime) -> datetime:
    """Return from when on what falls due may be held until an instant: when the freezes that reach it began."""
    first = start
    while (began := min((row.starts for row in brakes.freezes(session, since=first - _BEFORE)), default=first)) < first:
        first = began
    return first


def _wave_view(wave: CanaryWave) -> WaveView:
    until = wave.published_at + timedelta(seconds=wave.bake_seconds) if wave.published_at else None
    readings = tuple(Reading.model_validate(reading) for reading in json.loads(wave.readings))
    return WaveView(
        wave.number, wave.lines, wave.bake_seconds, wave.published_at, until, wave.judged_at, wave.outcome, readings
    )
