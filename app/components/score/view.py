"""What the score shows, ready to be put on the page: words, percentages and SVG paths."""

from __future__ import annotations

from pydantic import BaseModel

from app.components.views import StatusView, Told


class Tick(BaseModel):
    """A labelled place on the axis; `anchor` is start, middle or end."""

    key: str
    left: str
    label: str
    anchor: str = "middle"


class Segment(BaseModel):
    """One stay in one status, as a box."""

    key: str
    left: str
    width: str
    tone: str
    icon: str
    label: str
    title: str
    below: str = ""
    broken: bool = False
    open: bool = False
    note: str = ""


class Dot(BaseModel):
    """A person on the axis."""

    key: str
    left: str
    initials: str
    title: str


class Wait(BaseModel):
    """A dotted line: somebody or something is being waited for."""

    key: str
    left: str
    width: str
    label: str


class Crossing(BaseModel):
    """Something crossing the seam: a vertical with a ring on the barline."""

    key: str
    kind: str
    left: str
    event: str
    count: str
    side: str
    row: int
    lane: int


class Count(BaseModel):
    """One exact number of a lane."""

    name: str
    value: str
    tone: str


class LaneDrawing(BaseModel):
    """One context's lane: areas as SVG paths, everything else in percent."""

    context: str
    does: str
    brief: str
    counts: list[Count] = []
    applied_area: str = ""
    applied_edge: str = ""
    reverted_area: str = ""
    reverted_edge: str = ""
    applied_ticks: str = ""
    reverted_ticks: str = ""
    retry_ticks: list[str] = []
    retry_left: str = ""
    retry_width: str = ""
    parked_left: str = ""
    parked_say: Told = ""
    parked_side: str = ""
    parked_room: str = ""
    end: StatusView = StatusView()


class ScoreView(BaseModel):
    """The whole score, ready to be drawn."""

    crossed: bool = False
    summary: str = ""
    human_ticks: list[Tick] = []
    ticks: list[Tick] = []
    breaks: list[Tick] = []
    human_segments: list[Segment] = []
    segments: list[Segment] = []
    people: list[Dot] = []
    machine_people: list[Dot] = []
    waits: list[Wait] = []
    people_say: str = ""
    crossings: list[Crossing] = []
    lanes: list[LaneDrawing] = []
    now_left: str = ""
    now_label: str = ""
    settled: bool = False
    seam_say: str = ""
    foot: str = ""
