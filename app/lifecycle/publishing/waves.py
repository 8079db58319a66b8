"""A canary of a price change: which line goes out in which wave, and what is kept of each wave."""

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, func, select, update
from sqlmodel import Session, col

from app import outbox
from app.canary.evidence import Judgement, Measure
from app.canary.waves import WavePlan, assign, draw
from app.identity.actor import Actor
from app.lifecycle.publishing import effects
from app.lifecycle.publishing.publication import next_span
from app.lifecycle.records import CanaryWave, Effect, Line, OutsideMeasure, Proposal
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import Job


def plan_of(proposal: Proposal) -> WavePlan | None:
    """Return the proposal's wave plan, or None if it goes out at once."""
    return WavePlan.from_json(proposal.wave_plan) if proposal.wave_plan else None


def in_words(plan: WavePlan | None) -> str:
    """Say how a plan lets a proposal go out."""
    return "All at once" if plan is None else "In waves: " + ", then ".join(wave.sentence() for wave in plan.waves)


def give_plan(session: Session, proposal: Proposal, plan: WavePlan | None, *, salt: str, now: datetime) -> None:
    """Give a proposal that has not gone out a plan, or take it away; every line gets its wave, of many in steps."""
    proposal.wave_plan, proposal.waves = (plan.to_json(), len(plan.waves)) if plan else (None, 0)
    session.add(proposal)
    if earlier := effects.under_way(session, proposal.id):
        effects.finish(session, earlier, now)
    if plan is None:
        keep_waves(session, proposal, None)
        return
    effect = effects.begin(session, proposal.id, effects.EffectKind.PLACE, total=proposal.lines, note=salt, now=now)
    if effects.fits_one_step(proposal.lines):
        while place(session, proposal, effect, now):
            pass
    else:
        effects.hand_on(session, proposal.id, now)


def place(session: Session, proposal: Proposal, effect: Effect, now: datetime) -> bool:
    """Place the next lines in their waves; False once every line has its own."""
    plan = plan_of(proposal)
    span = next_span(session, proposal.id, wave=0, after=effect.after)
    if plan is None or span is None:
        effects.finish(session, effect, now)
        keep_waves(session, proposal, plan)
        if proposal.status == Status.APPROVED:
            outbox.ask(session, Job.PUBLISH, {"proposal_id": proposal.id}, now)
        return False
    rows = session.execute(
        select(col(Line.line), col(Line.sku), col(Line.category), col(Line.brand))
        .where(col(Line.proposal_id) == proposal.id, span.holds())
        .order_by(col(Line.line))
    ).all()
    at_once = effects.fits_one_step(proposal.lines)
    numbers = (assign if at_once else draw)(plan, [tuple(row)[1:] for row in rows], salt=effect.note)
    session.connection().execute(
        update(Line)
        .where(col(Line.proposal_id) == bindparam("of"), col(Line.line) == bindparam("no"))
        .values(wave=bindparam("wave_no")),
        [{"of": proposal.id, "no": row.line, "wave_no": number} for row, number in zip(rows, numbers, strict=True)],
    )
    effects.advance(session, effect, after=span.upto or 0, done=len(rows))
    return True


def keep_waves(session: Session, proposal: Proposal, plan: WavePlan | None) -> None:
    """Write one row per wave of the plan with the number of lines it has; a wave without lines is left out."""
    for old in session.scalars(select(CanaryWave).where(col(CanaryWave.proposal_id) == proposal.id)):
        session.delete(old)
    session.flush()
    of = col(Line.proposal_id) == proposal.id
    counted = session.execute(select(col(Line.wave), func.count()).where(of).group_by(col(Line.wave)))
    counts: dict[int, int] = dict(iter(counted))
    bakes = [wave.bake_seconds for wave in plan.waves] if plan else []
    kept = [(number, counts[number], bake) for number, bake in enumerate(bakes, start=1) if number in counts]
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


def keep_measure(session: Session, proposal: Proposal, measure: Measure, *, by: Actor) -> None:
    """Keep an outside measure for the wave that is baking; of each source the newest of a name counts."""
    session.add(
        OutsideMeasure(
            proposal_id=proposal.id,
            wave=proposal.wave,
            name=measure.name,
            at=measure.at,
            treated=str(measure.treated),
            control=str(measure.control),
            sample=measure.sample,
            posted_by=by.name,
            source=by.id,
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
            {
                "name": row.name,
                "treated": row.treated,
                "control": row.control,
                "sample": row.sample,
                "at": row.at,
                "source": row.source,
                "posted_by": row.posted_by,
            }
        )
        for row in rows
    )


def keep_judgement(session: Session, wave: CanaryWave, judgement: Judgement, now: datetime) -> None:
    """Write how a wave's guards were judged, with every reading."""
    wave.judged_at, wave.outcome = now, judgement.outcome
    wave.readings = json.dumps([reading.model_dump(mode="json") for reading in judgement.readings], ensure_ascii=False)
    session.add(wave)
