"""The way in for people and machines alike: the contexts are asked what they hold, then the proposal is submitted."""

from collections.abc import Callable
from datetime import datetime

from sqlmodel import Session

from app.clock import utc_now
from app.contexts.holds import held
from app.identity.actor import Actor
from app.lifecycle import commands
from app.lifecycle.proposing.submission import Submission
from app.lifecycle.views.values import ProposalSummary


def submit(
    actor: Actor,
    submission: Submission,
    *,
    key: str,
    request: str = "",
    now: datetime | None = None,
    with_it: Callable[[Session, str], None] | None = None,
) -> ProposalSummary:
    """Submit a proposal with what the contexts say of its SKUs at the time when it would go out.

    Locks refuse nothing here: a person may know that one is about to end. `with_it` is told the new proposal's
    reference in the transaction that makes it. Raises what `commands.submit` raises.
    """
    at = now or utc_now()
    found = held([line.sku for line in submission.lines], max(submission.effective_at or at, at))
    return commands.submit(actor, submission, key=key, request=request, held=found, now=at, with_it=with_it)
