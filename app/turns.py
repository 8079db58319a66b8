"""A queue before a SQLite store, which has one writer and no queue of its own.

Whoever finds the store taken would look again ever more seldom, at last every 100 ms, while somebody with much to write
takes it anew the moment it is free: a person's click waits behind the whole of that. Here all processes wait for the
end of the queue, each with the thread of it that came first, and the one at its head for the store: who has just
written stands behind those who waited. The locks are the kernel's: whoever dies leaves the queue. They are a courtesy;
what keeps two writers apart is SQLite's own lock. Who waited too long for a turn goes on without one, and so does who
cannot even stand in the queue (a full disk, a folder that takes no file, a file of another user's): the store itself
says whether it can be written.
"""

import fcntl
import os
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock
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


class _Line:
    """The threads of this process, first come, first served: one of them stands in the queue of all processes."""

    def __init__(self) -> None:
        self._lock, self._places = Lock(), deque[Event]()

    @contextmanager
    def first(self, until: float) -> Iterator[bool]:
        """Wait to be the first; tell whether that came to be in time. Whoever leaves makes way."""
        place = Event()
        with self._lock:
            self._places.append(place)
            self._call()
        try:
            yield place.wait(max(until - monotonic(), 0))
        finally:
            with self._lock:
                self._places.remove(place)
                self._call()

    def _call(self) -> None:
        if self._places:
            self._places[0].set()


class Queue:
    """The queue before the store at `path`."""

    def __init__(self, path: str) -> None:
        self._end, self._head = f"{path}-queue", f"{path}-turn"
        self._threads = _Line()

    def turn(self, *, patience: float | None = None) -> Turn | None:
        """Wait for the turn to write, at most `patience` seconds; None if it did not come, or there is no queue."""
        until = monotonic() + (PATIENCE_SECONDS if patience is None else patience)
        with self._threads.first(until) as come:
            try:
                return self._waited(until) if come else None
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
