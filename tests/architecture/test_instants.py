"""A sentence carries its instants as data, and pages alone tell the time (decision 26)."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
WHO_SPEAKS = ("app/lifecycle", "app/intake", "app/passport", "app/contracts", "app/contexts", "app/deliveries",
              "app/membership", "app/pricelist", "workers/choreography", "workers/orchestration", "rules")  # fmt: skip
WORKING_HOURS = re.compile(r"calendar\.(opens|closes):%H:%M")
"""Times of day of no day, beside the zone that they are in."""


def clocks(source: str) -> list[str]:
    """Return the lines of source that tell a time of day themselves, or say that one is in UTC."""
    lines = (WORKING_HOURS.sub("", line) for line in source.splitlines())
    return [line.strip() for line in lines if re.search(r"%H|%d %b|} UTC", line)]


def _files() -> Iterator[Path]:
    return (file for folder in WHO_SPEAKS for file in (ROOT / folder).rglob("*.py"))


def test_nobody_before_the_page_tells_an_instant_by_some_clock() -> None:
    told = {str(file.relative_to(ROOT)): clocks(file.read_text()) for file in _files()}
    days = {"app/lifecycle/proposing/facts.py": ['seen = f"{change.observed_at:%d %b %Y}"']}
    assert {file: lines for file, lines in told.items() if lines} == days


def test_a_planted_clock_is_found() -> None:
    assert clocks('f"Nothing publishes until {window.ends:%d %b %H:%M} UTC."')
    assert clocks('moment.strftime("%H:%M")')
    assert not clocks('f"Nothing publishes until {written(window.ends)}."')
