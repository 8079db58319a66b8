"""How long to wait before the next attempt, and when to give up."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import random


@dataclass(frozen=True)
class Patience:
    """Doubling delays with jitter: half of each delay is fixed, half is drawn, so that retries do not march in step."""

    first: timedelta = timedelta(seconds=1)
    longest: timedelta = timedelta(minutes=1)
    attempts: int = 6

    def delay(self, attempts: int, drawn: float | None = None) -> timedelta:
        """Return how long to wait after so many failed attempts; `drawn` (0..1) is the jitter."""
        share = random() if drawn is None else drawn  # noqa: S311
        full = min(self.longest, self.first * (1 << min(max(attempts - 1, 0), 30)))
        return full * (0.5 + share / 2)

    def next_at(self, attempts: int, now: datetime) -> datetime | None:
        """Return when to try again, or None when enough has been tried."""
        return None if attempts >= self.attempts else now + self.delay(attempts)
