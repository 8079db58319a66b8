"""Who looks at the queue of approvals, and on what of it they may decide."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from app.identity.actor import Actor
from app.identity.roles import Permission
from app.lifecycle.deciding import delegations
from app.lifecycle.views import lists
from app.lifecycle.views.values import ProposalSummary


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks at the queue: by what right they decide, and what of it they were reminded of."""

    actor: Actor
    lent: bool
    reminded: frozenset[str]

    def decides(self, row: ProposalSummary) -> bool:
        """Tell whether this person may decide on a waiting proposal that is not their own work."""
        if row.submitted_by_id == self.actor.id:
            return False
        escalated = row.level > 1 and self.actor.may(Permission.DECIDE_ESCALATED)
        return self.actor.may(Permission.DECIDE) or self.lent or escalated


def viewer_of(session: Session, actor: Actor, ids: Sequence[str], now: datetime) -> Viewer:
    """Read by what right somebody looks at these proposals."""
    lent = not actor.may(Permission.DECIDE) and bool(delegations.lenders_of(session, actor.id, now))
    return Viewer(actor, lent, lists.reminded(session, ids))
