"""Replays of rule sets run in a process of their own, of low priority, one at a time, beside everything else.

The orchestrating process starts it when somebody asked for a replay, and it ends with that one. One that broke off is
begun again; a portion of lines is judged between two short looks at the store, so nobody's click waits for it.
"""

import logging
import subprocess
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import datetime

from sqlalchemy.exc import OperationalError

from app.clock import utc_now
from app.database import Pulses, committed, engine, reading, transaction
from app.lifecycle.proposing import policy
from app.lifecycle.rulebook import approver_time, recorded, replays
from app.lifecycle.rulebook.recorded import Period
from app.lifecycle.rulebook.replaying import Reckoning
from workers.loop import Outage, Stumble, died_here, process_name, until_stopped

log = logging.getLogger("baton.replays")

NICE = 10
KEEPING_PORTIONS = (200_000, 20, 20)
"""Thresholds of the garbage collector for a process whose portions of lines are no garbage until they go as a whole."""
PAUSE_SECONDS, LOOK_AGAIN_SECONDS = 0.5, 30.0
Start = Callable[[str], subprocess.Popen[bytes]]
"""Starts a process that carries out a replay, and that ends with this one."""


def carry_out(replay_id: str) -> None:
    """Carry out a replay from its beginning, in this process; whatever it meets stands in its row then."""
    owner = process_name("replay")
    try:
        _carry_out(replay_id, owner)
    except KeyboardInterrupt:
        committed(lambda session: replays.let_go(session, {owner}, utc_now()))
        raise
    except OperationalError:
        raise  # a store that is away: it is begun again when nobody was heard of for a while
    except Exception as error:
        log.exception("replay %s failed", replay_id)
        why = f"It failed with {type(error).__name__}; the log has the rest."
        committed(lambda session: replays.fail(session, replay_id, why, now=utc_now()))


def _carry_out(replay_id: str, owner: str) -> None:
    with reading() as session:
        row = replays.found(session, replay_id)
        period = Period(row.since, row.until)
        total = recorded.count(session, period)
    begun = committed(lambda session: replays.begin(session, replay_id, owner=owner, total=total, now=utc_now()))
    if begun is None:
        return
    with reading() as session:
        rules, pace = policy.rule_set(session, begun.rule_set), approver_time.pace(session, period)
    reckoning, done = Reckoning(rules, begun.asked_at), 0
    for portion in recorded.portions(reading, period):
        kept, turned, done = reckoning.kept, reckoning.add(portion), done + len(portion.rows)
        with transaction() as session:
            if not replays.go_on(session, replay_id, owner=owner, done=done, kept=kept, lines=turned, now=utc_now()):
                return
    found, lying = reckoning.result(pace, period), reckoning.distributions()
    committed(lambda session: replays.finish(session, replay_id, found, lying, owner=owner, now=utc_now()))


class ReplayTurns:
    """The starter's turns: begin again what broke off, and start a process for the replay that waits longest."""

    def __init__(self, pulses: Pulses, start: Start) -> None:
        self._pulses, self._start = pulses, start
        self._child: subprocess.Popen[bytes] | None = None
        self._due = True
        self._looked: datetime | None = None

    def take(self) -> float:
        """Look after the process that runs, or start the next; return how long to wait before the next look."""
        self._due = "replays" in self._pulses.changed() or self._due or self._long_ago()
        if self._child is not None and self._child.poll() is None:
            return PAUSE_SECONDS
        if self._child is not None:
            self._child, self._due = None, True
        if self._due:
            self._due, self._looked = False, utc_now()
            waits = next_replay(utc_now())
            self._child = self._start(waits) if waits else None
        return PAUSE_SECONDS

    def end(self) -> None:
        """End what runs; whoever looks next begins it again."""
        if self._child is not None:
            self._child.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._child.wait(timeout=5)

    def _long_ago(self) -> bool:
        return self._looked is None or (utc_now() - self._looked).total_seconds() > LOOK_AGAIN_SECONDS


def next_replay(now: datetime) -> str | None:
    """Ask again for what broke off, and return the replay that waits longest."""
    with reading() as session:
        held = replays.holders(session)
    if held:
        with transaction() as session:
            replays.let_go(session, {owner for owner in held if died_here(owner)}, now)
    with reading() as session:
        return replays.next_asked(session)


def run(start: Start) -> None:
    """Start replays until asked to stop. A store that is away is waited for."""
    with closing(Pulses(engine())) as pulses:
        turns = ReplayTurns(pulses, start)
        try:
            until_stopped(turns.take, Outage("Pricing store", OperationalError), Stumble("Starting replays"))
        finally:
            turns.end()
