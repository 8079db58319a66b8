"""Waiting for a condition, never for a time. How long is for the slowest machine; who is there waits no longer."""

from collections.abc import Callable
from time import monotonic, sleep
from typing import TypeVar

T = TypeVar("T")
PATIENCE = 180
"""Seconds after which something is not slow but broken."""


def wait_for(
    condition: Callable[[], T | None], what: str = "it", *, patience: float = PATIENCE, pause: float = 0.02
) -> T:
    """Return what the condition gives as soon as it gives something."""
    deadline = monotonic() + patience
    while True:
        if found := condition():
            return found
        assert monotonic() < deadline, f"{what} did not happen within {patience:.0f} s"
        sleep(pause)
