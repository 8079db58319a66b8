"""Carrying on what is under way with a proposal, and what follows once it has been carried out to its end."""

from collections.abc import Callable
from datetime import datetime

from sqlmodel import Session

from app.lifecycle.proposing import verdicts
from app.lifecycle.publishing import effects, releases, waves
from app.lifecycle.publishing.effects import EffectKind
from app.lifecycle.records import Effect, Proposal
from app.lifecycle.rolling_back import rollbacks
from app.lifecycle.table import moves
from app.lifecycle.windows import returns, way_back


def carry_out(session: Session, proposal_id: str, *, now: datetime) -> bool:
    """Do the next step of what is under way with a proposal; False if there is nothing to do now."""
    proposal = moves.locked(session, proposal_id)
    effect = effects.under_way(session, proposal_id) if proposal else None
    if proposal is None or effect is None:
        return False
    more = _STEPS[EffectKind(effect.kind)](session, proposal, effect, now)
    if not more and effect.finished_at:
        _follow(session, proposal, effect, now)
    return more


def _follow(session: Session, proposal: Proposal, effect: Effect, now: datetime) -> None:
    """Do what follows once something large has been carried out to its end."""
    if effect.kind == EffectKind.PUBLISH and proposal.returns:
        way_back.ended(session, proposal, effect.note, now)
    elif effect.kind == EffectKind.PUBLISH:
        way_back.plan_return(session, proposal, now)
    elif effect.kind == EffectKind.GROW:
        way_back.settle(session, proposal, now)
    elif effect.kind == EffectKind.ROLL_BACK:
        way_back.after_taking_back(session, proposal, now)
        if effect.done == 0:
            rollbacks.confirm_rolled_back(session, proposal.id, now=now)


_STEPS: dict[EffectKind, Callable[[Session, Proposal, Effect, datetime], bool]] = {
    EffectKind.PUBLISH: releases.step_out,
    EffectKind.ROLL_BACK: releases.step_back,
    EffectKind.JUDGE_AGAIN: releases.step_again,
    EffectKind.DIVIDE: verdicts.divide,
    EffectKind.PLACE: waves.place,
    EffectKind.GROW: returns.grow,
}
