"""Delegations as people command them: each in one transaction of its own."""

from datetime import datetime

from app.identity.actor import Actor
from app.lifecycle.commands import carried_out
from app.lifecycle.deciding import delegations


def lend(actor: Actor, borrower: str, starts: datetime, ends: datetime, now: datetime) -> None:
    """Lend one's own right to decide. Raises a `Refused`; then nothing changed."""
    carried_out(
        lambda session: delegations.delegate(
            session, lender=actor, borrower_id=borrower, starts=starts, ends=ends, now=now
        )
    )


def take_back(actor: Actor, delegation_id: str, now: datetime) -> None:
    """Take back what one lent, at once. Raises a `Refused`; then nothing changed."""
    carried_out(lambda session: delegations.end(session, delegation_id, actor=actor, now=now))
