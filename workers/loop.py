"""How a process of ours begins, goes on until it is asked to stop, and waits for what is away: each of it once.

A loop is turns (`until_stopped`), what is away is an `Outage`, how long is waited is a `Backoff`, and who works where
only one may is a `Lease`. Knows no stream, no store and no job.
"""

import logging
import os
import select
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from types import FrameType
from typing import TypeVar, cast
from uuid import uuid4

from redis import Redis
from redis.exceptions import RedisError
from tenacity import RetryCallState, Retrying, wait_exponential, wait_random_exponential

from app import logs
from app.store_file import end_when_replaced

log = logging.getLogger("baton.workers")
Found = TypeVar("Found")


class StopFlag:
    """Like `threading.Event`, but `set` takes no lock: a handler interrupts code that may hold it."""

    def __init__(self) -> None:
        self._asked = False
        self._reads, self._writes = os.pipe()

    def set(self) -> None:
        """Ask for the stop and wake everybody who waits."""
        if not self._asked:
            self._asked = True
            os.write(self._writes, b"!")  # never read: the pipe stays readable for every waiter

    def is_set(self) -> bool:
        """Whether a stop was asked for."""
        return self._asked

    def wait(self, seconds: float) -> bool:
        """Wait for the stop at most so long; return whether it was asked for."""
        waiting = select.poll()
        waiting.register(self._reads, select.POLLIN)
        waiting.poll(max(seconds * 1000, 1))
        return self._asked


STOPPING = StopFlag()
"""Set when this process was asked to stop; every loop of the process looks at it."""


def begin(process: str) -> None:
    """Set a process up: its log, its way to stop, and its end if somebody replaces the store beneath it."""
    logs.begin(process)
    stop_on_signals()
    end_when_replaced()


def stop_on_signals() -> None:
    """Let SIGTERM and SIGINT ask for a stop: what is in hand is finished first."""
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, _ask_to_stop)


def _ask_to_stop(_: int, __: FrameType | None) -> None:
    STOPPING.set()


class Backoff:
    """Pauses in seconds that double with each failure in a row, from the `first` to the `longest`.

    Of each pause the share `drawn` is left to chance, so that many who failed together do not come back together.
    """

    def __init__(self, first: float, longest: float, *, drawn: float = 0.0) -> None:
        fixed = 1 - drawn
        self._wait = wait_exponential(first * fixed, longest * fixed) + wait_random_exponential(
            first * drawn, longest * drawn
        )

    def after(self, failures: int) -> float:
        """Return how long to wait after so many failures in a row."""
        state = RetryCallState(_NOTHING, None, (), {})
        state.attempt_number = failures
        return self._wait(state)


_NOTHING = Retrying()
"""What tenacity's pauses are asked about: our loops go on for ever, so it only counts for them."""


class Outage:
    """Something that may be away, with the `errors` that say so: waited for, and reported when it goes and is back."""

    _BACKOFF = Backoff(0.1, 2.0)

    def __init__(self, of: str, *errors: type[Exception]) -> None:
        self.of = of
        self.errors = errors
        self._failures = 0

    def met(self, error: Exception) -> None:
        """Report that it is away, the first time, then pause (shorter if the process is to stop)."""
        self._failures += 1
        self._report(error)
        STOPPING.wait(self._BACKOFF.after(self._failures))

    def over(self) -> bool:
        """Report that it works; returns whether it had been away."""
        was_away, self._failures = self._failures > 0, 0
        if was_away:
            log.info("%s: back again.", self.of)
        return was_away

    def _report(self, error: Exception) -> None:
        if self._failures == 1:
            log.warning("%s: %s. Waiting for it to come back.", self.of, error)


class Stumble(Outage):
    """Whatever nobody foresaw in a loop that must go on all the same: reported whole, each time."""

    def __init__(self, of: str) -> None:
        super().__init__(of, Exception)

    def _report(self, error: Exception) -> None:
        log.error("%s stumbled", self.of, exc_info=error)


