"""How long a decision takes a person: the pace at which approvers go through their queue.

The time between two decisions of one person in a row, when it is no more than half an hour, is the work on the second
one; a longer one was a pause. The median counts. Before five such times are known, five minutes are assumed.
"""

from array import array
from dataclasses import dataclass
from datetime import timedelta
from itertools import accumulate
from typing import Final

from sqlalchemy import select
from sqlmodel import Session, col

from app.lifecycle.records import Decision
from app.lifecycle.rulebook.recorded import Period
from app.lifecycle.table.transitions import Action

A_PAUSE: Final = timedelta(minutes=30)
ENOUGH, ASSUMED_SECONDS = 5, 300


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds that a decision takes, and on how many it was measured; 0: it is assumed."""

    seconds: int
    measured: int


def pace(session: Session, period: Period) -> Pace:
    """Measure how long a decision took in a period."""
    at, by = col(Decision.at), col(Decision.by)
    decided = (col(Decision.action).in_((Action.APPROVE, Action.REJECT)), at >= period.since, at < period.until)
    took = array("q", bytes(8 * (int(A_PAUSE.total_seconds()) + 1)))
    before = None
    for who, when in session.execute(select(by, at).where(*decided).order_by(by, at)).yield_per(1_000):
        if before and before[0] == who and when - before[1] <= A_PAUSE:
            took[int((when - before[1]).total_seconds())] += 1
        before = (who, when)
    measured = sum(took)
    if measured < ENOUGH:
        return Pace(ASSUMED_SECONDS, 0)
    return Pace(next(second for second, so_far in enumerate(accumulate(took)) if 2 * so_far >= measured), measured)
