"""An instant inside a sentence: written in UTC, so that one sentence serves machines and people in every zone."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

_WRITTEN = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ(?!\w)")
_SENTENCES = re.compile(r"(?<=[.!?;] )")


def written(instant: datetime) -> str:
    """Write an aware instant into a sentence: `2026-11-26T11:30:00Z`."""
    return instant.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def told_in(text: str, zone: ZoneInfo) -> str:
    """Tell every instant that is written in a text as the clocks of a zone show it; each sentence names the zone once.

    `… from 2026-11-26T11:30:00Z to 2026-11-26T12:30:00Z: stocktake.` is, in Asia/Kolkata,
    `… from 26 Nov 2026 17:00 to 26 Nov 2026 18:00 (Asia/Kolkata): stocktake.`
    """
    return "".join(_told(sentence, zone) for sentence in _SENTENCES.split(text))


def _told(sentence: str, zone: ZoneInfo) -> str:
    found = list(_WRITTEN.finditer(sentence))
    for last_first, match in enumerate(reversed(found)):
        there = _there(match[0], zone)
        if there is not None:
            named = _named(zone) if last_first == 0 else ""
            sentence = f"{sentence[: match.start()]}{_clock(there)}{named}{sentence[match.end() :]}"
    return sentence


def _there(instant: str, zone: ZoneInfo) -> datetime | None:
    """Return an instant in a zone, or None for what only looks like one."""
    try:
        return datetime.fromisoformat(instant).astimezone(zone)
    except (ValueError, OverflowError):
        return None


def _clock(there: datetime) -> str:
    return f"{there.day} {there:%b} {there.year} {there:%H:%M}" + (f":{there:%S}" if there.second else "")


def _named(zone: ZoneInfo) -> str:
    return " UTC" if zone.key == "UTC" else f" ({zone.key})"
