"""Judging again in the background: what waits for a person is found on today's facts, not on those of yesterday.

Whenever prices, costs, competitors or rules change, everything that waits and was judged on other facts is judged
again, so that nobody is sent away with "re-evaluate" and nothing overdue waits for the moment of its publication.
"""

import logging
from collections.abc import Collection, Iterable
from contextlib import closing
from time import monotonic

from sqlalchemy.exc import OperationalError

from app.clock import utc_now
from app.database import Pulses, engine, reading
from app.lifecycle.errors import Refused
from app.lifecycle.views import queries
from workers.loop import STOPPING, Outage, Stumble, until_stopped
from workers.orchestration import jobs

log = logging.getLogger("baton.rejudging")

TOPICS = frozenset({"prices", "rules", "effects"})
PAUSE_SECONDS = 0.5
"""Between two looks. A burst of prices moves in between, so it is looked through once, not once per step."""
LEAVE_SECONDS = 10.0
"""So long a proposal that was looked at is left alone, whatever moves meanwhile: a person wants to read it."""


def step(leave: Collection[str] = ()) -> list[str]:
    """Judge everything again that was overtaken by its facts, but for those to `leave`; return what was looked at."""
    with reading() as session:
        found = [one for one in queries.overtaken_by_facts(session, utc_now()) if one not in leave]
    for proposal_id in found:
        if STOPPING.is_set():
            break
        try:
            jobs.judge_again(proposal_id)
        except Refused as refusal:
            log.info("%s stays as it is: %s", proposal_id, refusal.detail)
    return found


class _Looked:
    """Which proposals were looked at a moment ago: facts that move every second must not keep one from its approver."""

    def __init__(self) -> None:
        self._at: dict[str, float] = {}

    def note(self, proposals: Iterable[str]) -> None:
        """Note that these were looked at now."""
        self._at |= dict.fromkeys(proposals, monotonic())

    def recently(self) -> set[str]:
        """Return those that are left alone for now, and forget the others."""
        long_ago = monotonic() - LEAVE_SECONDS
        self._at = {proposal: at for proposal, at in self._at.items() if at > long_ago}
        return set(self._at)


class RejudgingTurns:
    """The judge's turns: look when facts or rules moved, and again at what was left alone meanwhile."""

    def __init__(self, pulses: Pulses) -> None:
        self._pulses = pulses
        self._looked = _Looked()
        self._due = True

    def take(self) -> float:
        """Judge what is due again; return how long to wait before the next look."""
        self._due = bool(self._pulses.changed() & TOPICS) or self._due
        recently = self._looked.recently()
        if self._due:
            self._looked.note(step(recently))
        self._due = bool(recently)  # what was left alone is looked at a little later
        return PAUSE_SECONDS


def run() -> None:
    """Follow prices and rules until asked to stop. A store that is away is waited for."""
    with closing(Pulses(engine())) as pulses:
        until_stopped(RejudgingTurns(pulses).take, Outage("Pricing store", OperationalError), Stumble("Judging again"))
