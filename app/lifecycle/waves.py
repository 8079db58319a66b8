"""A canary of a price change: which line goes out in which wave, and what is kept of each wave."""

import json
from collections import Counter as Tally
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlmodel import Session, col

from app.canary.guards import Evidence, Judgement, Measure
from app.canary.waves import WavePlan, assign
from app.lifecycle.records import CanaryWave, Line, OutsideMeasure, Proposal


def plan_of(proposal: Proposal) -> WavePlan | None:
    """Return the proposal's wave plan, or None if it goes out at once."""
    return WavePlan.from_json(proposal.wave_plan) if proposal.wave_plan else None


def in_words(plan: WavePlan | None) -> str:
    """Say how a plan lets a proposal go out."""
    return "All at once" if plan is None else "In waves: " + ", then ".join(wave.sentence() for wave in plan.waves)


def give_plan(session: Session, proposal: Proposal, plan: WavePlan | None, *, salt: str) -> None:
    """Give a proposal that has not gone out a plan, or take it away; every line gets its wave."""
    proposal.wave_plan = plan.to_json() if plan else None
    rows = session.execute(
        select(col(Line.line), col(Line.sku), col(Line.category), col(Line.brand))
        .where(col(Line.proposal_id) == proposal.id)
        .order_by(col(Line.line))
    ).all()
    numbers = assign(plan, [(sku, category, brand) for _, sku, category, brand in rows], salt=salt) if plan else []
    placed = [
        {"of": proposal.id, "no": row.line, "wave_no": number} for row, number in zip(rows, numbers, strict=False)
    ]
    if placed:
        session.connection().execute(
            update(Line)
            .where(col(Line.proposal_id) == bindparam("of"), col(Line.line) == bindparam("no"))
            .values(wave=bindparam("wave_no")),
            placed,
        )
    keep_waves(session, proposal, plan)


def keep_waves(session: Session, proposal: Proposal, plan: WavePlan | None) -> None:
    """Write one row per wave of the plan with the number of lines it has; a wave without lines is left out."""
    for old in session.scalars(select(CanaryWave).where(col(CanaryWave.proposal_id) == proposal.id)):
        session.delete(old)
    session.flush()
    counts = Tally(session.scalars(select(col(Line.wave)).where(col(Line.proposal_id) == proposal.id)))
    bakes = [wave.bake_seconds for wave in plan.waves] if plan else []
    kept = [(number, counts[number], bake) for number, bake in enumerate(bakes, start=1) if counts[number]]
    for number, lines, bake in kept:
        session.add(CanaryWave(proposal_id=proposal.id, number=number, lines=lines, bake_seconds=bake))
    proposal.waves = len(kept)
    session.add(proposal)
    session.flush()


def of(session: Session, proposal_id: str) -> list[CanaryWave]:
    """Return the waves of a proposal in order."""
    query = select(CanaryWave).where(col(CanaryWave.proposal_id) == proposal_id).order_by(col(CanaryWave.number))
    return list(session.scalars(query))


def last_judged(session: Session, proposal_ids: Sequence[str]) -> dict[str, CanaryWave]:
    """Return the wave of each proposal that was weighed last; proposals without one are absent."""
    query = select(CanaryWave).where(
        col(CanaryWave.proposal_id).in_(proposal_ids), col(CanaryWave.judged_at).is_not(None)
    )
    return {wave.proposal_id: wave for wave in session.scalars(query.order_by(col(CanaryWave.number)))}


def next_wave(session: Session, proposal: Proposal) -> CanaryWave | None:
    """Return the first wave that has not gone out."""
    return next((wave for wave in of(session, proposal.id) if wave.published_at is None), None)


def skus_of(session: Session, proposal_id: str, wave: int) -> Sequence[str]:
    """Return the SKUs that went out in a wave."""
    return session.scalars(
        select(col(Line.sku)).where(
            col(Line.proposal_id) == proposal_id, col(Line.wave) == wave, col(Line.published_version).is_not(None)
        )
    ).all()


def keep_measure(session: Session, proposal: Proposal, measure: Measure, *, by: str) -> None:
    """Keep an outside measure for the wave that is baking; the newest of a name counts."""
    session.add(
        OutsideMeasure(
            proposal_id=proposal.id,
            wave=proposal.wave,
            name=measure.name,
            at=measure.at,
            treated=str(measure.treated),
            control=str(measure.control),
            sample=measure.sample,
            posted_by=by,
        )
    )


def measures_of(session: Session, proposal_id: str, wave: int) -> tuple[Measure, ...]:
    """Return the outside measures posted for a wave."""
    rows = session.scalars(
        select(OutsideMeasure)
        .where(col(OutsideMeasure.proposal_id) == proposal_id, col(OutsideMeasure.wave) == wave)
        .order_by(col(OutsideMeasure.id))
    )
    return tuple(
        Measure.model_validate(
            {"name": row.name, "treated": row.treated, "control": row.control, "sample": row.sample, "at": row.at}
        )
        for row in rows
    )


def keep_judgement(session: Session, wave: CanaryWave, judgement: Judgement, now: datetime) -> None:
    """Write how a wave's guards were judged, with every reading."""
    wave.judged_at, wave.outcome = now, judgement.outcome
    wave.readings = json.dumps([reading.model_dump(mode="json") for reading in judgement.readings], ensure_ascii=False)
    session.add(wave)


__all__ = [
    "Evidence",
    "give_plan",
    "in_words",
    "keep_judgement",
    "keep_measure",
    "keep_waves",
    "last_judged",
    "measures_of",
    "next_wave",
    "of",
    "plan_of",
    "skus_of",
]
