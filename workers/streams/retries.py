"""How long to wait before the next attempt, and when to give up."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from workers.loop import Backoff


@dataclass(frozen=True)
class Retries:
    """Doubling delays with jitter: half of each delay is fixed, half is drawn, so that retries do not march in step."""

    first: timedelta = timedelta(seconds=1)
    longest: timedelta = timedelta(minutes=1)
    attempts: int = 6

    def delay(self, attempts: int) -> timedelta:
        """Return how long to wait after so many failed attempts."""
        backoff = Backoff(self.first.total_seconds(), self.longest.total_seconds(), drawn=0.5)
        return timedelta(seconds=backoff.after(attempts))

    def next_at(self, attempts: int, now: datetime) -> datetime | None:
        """Return when to try again, or None when enough has been tried."""
        return None if attempts >= self.attempts else now + self.delay(attempts)
