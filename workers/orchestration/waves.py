"""A wave has baked: what the contexts made of it, which the tracker knows, is given to the lifecycle to judge."""

import logging
from datetime import datetime

from sqlmodel import Session

from app import passport
from app.canary.evidence import Evidence
from app.lifecycle import actions
from app.lifecycle.records import Proposal, Timer
from app.lifecycle.rolling_back import restored_prices
from app.lifecycle.table.status import Status

log = logging.getLogger("baton.clock")


def gather(session: Session, timer: Timer, now: datetime) -> Evidence | None:
    """Read what is known of a wave, before the store is taken: a large one takes a while."""
    restored_prices.look_ahead(session, timer.proposal_id, now)
    return passport.evidence_of(session, timer.proposal_id, timer.version)


def judge(session: Session, timer: Timer, now: datetime, evidence: Evidence | None) -> None:
    """Judge the wave that has baked, or has waited for a freeze or a stop to end, on what is known of it now."""
    proposal = session.get(Proposal, timer.proposal_id, populate_existing=True)
    if proposal is None or proposal.status != Status.CANARY or proposal.wave != timer.version:
        log.info("wave %d of %s is not the one that is out; its timer is stale", timer.version, timer.proposal_id)
        return
    if evidence is None:
        log.error("wave %d of %s never went out, and yet its timer rang", timer.version, timer.proposal_id)
        return
    actions.judge_wave(session, proposal.id, evidence, now=now)