def until_stopped(turn: Callable[[], float], *outages: Outage) -> None:
    """Take turns until this process is asked to stop; each returns how many seconds may pass until the next.

    An error of one of the outages, the first that knows it, is waited out. Any other ends the loop.
    """
    while not STOPPING.is_set():
        pause = 0.0
        with _outlasting(outages):
            pause = turn()
        if pause:
            STOPPING.wait(pause)


def as_soon_as(found: Callable[[], Found], *outages: Outage) -> Found | None:
    """Return what is found as soon as it can be had; None if this process is asked to stop before."""
    while not STOPPING.is_set():
        with _outlasting(outages):
            return found()
    return None


@contextmanager
def _outlasting(outages: Sequence[Outage]) -> Iterator[None]:
    try:
        yield
    except tuple(error for outage in outages for error in outage.errors) as error:
        next(outage for outage in outages if isinstance(error, outage.errors)).met(error)
    else:
        for outage in outages:
            outage.over()


@contextmanager
def beside(name: str, run: Callable[[], None]) -> Iterator[None]:
    """Let a loop run on a thread of its own, beside whatever the process does; both end together."""
    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        STOPPING.set()
        thread.join(timeout=10)


LEASE_MS = 5000
RENEW_SECONDS = LEASE_MS / 3000

_HOLD = """
local held = redis.call('GET', KEYS[1])
if held == false or held == ARGV[1] or held == ARGV[3] then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  if held == false then return '' end
  return ARGV[1]
end
return held
"""
_LET_GO = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"


def process_name(role: str) -> str:
    """Return a name that no other process has or had: a restarted one is never refused, nor taken for its past self."""
    return f"{role}.{socket.gethostname()}.{os.getpid()}.{uuid4().hex[:8]}"


def died_here(owner: str) -> bool:
    """Whether an owner was a process of this host that is no more."""
    parts = owner.rsplit(".", 2)
    if len(parts) != 3 or not parts[0].endswith(f".{socket.gethostname()}") or not parts[1].isdigit():
        return False
    try:
        os.kill(int(parts[1]), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


class Lease:
    """One key that at most one process holds."""

    def __init__(self, client: Redis, key: str, owner: str) -> None:
        self._key = key
        self._owner = owner
        self._hold = client.register_script(_HOLD)
        self._let_go = client.register_script(_LET_GO)
        self.taken_afresh = False

    def hold(self) -> bool:
        """Take, keep or fail to get the lease. A holder that died on this host is not waited for.

        `taken_afresh` then tells whether the key was gone: the first time, after a long pause, or in an emptied Redis.
        """
        held = self._try("-")
        if held not in ("", self._owner) and died_here(held):
            held = self._try(held)
        self.taken_afresh = held == ""
        return held in ("", self._owner)

    def let_go(self) -> None:
        """Give the lease up if it is held."""
        self._let_go(keys=[self._key], args=[self._owner])

    def _try(self, instead_of: str) -> str:
        return cast(bytes, self._hold(keys=[self._key], args=[self._owner, LEASE_MS, instead_of])).decode()


class SoleLease:
    """The lease by which one process of a role works and the others stand by: renewed in time, turn by turn."""

    def __init__(self, client: Redis, key: str, role: str) -> None:
        self._lease = Lease(client, key, process_name(role))
        self.held = False
        self._renewed = 0.0

    def is_due(self) -> bool:
        """Whether it is time to renew it."""
        return monotonic() - self._renewed >= RENEW_SECONDS

    def renew(self) -> bool:
        """Take it, keep it, or stand by; return whether it was taken anew: then nothing known of before counts."""
        had, self.held = self.held, self._lease.hold()
        self._renewed = monotonic()
        return self.held and (self._lease.taken_afresh or not had)

    def forget(self) -> None:
        """Hold nothing for held, and renew before anything else is done."""
        self.held, self._renewed = False, 0.0

    def let_go(self) -> None:
        """Give it up, so that others need not wait for it to run out."""
        try:
            self._lease.let_go()
        except RedisError as error:
            log.debug("the lease runs out by itself: %s", error)
