"""The conductor's clock: acts on every timer of the lifecycle within a second of its instant, wherever it runs.

Nothing is kept in memory that matters. A timer is leased so that several schedulers share the work, and taken in the
transaction of its effect, so that whatever dies, jumps or runs twice, the effect happens once. It stands still while
the pricing store is known to be behind what it once said: what is due there may have been done, and undone, before.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from app import alarms
from app.clock import utc_now
from app.database import committed, reading, transaction
from app.lifecycle.clock import timers
from app.lifecycle.errors import Refused
from workers.loop import STOPPING, Backoff, Outage, Stumble, died_here, process_name, until_stopped
from workers.orchestration import appointments
from workers.ownership import BEHIND, MISMATCH

log = logging.getLogger("baton.clock")

AT_ONCE = 50
SHORTEST, LONGEST = 0.25, 0.5
"""Seconds between two looks at the timers. What was made meanwhile, or a clock that jumped, is noticed after the
longest; what is due but in other hands is looked for no sooner than after the shortest."""
TRY_AGAIN = Backoff(1, 30)


class Scheduler:
    """Claims what is due, and keeps one appointment per transaction."""

    def __init__(self, now: Callable[[], datetime] = utc_now, owner: str = "") -> None:
        self._now = now
        self._owner = owner or process_name("clock")
        self._failures: dict[int, int] = {}

    def step(self) -> float:
        """Act on what is due; return how many seconds may pass until the next look."""
        with reading() as session:
            if any(alarms.is_on(session, name) for name in (BEHIND, MISMATCH)):
                return LONGEST
            due = timers.next_due(session)
        now = self._now()
        if due is None or due > now:
            return LONGEST if due is None else min((due - now).total_seconds(), LONGEST)
        claimed = self._claim(now)
        for timer_id in claimed:
            if STOPPING.is_set():
                break
            self._keep(timer_id)
        return 0.0 if claimed else SHORTEST

    def _claim(self, now: datetime) -> list[int]:
        with transaction() as session:
            gone = {owner for owner in timers.holders(session, now) if died_here(owner)}
            if gone:
                timers.free(session, gone)
            return [timer.id for timer in timers.claim(session, owner=self._owner, now=now, limit=AT_ONCE) if timer.id]

    def _keep(self, timer_id: int) -> None:
        """Keep one appointment. A failure sets that timer aside; only a store that is away stops the clock."""
        try:
            self._take(timer_id)
            self._failures.pop(timer_id, None)
        except Exception as error:
            wait = self._failed(timer_id)
            with transaction() as session:  # a store that is away fails here too, and that is the caller's trouble
                timers.set_aside(session, timer_id, self._now() + wait)
            trace = None if isinstance(error, OperationalError) else error
            log.error("timer %d failed, again in %.0f s: %s", timer_id, wait.total_seconds(), error, exc_info=trace)

    def _take(self, timer_id: int) -> None:
        with reading() as session:
            subject = timers.proposal_of(session, timer_id)
            known = appointments.gather(session, timer_id, self._now())

        def kept(session: Session) -> None:
            appointments.hold(session, subject)
            now = self._now()  # holding it may have taken a while
            timer = timers.take(session, timer_id, now)
            if timer is None:
                return
            kind = timer.kind
            try:
                with session.begin_nested():
                    appointments.keep(session, timer, now, known)
            except Refused as refusal:
                log.warning("%s of %s is kept without effect: %s", kind, subject, refusal.detail)

        committed(kept)

    def _failed(self, timer_id: int) -> timedelta:
        """Count a failure; return how long the timer is left alone for it."""
        self._failures[timer_id] = self._failures.get(timer_id, 0) + 1
        return timedelta(seconds=TRY_AGAIN.after(self._failures[timer_id]))


def run() -> None:
    """Keep appointments until asked to stop. A store that is away is waited for; nothing else ends the clock."""
    until_stopped(Scheduler().step, Outage("Pricing store", OperationalError), Stumble("The clock"))
