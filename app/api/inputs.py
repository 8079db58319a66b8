"""What callers send: prices as decimal strings, instants or local times, and nothing that is not asked for."""

import json
from datetime import date, datetime, time
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue

from app.canary.waves import WavePlan
from app.timekeeping.local_time import Instant, instant
from app.words.sku import clean

Words = Annotated[str | None, Field(max_length=200)]
Cursor = Annotated[str | None, Field(pattern="^[0-9]{0,9}$", description="`next_cursor` of the page before")]


class Strict(BaseModel):
    """Nothing that is not asked for is taken."""

    model_config = ConfigDict(extra="forbid")


class LineIn(Strict):
    """A SKU and its proposed price as a decimal string in the product's currency.

    Where `currency` is given it must be the product's: nothing is converted.
    """

    sku: Annotated[str, Field(min_length=1, max_length=200), AfterValidator(clean)]
    price: Annotated[str, Field(max_length=100, examples=["12.34"])]
    currency: Annotated[str | None, Field(pattern="^[A-Z]{3}$", examples=["INR"])] = None


class LocalTimeIn(Strict):
    """A local date and time as people say it; `fold` chooses between the two instants of a doubled time."""

    date: date
    time: Annotated[time, Field(examples=["02:30"])]
    zone: Annotated[str, Field(max_length=100, examples=["Europe/Berlin"])]
    fold: Literal[0, 1] | None = None

    def instant(self) -> datetime:
        """Return the one instant that is meant. Raises `NotAnInstant`."""
        return instant(self.date, self.time, self.zone, self.fold)


Moment = Instant | LocalTimeIn
PlanIn = Annotated[
    dict[str, JsonValue],
    Field(
        description="a wave plan: `waves` (each a cumulative `share_bp` or a `selector`, and `bake_seconds`), `guards`",
        examples=[{"waves": [{"share_bp": 500, "bake_seconds": 1800}, {"share_bp": 10000, "bake_seconds": 1800}]}],
    ),
]


def instant_of(moment: Moment | None) -> datetime | None:
    """Return the instant of a moment, however it was given. Raises `NotAnInstant`."""
    return moment.instant() if isinstance(moment, LocalTimeIn) else moment


def plan_of(posted: dict[str, JsonValue] | None) -> WavePlan | None:
    """Return a posted plan. Raises `BrokenWavePlan`."""
    return WavePlan.from_json(json.dumps(posted)) if posted is not None else None


class PriceChangeIn(Strict):
    """A proposal as a machine or a form sends it.

    `effective_at` to `ends_at` is a price window, each an instant or a local time in a zone. `salt` is that
    of the waves' preview, so that the same SKUs fall into the same waves.
    """

    reason: Annotated[str, Field(max_length=2_000)]
    lines: Annotated[list[LineIn], Field(max_length=100_000)]
    effective_at: Moment | None = None
    mixed: Literal["together", "split"] = "together"
    ends_at: Moment | None = None
    waves: PlanIn | None = None
    salt: Annotated[str, Field(max_length=100)] = ""


SeenHash = Annotated[
    str,
    Field(
        max_length=128,
        description="`content_hash` of the proposal as it was read: lines, facts, verdict, rule set, wave plan, dates,"
        " what is out, status and what is under way. If it is another one by now, the action is refused (409"
        " `content_changed`) with the difference.",
    ),
]


class ReasonIn(Strict):
    """Why."""

    comment: Annotated[str, Field(max_length=2_000)] = ""


class DecisionIn(Strict):
    """Why, and what was seen."""

    comment: Annotated[str, Field(max_length=2_000)] = ""
    content_hash: SeenHash


class RollBackIn(Strict):
    """Why a publication is taken back, and what was seen of it."""

    comment: Annotated[str, Field(min_length=1, max_length=2_000)]
    content_hash: SeenHash
