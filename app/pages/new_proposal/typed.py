"""What was typed into a draft besides its lines, as it is kept: what was chosen, the moments, the waves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from app.components import wave_plan
from app.components.views import View
from app.components.wave_plan import Goes, LimitsView, MeasureRow, WaveAsTyped
from app.lifecycle.proposing.submission import Mixed

OURS = ("choices", "timing", "waves")
"""The fields that the page's state holds; the browser holds the others (see `assets/drafting.js`)."""


class AsTyped(BaseModel):
    """A field of a draft as it is kept."""

    model_config = ConfigDict(extra="ignore")


class ChoicesAsMade(AsTyped):
    """What was chosen: how lines come, whether they are being brought anew, and what of them goes."""

    mode: Literal["type", "file"] = "type"
    anew: bool = False
    mixed: Mixed = "together"
    without: bool = False


class TimingAsTyped(AsTyped):
    """Two moments in one zone, as they were typed."""

    when: Literal["decided", "at"] = "decided"
    until: Literal["good", "at"] = "good"
    zone: str = ""
    day: str = ""
    time: str = ""
    fold: str = ""
    end_day: str = ""
    end_time: str = ""
    end_fold: str = ""


class WavesAsTyped(AsTyped):
    """A wave plan as it was typed."""

    goes: Goes = "one"
    steps: list[WaveAsTyped] = list(wave_plan.FIRST_STEPS)
    limits: LimitsView = LimitsView()
    measures: list[MeasureRow] = []


Field = TypeVar("Field", bound=AsTyped)


def understood(fields: Mapping[str, str], name: str, kind: type[Field]) -> Field:
    """Return what stands in a field; what nobody understands any more is as if it had never been typed."""
    try:
        return kind.model_validate_json(fields.get(name) or "{}")
    except ValidationError:
        return kind()


@dataclass(frozen=True)
class OpenedDraft:
    """A draft as the page opens it."""

    read: bool
    versions: dict[str, int]
    fields: dict[str, str]
    submitted_as: str
    discarded: bool
    left: int
    edition: int


class DraftLineView(View):
    """One of a person's drafts in their list."""

    id: str = ""
    title: str = ""
    lines: str = ""
    unchecked: bool = False
    when: str = ""
    href: str = ""
