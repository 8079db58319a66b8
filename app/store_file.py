"""SQLite files by their inode: a process goes on with the file that it opened, also after another lies in its place.

Whatever it writes then is in no store. So every transaction looks first, and a process that finds its file unlinked or
replaced refuses what it was asked, says so, and ends; what is started in its place opens the new file. A process that
ends as it should leaves its stores in their one file each, as far as nobody else is at them.
"""

import atexit
import logging
import os
import signal
from pathlib import Path
from threading import Thread
from time import sleep
from weakref import WeakSet

from sqlalchemy.exc import OperationalError

from app import wal

log = logging.getLogger("baton.store")

LOOK_SECONDS = 1.0
END_SECONDS = 10.0


class StoreRefused(OperationalError):
    """A store that must not be used. The words are for a person: what happened, what it means, what to do."""

    def __init__(self, why: str) -> None:
        super().__init__(why, None, Exception(why))
        self.why = why

    def __str__(self) -> str:
        return self.why


class NoStore(StoreRefused):
    """There is no pricing store, and only a migration makes one."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"There is no pricing store at {path}, so nothing was done. `baton up` makes one and starts everything,"
            " `baton migrate` makes it alone. If yours lies elsewhere, name its folder: BATON_DATA_DIR."
        )


class StoreFile:
    """One SQLite file as a process first saw it."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._seen: tuple[int, int] | None = None
        _OPENED.add(self)

    def opened(self) -> None:
        """Note which file this is, the first time it is opened."""
        self._seen = self._seen or _identity(self.path)

    def is_open(self) -> bool:
        """Whether it was opened, and still is the file that was."""
        return self._seen is not None and not self.replaced()

    def replaced(self) -> bool:
        """Whether another file, or none, lies where this one did."""
        return self._seen is not None and _identity(self.path) != self._seen

    def refuse_replaced(self) -> None:
        """Raise if it is no longer the file that was opened."""
        if self.replaced():
            raise StoreRefused(_told(self.path))


_OPENED: "WeakSet[StoreFile]" = WeakSet()


@atexit.register
def leave_whole() -> None:
    """Take what was committed last into the file of each store that this process had open."""
    for path in {file.path for file in list(_OPENED) if file.is_open()}:
        wal.take_in(path)


def end_when_replaced() -> None:
    """Let this process end when a store of its is unlinked or replaced, also while nobody asks it for anything."""
    Thread(target=_keep_looking, name="store files", daemon=True).start()


def _keep_looking() -> None:
    while not (gone := [file.path for file in list(_OPENED) if file.replaced()]):
        sleep(LOOK_SECONDS)
    log.critical("%s", _told(gone[0]))
    os.kill(os.getpid(), signal.SIGTERM)
    sleep(END_SECONDS)
    os._exit(1)  # whatever it waits for is not in the store


def _told(path: str) -> str:
    return (
        f"{path} was removed or replaced while this process had it open: what it wrote from now on would be in no"
        " store, so it refuses and stops. Under `baton up` it is started again on the file that is there now. Stop"
        " Baton before you put a store back, and run `baton installation restored` afterwards."
    )


def _identity(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino
