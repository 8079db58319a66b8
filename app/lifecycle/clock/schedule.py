"""Reading the clock: what a canary looks like now, what comes next for a proposal, and what the days ahead hold."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, select
from sqlmodel import Session, col

from app.canary.evidence import Reading
from app.canary.waves import WavePlan
from app.lifecycle.clock import timers
from app.lifecycle.clock.timers import Kind
from app.lifecycle.publishing import brakes, waves
from app.lifecycle.records import CanaryWave, OutsideMeasure, Proposal, Timer
from app.lifecycle.table.status import Status
from app.lifecycle.views.queries import find, reference_of
from app.timekeeping.freeze import FreezeWindow, next_opening


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
class Appointment:
    """Something that the clock will do. `thaws`: its own time lies in a freeze, and `at` is when that ends."""

    at: datetime
    kind: Due
    reference: str
    reason: str
    wave: int
    lines: int
    thaws: bool = False


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
    return as_it_goes(session, _told(session, timers.open_of(session, [proposal.id]).get(proposal.id, [])))


def as_it_goes(session: Session, appointments: Sequence[Appointment]) -> list[Appointment]:
    """Put what a freeze keeps from going out to the end of that freeze, soonest first; a return waits for none."""
    going_out = [one.at for one in appointments if one.kind == Due.PUBLISHES]
    frozen = brakes.windows(session, min(going_out)) if going_out else []
    return sorted((_thawed(frozen, one) for one in appointments), key=lambda one: one.at)


def _thawed(frozen: Sequence[FreezeWindow], appointment: Appointment) -> Appointment:
    opens = next_opening(frozen, appointment.at) if appointment.kind == Due.PUBLISHES else appointment.at
    return replace(appointment, at=opens, thaws=True) if opens > appointment.at else appointment


def calendar(session: Session, start: datetime, end: datetime) -> list[Appointment]:
    """Return what the clock will do in a span, soonest first."""
    return _told(session, timers.between(session, start, end))


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
    told = (row for row in rows if row.proposal_id in found and row.kind != Kind.RETURN_CHECK)
    return [_appointment(row, found[row.proposal_id]) for row in told]


def _appointment(timer: Timer, proposal: Proposal) -> Appointment:
    goes_out = Due.RETURNS if proposal.returns else Due.PUBLISHES
    wave = proposal.wave + 1 if timer.kind == Kind.WAVE else 0
    return Appointment(
        timer.due_at,
        _DUE.get(Kind(timer.kind), goes_out),
        reference_of(proposal.number),
        proposal.reason,
        wave,
        proposal.lines,
    )


def _wave_view(wave: CanaryWave) -> WaveView:
    until = wave.published_at + timedelta(seconds=wave.bake_seconds) if wave.published_at else None
    readings = tuple(Reading.model_validate(reading) for reading in json.loads(wave.readings))
    return WaveView(
        wave.number, wave.lines, wave.bake_seconds, wave.published_at, until, wave.judged_at, wave.outcome, readings
    )
