"""A SKU's price history as a step line, laid out on the server. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise

from pydantic import BaseModel

from app.components import vocabulary
from app.words import money
from app.words.counting import plural
from app.words.duration import duration
from app.words.money import SIGNS

WIDTH, HEIGHT = 1000, 400


@dataclass(frozen=True)
class Moment:
    """A price and when it began; `how` is a cause, or clean or person if it was published."""

    version: int
    at: datetime
    amount: int
    how: str


class Level(BaseModel):
    """A labelled height or place in percent."""

    key: str
    at: str
    label: str
    anchor: str = "middle"
    path: str = ""


class Mark(BaseModel):
    """A price's beginning on the line, in a tone; or words at one `side` of a price that did not last."""

    key: str
    left: str
    top: str
    words: str
    tone: str = ""
    side: str = ""


class ChartView(BaseModel):
    """The whole chart: paths in a box of 1000 x 400, labels in percent."""

    price: str = ""
    competitor: str = ""
    levels: list[Level] = []
    months: list[Level] = []
    marks: list[Mark] = []
    notes: list[Mark] = []
    span: str = ""
    label: str = ""


def draw(
    moments: Sequence[Moment],
    *,
    now: datetime,
    currency: str,
    competitor: int | None = None,
    zone: tzinfo | None = None,
) -> ChartView:
    """Draw prices, oldest first, from the first one to now."""
    if not moments:
        return ChartView()
    known = sorted(moments, key=lambda moment: (moment.version, moment.at))
    box = _Box(known, now, competitor)
    return ChartView(
        price=box.steps(known),
        competitor="" if competitor is None else f"M0 {box.y(competitor):.1f}H{WIDTH}",
        levels=[box.level(amount, currency) for amount in box.ticks],
        months=_months(box, zone),
        marks=[box.mark(moment, currency, zone) for moment in known],
        notes=_notes(box, known, currency),
        span=f"{currency}, {_day(known[0].at, zone)} to today",
        label=_label(known, currency, zone),
    )


class _Box:
    """Scales of one chart. A flat history still gets some height around it."""

    def __init__(self, moments: Sequence[Moment], now: datetime, competitor: int | None) -> None:
        self.start = moments[0].at
        self.end = max(now, moments[-1].at + timedelta(seconds=1))
        self.length = max((self.end - self.start).total_seconds(), 1.0)
        amounts = [moment.amount for moment in moments] + ([] if competitor is None else [competitor])
        low, high = min(amounts), max(amounts)
        room = max((high - low) // 6, high // 100, 1)
        self.ticks = _nice(max(low - room, 0), high + room)
        self.low, self.high = min(self.ticks[0], low - room), max(self.ticks[-1], high + room)

    def x(self, at: datetime) -> float:
        return WIDTH * (at - self.start).total_seconds() / self.length

    def y(self, amount: int) -> float:
        return HEIGHT * (self.high - amount) / (self.high - self.low)

    def steps(self, moments: Sequence[Moment]) -> str:
        path = f"M0 {self.y(moments[0].amount):.1f}"
        for moment in moments[1:]:
            path += f"H{self.x(moment.at):.1f}V{self.y(moment.amount):.1f}"
        return f"{path}H{WIDTH}"

    def level(self, amount: int, currency: str) -> Level:
        y = self.y(amount)
        label = money.amount(amount, currency).lstrip(SIGNS.get(currency, ""))
        return Level(key=str(amount), at=f"{y / HEIGHT * 100:.2f}%", label=_short(label), path=f"M0 {y:.1f}H{WIDTH}")

    def mark(self, moment: Moment, currency: str, zone: tzinfo | None) -> Mark:
        price, how = money.amount(moment.amount, currency), in_words(moment.how)
        words = f"v{moment.version}, {price}, {how}, {_day(moment.at, zone)}"
        tone = vocabulary.PRICE_MARKS.get(moment.how, "ok")
        return Mark(key=f"v{moment.version}", **self.place(moment), words=words, tone=tone)

    def place(self, moment: Moment) -> dict[str, str]:
        left, top = self.x(moment.at) / WIDTH, self.y(moment.amount) / HEIGHT
        return {"left": f"{left * 100:.2f}%", "top": f"{top * 100:.2f}%"}


def _notes(box: _Box, moments: Sequence[Moment], currency: str) -> list[Mark]:
    """Say how long a price stood that was rolled back; the newest two that do not touch each other."""
    found: list[Mark] = []
    taken = 2.0
    for before, undone in reversed(list(pairwise(moments))):
        place = box.x(before.at) / WIDTH
        if undone.how != "rolled-back" or abs(place - taken) < 0.45 or len(found) == 2:
            continue
        taken = place
        stood = duration((undone.at - before.at).total_seconds())
        words = f"{stood} at {_short(money.amount(before.amount, currency))}, rolled back"
        side = "left" if place > 0.5 else "right"
        found.append(Mark(key=f"n{undone.version}", **box.place(before), words=words, side=side))
    return found


def _short(label: str) -> str:
    return label[:-3] if label.endswith(".00") else label


def _nice(low: int, high: int) -> list[int]:
    span = max(high - low, 1)
    step = 1
    while span / step > 5:
        step = _next(step)
    first = -(-low // step) * step
    return list(range(first, high + 1, step)) or [low]


def _next(step: int) -> int:
    digits = str(step)
    power: int = 10 ** (len(digits) - 1)
    return {1: 2, 2: 5, 5: 10}[step // power] * power


def _months(box: _Box, zone: tzinfo | None) -> list[Level]:
    days = box.length / 86400
    if days < 60:
        return [
            Level(key="from", at="0%", label=_day(box.start, zone), anchor="start"),
            Level(key="to", at="100%", label="today", anchor="end"),
        ]
    every = 1 if days < 200 else 2 if days < 450 else 6
    found: list[Level] = []
    local = box.start.astimezone(zone)
    year, month = local.year, local.month
    while True:
        month += 1
        year, month = (year + 1, 1) if month > 12 else (year, month)
        first = local.replace(year=year, month=month, day=1, hour=0, minute=0, second=0, microsecond=0)
        if first > box.end:
            return found
        left = box.x(first) / WIDTH * 100
        if (month - 1) % every == 0 and 3 < left < 97:
            label = f"{first:%b}" if month != 1 else f"{first:%b %Y}"
            found.append(Level(key=f"{year}-{month}", at=f"{left:.2f}%", label=label))


def _day(at: datetime, zone: tzinfo | None) -> str:
    here = at.astimezone(zone)
    return f"{here.day} {here:%b %Y}"


def in_words(how: str) -> str:
    """Say how a price came to be."""
    by = vocabulary.PUBLISHED_BY.get(how)
    if by is None:
        return vocabulary.look(vocabulary.CAUSES, how).word
    return f"{by[0]} a person" if how == "person" else by[0]


def _label(moments: Sequence[Moment], currency: str, zone: tzinfo | None) -> str:
    low, high = min(m.amount for m in moments), max(m.amount for m in moments)
    prices = plural(len(moments), "price")
    return (
        f"{prices} since {_day(moments[0].at, zone)}, between {money.amount(low, currency)}"
        f" and {money.amount(high, currency)}; now {money.amount(moments[-1].amount, currency)}"
    )
