"""A SQLite store in its one file: what was committed last lies in a log (`-wal`) beside it until somebody takes it in.

Needs nothing but Python, so that whoever ends last can do it.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

PATIENCE_MS = 200


def take_in(store: str) -> bool:
    """Take the log into the store's file and empty it; return whether that was possible: others may be reading it.

    A store that is not there is not made.
    """
    if not Path(store).is_file():
        return False
    try:
        with closing(sqlite3.connect(store, isolation_level=None, timeout=PATIENCE_MS / 1000)) as connection:
            busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.Error:  # locked, or no store at all: it stays as it is
        return False
    return not busy
