"""supervisord, which goes on when nothing can be written any more (a full disk, a terminal that is gone).

It logs its own trouble with logging to standard error; where that fails as well, the error ends it, and with it
everything that it holds together. When everything has stopped it leaves each store in its one file. Run as a file, so
that it needs nothing of ours to be found: `lasting_supervisor.py -c CONFIGURATION STORE...`.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

ROOT = str(Path(__file__).resolve().parents[2])


class Forgiving:
    """A stream whose writes may fail: what is lost is a line of a log."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write if it can be written."""
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):
            return 0
        return len(text)

    def flush(self) -> None:
        """Nothing is kept back."""

    def fileno(self) -> int:
        """Return the descriptor behind it."""
        return self._stream.fileno()

    def isatty(self) -> bool:
        """Whether a person may be looking."""
        return self._stream.isatty()


def main() -> None:
    """Become supervisord."""
    sys.stdout, sys.stderr = Forgiving(sys.__stdout__), Forgiving(sys.__stderr__)  # type: ignore[arg-type]
    from supervisor.supervisord import main as supervise  # type: ignore[import-untyped]

    options, stores = sys.argv[1:3], sys.argv[3:]
    supervise(options)
    _leave_whole(stores)


def _leave_whole(stores: Sequence[str]) -> None:
    """Take what was committed last into each store's file: nobody is at them any more."""
    sys.path.insert(0, ROOT)
    from app import wal

    for store in stores:
        wal.take_in(store)


if __name__ == "__main__":
    main()
