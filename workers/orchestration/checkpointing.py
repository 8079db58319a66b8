"""Writes a checkpoint of the audit trail outside the store, every ten minutes in which something was recorded."""

import logging
import threading
from typing import Final

from app.clock import utc_now
from app.lifecycle.evidence import checkpoints
from workers.loop import STOPPING

log = logging.getLogger("baton.audit")

EVERY_SECONDS: Final = 600.0


def checkpoint() -> None:
    """Write one checkpoint, if anything was recorded since the last. What goes wrong is reported, and tried again."""
    try:
        checkpoints.put_outside(now=utc_now())
    except Exception:
        log.exception("no checkpoint of the audit trail could be written; again in %.0f s", EVERY_SECONDS)


class Checkpointing:
    """The writing on a thread of its own, beside whatever the process does."""

    def __init__(self) -> None:
        self._thread = threading.Thread(target=self._go_on, name="checkpoints", daemon=True)

    def __enter__(self) -> "Checkpointing":
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        STOPPING.set()
        self._thread.join(timeout=10)

    def _go_on(self) -> None:
        while not STOPPING.is_set():
            checkpoint()
            STOPPING.wait(EVERY_SECONDS)
