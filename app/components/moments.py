"""A date and a time as somebody typed them, in a zone: the instant that is meant, or what must be asked. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from app.components.views import View
from app.lifecycle.proposing.moments import why_no_moment
from app.timekeeping.local_time import DoubledTime, GapTime, NotAnInstant, in_words, instant
from app.words.duration import duration

INCOMPLETE = "Choose a day and a time."


@dataclass(frozen=True)
class MomentAsked:
    """What was typed. `fold` says which of two equal local times is meant: `0` the first, `1` the second."""

    day: str = ""
    time: str = ""
    zone: str = "UTC"
    fold: str = ""


class ReadingView(View):
    """One of the two instants that a doubled local time may mean."""

    fold: str = ""
    words: str = ""


class MomentView(View):
    """What was understood (`say`), or why nothing was (`bad`) with a way out.

    A skipped time offers the next that exists; a doubled one asks which is meant (`twice`).
    """

    say: str = ""
    bad: str = ""
    offer: str = ""
    offer_day: str = ""
    offer_time: str = ""
    twice: list[ReadingView] = []


def understand(
    asked: MomentAsked, now: datetime, *, after: datetime | None = None, insist: bool = False
) -> tuple[datetime | None, MomentView]:
    """Return the instant that is meant, or None, and what to say about it. `after` is what it must follow.

    What is not yet complete is passed over in silence unless `insist`.
    """
    try:
        day, at = date.fromisoformat(asked.day), time.fromisoformat(asked.time)
    except ValueError:
        return None, MomentView(bad=INCOMPLETE if insist else "")
    try:
        return _in_time(instant(day, at.replace(tzinfo=None), asked.zone), asked.zone, now, after, [])
    except GapTime as gap:
        return None, _skipped(gap)
    except DoubledTime as doubled:
        return _chosen(doubled, asked, now, after)
    except NotAnInstant as refused:
        return None, MomentView(bad=str(refused))


def _skipped(gap: GapTime) -> MomentView:
    return MomentView(
        bad=str(gap),
        offer=f"Use {gap.next:%H:%M}",
        offer_day=gap.next.date().isoformat(),
        offer_time=f"{gap.next:%H:%M}",
    )


def _chosen(
    doubled: DoubledTime, asked: MomentAsked, now: datetime, after: datetime | None
) -> tuple[datetime | None, MomentView]:
    twice = [
        ReadingView(fold=fold, words=in_words(moment, asked.zone))
        for fold, moment in (("0", doubled.first), ("1", doubled.second))
    ]
    if asked.fold not in ("0", "1"):
        return None, MomentView(bad=str(doubled), twice=twice)
    return _in_time(doubled.second if asked.fold == "1" else doubled.first, asked.zone, now, after, twice)


def _in_time(
    moment: datetime, zone: str, now: datetime, after: datetime | None, twice: list[ReadingView]
) -> tuple[datetime | None, MomentView]:
    if why := why_no_moment(moment, now, after=after):
        return None, MomentView(bad=why, twice=twice)
    words = f"{in_words(moment, zone)}, in {duration((moment - now).total_seconds())}"
    return moment, MomentView(say=words, twice=twice)
