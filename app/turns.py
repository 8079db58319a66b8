"""A queue before a SQLite store, which has one writer and no queue of its own.

Whoever finds the store taken would look again ever more seldom, at last every 100 ms, while somebody with much to write
takes it anew the moment it is free: a person's click waits behind the whole of that. Here all threads and processes
wait for the end of the queue, and the one at its head for the store, so that who has just written stands behind those
who waited. The locks are the kernel's: whoever dies leaves the queue. They are a courtesy; what keeps two writers apart
is SQLite's own lock. Who waited too long for a turn goes on without one, and so does who cannot even stand in the queue
(a full disk, a folder that takes no file, a file of another user's): the store itself says whether it can be written.
"""

import fcntl
import os
from time import monotonic, sleep

LOOK_SECONDS = 0.002
PATIENCE_SECONDS = 5.0


class Turn:
    """The turn to write, until it is given back."""

    def __init__(self, lock: int) -> None:
        self._lock = lock

    def give_back(self) -> None:
        """Let the next one write."""
        _unlock(self._lock)


class Queue:
    """The queue before the store at `path`."""

    def __init__(self, path: str) -> None:
        self._end, self._head = f"{path}-queue", f"{path}-turn"

    def turn(self, *, patience: float | None = None) -> Turn | None:
        """Wait for the turn to write, at most `patience` seconds; None if it did not come, or there is no queue."""
        until = monotonic() + (PATIENCE_SECONDS if patience is None else patience)
        try:
            return self._waited(until)
        except OSError:
            return None

    def _waited(self, until: float) -> Turn | None:
        behind = _locked(self._end, until)
        if behind is None:
            return None
        try:
            head = _locked(self._head, until)
        finally:
            _unlock(behind)
        return None if head is None else Turn(head)


def _locked(path: str, until: float) -> int | None:
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        while not _taken(lock):
            if monotonic() >= until:
                os.close(lock)
                return None
            sleep(LOOK_SECONDS)
    except BaseException:
        os.close(lock)
        raise
    return lock


def _taken(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _unlock(lock: int) -> None:
    """Unlock before closing: a process that was forked meanwhile holds the same lock."""
    fcntl.flock(lock, fcntl.LOCK_UN)
    os.close(lock)
