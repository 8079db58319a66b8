"""Freeze windows: stretches of time in which nothing is published, though approvals go on."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.timekeeping.local_time import Instant, utc


class FreezeWindow(BaseModel):
    """One stretch, for a reason that people are told. `starts` is frozen, `ends` is open again."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    starts: Instant
    ends: Instant
    reason: Annotated[str, Field(max_length=500, pattern=r"\S")]

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.ends <= self.starts:
            raise ValueError("a freeze ends after it starts")
        return self

    def covers(self, at: datetime) -> bool:
        """Tell whether an instant is frozen by this window."""
        return self.starts <= utc(at) < self.ends


def frozen_at(windows: Iterable[FreezeWindow], at: datetime) -> FreezeWindow | None:
    """Return the window that freezes an instant, of several the one that lasts longest; None if it is open."""
    return max((window for window in windows if window.covers(at)), key=lambda window: window.ends, default=None)


def next_opening(windows: Iterable[FreezeWindow], at: datetime) -> datetime:
    """Return the first instant from `at` on, in UTC, that no window freezes; windows may overlap and adjoin."""
    moment = utc(at)
    for window in sorted(windows, key=lambda window: window.starts):
        if window.covers(moment):
            moment = window.ends
    return moment
