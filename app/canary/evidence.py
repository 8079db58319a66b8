"""What a wave is judged by: its limits, the evidence of it, and the readings that come of both. Values only."""

from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from app.words.percent import WHOLE_BP, Toward

MAX_MEASURES = 20
_FROZEN = ConfigDict(frozen=True, extra="forbid")


def _in_utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise ValueError("This instant is beyond the calendar.") from None


Count = Annotated[int, Field(strict=True, ge=0)]
BasisPoints = Annotated[int, Field(strict=True, ge=0, le=WHOLE_BP)]
Instant = Annotated[AwareDatetime, AfterValidator(_in_utc)]
Amount = Annotated[Decimal, Field(max_digits=24, decimal_places=12)]
"""A measured value; bounded, so that it stays cheap to compare exactly."""
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*([ ._-][a-z0-9]+)*$", max_length=64)]
"""What a measure is called, by whoever posts it and in the plan alike: `conversion`, `revenue per visit`."""


class Outcome(StrEnum):
    """What a guard, or all of them together, says."""

    PASS = "PASS"  # noqa: S105
    UNCLEAR = "UNCLEAR"
    BREACH = "BREACH"


class WaveGuard(StrEnum):
    """Which guard a reading is of."""

    REPORTED = "reported"
    APPLIED = "applied"
    PARKED = "parked"
    ROLLED_BACK = "rolled-back"
    LANDED = "landed"
    MEASURE = "measure"


class Unit(StrEnum):
    """In what a reading's numbers are counted."""

    BASIS_POINTS = "bp"
    COUNT = "count"
    MILLISECONDS = "ms"


class Direction(StrEnum):
    """Which side of the control a measure must stay on, give or take its tolerance."""

    AT_LEAST = "at least"
    AT_MOST = "at most"


class MeasureLimit(BaseModel):
    """How far an outside measure of the treated SKUs may be from the untouched ones.

    `tolerance_bp` is relative to the control. A measure that is not `required` may stay away; once it is posted it is
    judged like any other.
    """

    model_config = _FROZEN

    name: Name
    direction: Direction
    tolerance_bp: BasisPoints
    min_sample: Annotated[int, Field(strict=True, ge=1)]
    required: Annotated[bool, Field(strict=True)]

    @property
    def limit_bp(self) -> int:
        """Return the furthest allowed distance from the control, negative for below."""
        return -self.tolerance_bp if self.direction is Direction.AT_LEAST else self.tolerance_bp


class GuardLimits(BaseModel):
    """The limits of one plan. `landing_floor_ms` is never called late, however small the estimate was."""

    model_config = _FROZEN

    applied_min_bp: BasisPoints = 9_900
    parked_max_bp: BasisPoints = 50
    rolled_back_max: Count = 0
    landing_max_factor: Annotated[int, Field(strict=True, ge=1, le=1_000)] = 4
    landing_floor_ms: Count = 10_000
    measures: Annotated[tuple[MeasureLimit, ...], Field(max_length=MAX_MEASURES)] = ()

    @model_validator(mode="after")
    def _names_each_measure_once(self) -> Self:
        names = [measure.name for measure in self.measures]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)} has more than one limit; keep one")
        return self


class ContextCounts(BaseModel):
    """What one context did with the lines of a wave. The five add up to the lines, or the guard is unclear."""

    model_config = _FROZEN

    applied: Count = 0
    ignored: Count = 0
    parked: Count = 0
    retrying: Count = 0
    pending: Count = 0

    @property
    def open(self) -> int:
        """Return how many lines the context is not done with."""
        return self.retrying + self.pending

    @property
    def heard(self) -> int:
        """Return how many lines the context has said anything about."""
        return self.applied + self.ignored + self.parked + self.retrying


class Measure(BaseModel):
    """An outside measure: the treated SKUs against the untouched ones (the control), on how many observations.

    `source` is the id of whoever posted it, `posted_by` their name.
    """

    model_config = _FROZEN

    name: Name
    treated: Amount
    control: Amount
    sample: Count
    at: Instant
    source: str = ""
    posted_by: str = ""


class Evidence(BaseModel):
    """Everything that is known when a wave's bake ends.

    `contexts` holds every context that should have heard, the silent ones too. `landed_after_ms` is None until every
    context is done with every line. Measures taken before `published_at` say nothing about this wave.
    """

    model_config = _FROZEN

    lines: Count
    published_at: Instant
    contexts: dict[str, ContextCounts]
    rollback_requests: Count
    landed_after_ms: Count | None
    estimate_ms: Count | None
    measures: tuple[Measure, ...] = ()

    @property
    def open(self) -> int:
        """Return how many deliveries have not landed."""
        return sum(counts.open for counts in self.contexts.values())


class Reading(BaseModel):
    """One guard as it was read. `about` is the context or measure; numbers are None where there is none to show.

    A measure's `observed` and `limit` are its distance from the control, so −430 means 4.3 % below it.
    """

    model_config = _FROZEN

    guard: WaveGuard
    about: str
    observed: int | None
    limit: int | None
    unit: Unit
    outcome: Outcome
    sentence: str

    @property
    def toward(self) -> Toward:
        """Return to which side its number is rounded: down what must be reached, up what must not be passed."""
        if self.guard is WaveGuard.MEASURE:
            return "down" if self._must_be_reached else "up"
        return "down" if self.guard is WaveGuard.APPLIED else "up"

    @property
    def _must_be_reached(self) -> bool:
        """Tell the side of a measure by its limit, and without a tolerance by how it lies and what came of that."""
        if self.limit:
            return self.limit < 0
        return ((self.observed or 0) < 0) is (self.outcome is not Outcome.PASS)


class Judgement(BaseModel):
    """What all guards together say, with every reading; never without one."""

    model_config = _FROZEN

    outcome: Outcome
    readings: Annotated[tuple[Reading, ...], Field(min_length=1)]

    @property
    def deciding(self) -> tuple[Reading, ...]:
        """Return the readings that made the outcome what it is."""
        return tuple(reading for reading in self.readings if reading.outcome is self.outcome)
