"""A queue before a SQLite store, which has one writer and no queue of its own.

Whoever finds the store taken would look again ever more seldom, at last every 100 ms, while somebody with much to write
takes it anew the moment it is free: a person's click waits behind the whole of that. Here everybody draws a number, and
writes when nobody with a lower one is left, in whatever thread or process. A number is a lock on its byte in a file
beside the store, and the locks are the kernel's (open file description locks, fcntl(2)): whoever dies leaves the queue.
It is a courtesy; what keeps two writers apart is SQLite's own lock, and who waited too long for a turn, or
cannot use the file, goes on without one.
"""

import fcntl
import logging
import os
from contextlib import suppress
from functools import cache
from itertools import chain, repeat
from struct import Struct
from time import monotonic, sleep

log = logging.getLogger("baton.store")

LOOK_SECONDS = 0.002
AT_ONCE = 1_000
"""So often whoever draws a number asks without a pause: nobody who lives takes longer for it."""
PATIENCE_SECONDS = 5.0
_NUMBER = Struct("q")
_FLOCK = Struct("hhqqi")
"""`struct flock`: type, whence, start, length, process."""
_HELD: set[int] = set()


class Turn:
    """A place in the queue, and at last the turn to write, until it is given back."""

    def __init__(self, file: int, number: int) -> None:
        self._file, self._number = file, number
        _HELD.add(file)

    def has_come(self) -> bool:
        """Tell whether nobody with a lower number is left."""
        asked = _FLOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, 0, self._number, 0)
        answer: bytes = fcntl.fcntl(self._file, fcntl.F_OFD_GETLK, asked)
        return bool(_FLOCK.unpack(answer)[0] == fcntl.F_UNLCK)

    def give_back(self) -> None:
        """Let the next one write."""
        _HELD.discard(self._file)
        os.close(self._file)


class WriterQueue:
    """The queue before the store at `path`."""

    def __init__(self, path: str) -> None:
        self._store, self._path = path, f"{path}-queue"

    def turn(self, *, patience: float | None = None) -> Turn | None:
        """Wait for the turn to write, at most `patience` seconds; None if it did not come, or there can be no queue."""
        until = monotonic() + (PATIENCE_SECONDS if patience is None else patience)
        try:
            turn = self._drawn(until)
        except OSError as error:
            _say_once(self._path, str(error))
            return None
        while turn is not None and not turn.has_come():
            if monotonic() >= until:
                turn.give_back()
                return None
            sleep(LOOK_SECONDS)
        return turn

    def _drawn(self, until: float) -> Turn | None:
        """Draw the next number; whoever draws one holds the file for microseconds."""
        file = self._opened()
        try:
            for pause in chain(repeat(0.0, AT_ONCE), repeat(LOOK_SECONDS)):
                if _taken(file):
                    break
                if monotonic() >= until:
                    os.close(file)
                    return None
                sleep(pause)
            drawn = os.pread(file, _NUMBER.size, 0)
            number = _NUMBER.unpack(drawn)[0] + 1 if len(drawn) == _NUMBER.size else 1
            os.pwrite(file, _NUMBER.pack(number), 0)
            fcntl.fcntl(file, fcntl.F_OFD_SETLK, _FLOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, number, 1, 0))
            fcntl.flock(file, fcntl.LOCK_UN)
        except BaseException:
            os.close(file)
            raise
        return Turn(file, number)

    def _opened(self) -> int:
        with suppress(FileNotFoundError):
            return os.open(self._path, os.O_RDWR | os.O_CLOEXEC)
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with suppress(OSError):  # as SQLite does with its own files: root may have come first
            like = os.stat(self._store)
            os.fchown(file, like.st_uid, like.st_gid)
            os.fchmod(file, like.st_mode & 0o777)
        return file


def _taken(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@cache
def _say_once(path: str, why: str) -> None:
    log.warning("writers do not wait in a queue, for %s cannot be used: %s", path, why)


def _leave_to_the_parent() -> None:
    """Close what a forked process has of its parent's turns, which would last as long as both live."""
    for file in _HELD:
        os.close(file)
    _HELD.clear()


os.register_at_fork(after_in_child=_leave_to_the_parent)
