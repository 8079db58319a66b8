"""Asking this process to stop, in a way that is safe from a signal handler."""

import os
import select
import signal
from types import FrameType


class Stop:
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


STOPPING = Stop()
"""Set when this process was asked to stop; every loop of the process looks at it."""


def stop_on_signals() -> None:
    """Let SIGTERM and SIGINT ask for a stop: what is in hand is finished first."""
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, _ask_to_stop)


def _ask_to_stop(_: int, __: FrameType | None) -> None:
    STOPPING.set()
