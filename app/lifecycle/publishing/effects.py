"""Large effects: what was decided is committed at once, and carried out in steps that hold the store only briefly.

An effect is a row. Each step is one transaction that does the next lines and moves the row on, so that a process
killed at any point leaves whole steps behind, and whoever comes next goes on exactly there. A proposal has at most
one effect under way. What fits into one step is done in the transaction of the decision itself.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, bindparam, select, true
from sqlmodel import Session, col

from app import outbox
from app.database import pulse
from app.lifecycle.records import Effect, Line
from app.lifecycle.table.transitions import Job

LINES_PER_STEP = 1_000
"""So many lines are set, recorded and announced in about 50 ms; the store has one writer, who may keep it 250 ms."""


MAX_NOTE = 1_000
ABANDONED_AFTER = timedelta(minutes=10)


class EffectKind(StrEnum):
    """What is carried out."""

    PUBLISH = "publish"
    ROLL_BACK = "roll-back"
    LAY_OUT = "lay-out"
    DIVIDE = "divide"
    PLACE = "place"
    JUDGE_AGAIN = "judge-again"
    GROW = "grow"


def fits_one_step(lines: int) -> bool:
    """Tell whether so many lines may be dealt with in the transaction that decides on them."""
    return lines <= LINES_PER_STEP


def begin(
    session: Session,
    proposal_id: str,
    kind: EffectKind,
    *,
    total: int,
    now: datetime,
    wave: int = 0,
    note: str = "",
    alone: str = "",
) -> Effect:
    """Commit to something large; it is carried out from here on. `wave` is 0 for all lines."""
    effect = Effect(proposal_id=proposal_id, kind=kind, wave=wave, total=total, begun_at=now, note=note, alone=alone)
    session.add(effect)
    session.flush()
    return effect


def hand_on(session: Session, proposal_id: str, now: datetime) -> None:
    """Have the orchestrating process carry out what this transaction began."""
    outbox.ask(session, Job.CARRY_OUT, {"proposal_id": proposal_id}, now)


def under_way(session: Session, proposal_id: str) -> Effect | None:
    """Return what is being carried out of a proposal, or None."""
    return session.scalars(_UNDER_WAY, {"proposal_id": proposal_id}).first()


_UNDER_WAY = (
    select(Effect)
    .where(col(Effect.proposal_id) == bindparam("proposal_id"), col(Effect.finished_at).is_(None))
    .execution_options(populate_existing=True)
)


def goes_out(session: Session, proposal_id: str) -> bool:
    """Tell whether prices of a proposal are going out just now."""
    effect = under_way(session, proposal_id)
    return effect is not None and effect.kind == EffectKind.PUBLISH


def all_under_way(session: Session, proposal_ids: Sequence[str]) -> dict[str, Effect]:
    """Return what is being carried out, by proposal."""
    query = select(Effect).where(col(Effect.finished_at).is_(None), col(Effect.proposal_id).in_(proposal_ids))
    return {effect.proposal_id: effect for effect in session.scalars(query)}


def proposals_with(session: Session, kind: EffectKind) -> Sequence[str]:
    """Return the proposals of which an effect of this kind is under way."""
    query = select(col(Effect.proposal_id)).where(col(Effect.finished_at).is_(None), col(Effect.kind) == kind)
    return session.scalars(query).all()


def abandoned(session: Session, kind: EffectKind, now: datetime) -> Sequence[Effect]:
    """Return effects of a kind that nobody works on any more: they were begun too long ago."""
    long_ago = now - ABANDONED_AFTER
    query = select(Effect).where(col(Effect.kind) == kind, col(Effect.finished_at).is_(None))
    return session.scalars(query.where(col(Effect.begun_at) < long_ago)).all()


def wait(session: Session, effect: Effect) -> None:
    """Stop where it is until somebody decides."""
    _set_waiting(session, effect, True)


def go_on(session: Session, effect: Effect, now: datetime) -> None:
    """Go on with what stopped half-way."""
    _set_waiting(session, effect, False)
    hand_on(session, effect.proposal_id, now)


def look_again_at_waiting(session: Session, proposal_id: str, now: datetime) -> None:
    """Have every roll-back looked at that waits for somebody and shares SKUs with a proposal whose prices just moved.

    What it waits for may be gone: a window that ended, or a newer price, may have left nothing of it.
    """
    waits = select(Effect).where(col(Effect.waits), col(Effect.finished_at).is_(None))
    for effect in session.scalars(waits.where(col(Effect.proposal_id) != proposal_id)).all():
        mine = select(col(Line.sku)).where(col(Line.proposal_id) == proposal_id)
        shared = select(col(Line.line)).where(col(Line.proposal_id) == effect.proposal_id, col(Line.sku).in_(mine))
        if session.scalar(shared.limit(1)) is not None:
            hand_on(session, effect.proposal_id, now)


def _set_waiting(session: Session, effect: Effect, waits: bool) -> None:
    effect.waits = waits
    session.add(effect)
    session.flush()
    pulse(session, "proposals", "prices")  # a price before which it stopped is a layer that stands


def waiting(session: Session, proposal_id: str) -> Effect | None:
    """Return what stopped half-way with a proposal and waits for somebody, or None."""
    effect = under_way(session, proposal_id)
    return effect if effect is not None and effect.waits else None


def still_comes_back(session: Session, proposal_id: str) -> ColumnElement[bool]:
    """Return the condition that no step of a roll-back has dealt with a line of a proposal yet."""
    effect = under_way(session, proposal_id)
    if effect is None or effect.kind != EffectKind.ROLL_BACK:
        return true()
    same_wave = (col(Line.wave) == effect.wave) & (col(Line.line) > effect.after)
    return (col(Line.wave) < effect.wave) | same_wave


def advance(session: Session, effect: Effect, *, after: int, done: int, left: int = 0, told: str = "") -> None:
    """Note one step: up to which line, how many lines were done and left alone, and what is to be said of these."""
    effect.after, effect.done, effect.left = after, effect.done + done, effect.left + left
    if told and len(effect.note) < MAX_NOTE:
        effect.note = f"{effect.note} {told}".strip()[:MAX_NOTE]
    session.add(effect)
    pulse(session, "proposals")


def finish(session: Session, effect: Effect, now: datetime) -> None:
    """Close an effect: nothing of it is left to do, or something else took its place."""
    effect.finished_at = now
    session.add(effect)
    session.flush()
    pulse(session, "proposals", "effects")
