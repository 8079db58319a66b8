"""Writes a checkpoint of the audit trail outside the store, every ten minutes in which something was recorded."""

import logging
from typing import Final

from app.clock import utc_now
from app.lifecycle.audit.evidence import checkpoints
from workers.loop import until_stopped

log = logging.getLogger("baton.audit")

EVERY_SECONDS: Final = 600.0


def checkpoint() -> None:
    """Write one checkpoint, if anything was recorded since the last. What goes wrong is reported, and tried again."""
    try:
        checkpoints.put_outside(now=utc_now())
    except Exception:
        log.exception("no checkpoint of the audit trail could be written; again in %.0f s", EVERY_SECONDS)


def run() -> None:
    """Write one every ten minutes until asked to stop."""

    def turn() -> float:
        checkpoint()
        return EVERY_SECONDS

    until_stopped(turn)
