"""Rollbacks cross contexts twice: one asks for a repricing to be taken back, and all that had applied it confirm.

Both are facts that contexts told; what becomes of them is the lifecycle's decision, by the commands that people use.
"""

import logging
from datetime import datetime
from functools import partial

from sqlmodel import Session

from app.contracts.events import PriceChangeRollbackRequested, ProposalMoved
from app.database import committed, reading
from app.deliveries import queries
from app.identity.actor import Actor
from app.lifecycle import actions
from app.lifecycle.errors import Refused
from app.lifecycle.publishing import effects
from app.lifecycle.rolling_back import restored_prices
from app.lifecycle.table.status import Status

log = logging.getLogger("baton.tracker")


def stop_going_out(event: PriceChangeRollbackRequested, now: datetime) -> None:
    """Let nothing more go out of what a context wants back, then judge what would come back, while only reading."""
    actor = Actor.context(event.context)
    with reading() as session:
        goes_out = effects.goes_out(session, event.correlation_id)
    if goes_out:
        committed(lambda session: actions.stop_going_out(session, event.correlation_id, actor=actor, now=now))
    with reading() as session:
        restored_prices.look_ahead(session, event.correlation_id, now)


_CONFIRMED_BEFORE = (
    "%s asks to take %s back for %s version %d, which it confirmed before: its store was put back from an older copy."
    " The price stays; the line is parked there."
)


def roll_back(session: Session, event: PriceChangeRollbackRequested, now: datetime) -> None:
    """Ask the lifecycle to take a repricing back because a context wants that; its refusal is an answer too."""
    if queries.acknowledged(session, event):
        log.error(_CONFIRMED_BEFORE, event.context, event.correlation_id, event.sku, event.version)
        return
    actor, reason = Actor.context(event.context), f"{event.sku}: {event.cause}"
    try:
        with session.begin_nested():
            actions.roll_back(session, event.correlation_id, actor=actor, reason=reason, now=now)
    except Refused as refusal:
        log.info("%s asked to roll back %s: %s", event.context, event.correlation_id, refusal.detail)


def begins(event: ProposalMoved) -> bool:
    """Whether an undo was announced: confirmations may have come before."""
    return event.target == Status.ROLLING_BACK


def confirm(session: Session, proposal_id: str, now: datetime) -> None:
    """Tell the lifecycle that a repricing is undone, if everybody who has to confirm that did."""
    if queries.undo_complete(session, proposal_id, now=now):
        actions.confirm_rolled_back(session, proposal_id, now=now)


def confirm_what_is_complete(now: datetime) -> None:
    """Look at every roll-back that is under way: a context may have been retired, or gone, since the last answer."""
    with reading() as session:
        complete = [
            repricing
            for repricing in queries.rolling_back(session)
            if queries.undo_complete(session, repricing, now=now) and actions.may_be_confirmed(session, repricing)
        ]
    for proposal_id in complete:
        committed(partial(confirm, proposal_id=proposal_id, now=now))
