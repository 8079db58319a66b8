"""The passport as a list of sentences. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import takewhile

from app.components import format as shown
from app.components import vocabulary
from app.components.views import View
from app.passport import TraceEntry
from app.words.duration import measured


class TraceRow(View):
    """One entry of the trace as a sentence; `seam` rows carry the barline instead."""

    key: str = ""
    at: str = ""
    icon: str = "dash"
    tone: str = ""
    lead: str = ""
    rest: str = ""
    gap: str = ""
    seam: bool = False


def as_list(trace: Sequence[TraceEntry], *, published_at: datetime | None, now: datetime) -> list[TraceRow]:
    """Tell the same in sentences, in the same order, with the seam drawn across."""
    rows: list[TraceRow] = []
    crossed = False
    before: datetime | None = None
    for n, entry in enumerate(trace):
        if entry.what == "PriceChangePublished" and not crossed:
            crossed = True
            rows.append(TraceRow(key="seam", seam=True, lead="Seam", rest="from here on there are only reactions"))
        rows.append(_row(f"{n}", entry, before, published_at, now))
        before = entry.at
    if not crossed:
        rows.append(TraceRow(key="seam", seam=True, lead="Seam", rest="not crossed: no context has heard of it"))
    return rows


def before_the_seam(rows: Sequence[TraceRow]) -> list[TraceRow]:
    """Return the rows above the seam: what people and the lifecycle did."""
    return list(takewhile(lambda row: not row.seam, rows))


def _row(
    key: str, entry: TraceEntry, before: datetime | None, published_at: datetime | None, now: datetime
) -> TraceRow:
    icon, tone = _look(entry)
    lead, rest = _words(entry)
    return TraceRow(
        key=key,
        at=_at(entry.at, now),
        icon=icon,
        tone=tone,
        lead=lead,
        rest=rest,
        gap=_gap(entry, before, published_at),
    )


def _words(entry: TraceEntry) -> tuple[str, str]:
    if entry.lane == "people":
        return f"{vocabulary.verb(entry.what).done} by {entry.who}", shown.in_own_words(entry.said, entry.told)
    if entry.lane == "lifecycle":
        asked = f", as {entry.who} asked" if entry.what == "roll-back" else ""
        return f"{vocabulary.verb(entry.what).done}{asked}", entry.detail
    if entry.context:
        return f"{entry.context}: {entry.what}", entry.detail
    return entry.what, entry.detail


def _look(entry: TraceEntry) -> tuple[str, str]:
    if entry.lane in ("seam", "context"):
        event = vocabulary.look(vocabulary.EVENTS, entry.what)
        return event.icon, event.tone
    said = vocabulary.verb(entry.what)
    return said.icon, said.tone


def _at(at: datetime, now: datetime) -> str:
    there, here = shown.local(at), shown.local(now)
    if there.date() == here.date():
        return f"{there:%H:%M:%S}"
    year = "" if there.year == here.year else f" {there.year}"
    return f"{there.day} {there:%b}{year} {there:%H:%M:%S}"


def _gap(entry: TraceEntry, before: datetime | None, published_at: datetime | None) -> str:
    if published_at is not None and entry.at >= published_at and entry.lane in ("context", "seam"):
        return f"+{measured((entry.at - published_at).total_seconds())}"
    if before is None:
        return ""
    waited = (entry.at - before).total_seconds()
    return f"{measured(waited)} later" if waited >= 0.05 else ""
