"""One attempt to do something to a proposal: what the guards are asked about."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from app.identity.actor import Actor
from app.lifecycle.publishing.comparison import Comparison
from app.lifecycle.records import Proposal
from app.lifecycle.rolling_back import restored_prices
from app.lifecycle.table.transitions import Action


@dataclass(frozen=True, slots=True)
class Case:
    """One attempt: who wants to do what to which proposal, and when.

    `looked` is the comparison of what would go out, and `restores` what was found of the prices that would come back,
    where that was looked at for this very attempt before the store was taken. `in_name_of` is the person for whom Baton
    acts, where it does.
    """

    session: Session
    proposal: Proposal
    action: Action
    actor: Actor
    now: datetime
    looked: Comparison | None = None
    restores: restored_prices.Restoring | None = None
    in_name_of: str = ""
