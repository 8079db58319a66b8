"""How values are shown: instants near to whoever looks, and the view models that are made of values. Pure."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from app.components.views import DueView, MoneyView, SegmentView, SparkView
from app.timekeeping.local_time import seen_from_here
from app.words.counting import MINUS, count
from app.words.duration import duration
from app.words.money import SIGNS, exponent

NARROW = "\u202f"


def money(minor: int | None, currency: str) -> MoneyView:
    """Show an amount of minor units; None is an empty amount."""
    if minor is None:
        return MoneyView()
    places = exponent(currency)
    units, rest = divmod(abs(minor), 10**places)
    sign = MINUS if minor < 0 else ""
    symbol = SIGNS.get(currency, currency + NARROW)
    return MoneyView(symbol=symbol, units=f"{sign}{units:,}", minor=f".{rest:0{places}d}" if places else "")


def left(at: datetime, now: datetime) -> str:
    """Say how far off an instant is: `in 3 h 12 min`, `in a moment`."""
    seconds = (at - now).total_seconds()
    if seconds < 0:
        return f"{duration(-seconds)} ago"
    return "in a moment" if seconds < 60 else f"in {duration(seconds)}"


def local(at: datetime) -> datetime:
    """Return the instant in the zone of the person who is shown it."""
    return seen_from_here(at)


def clock(at: datetime | None, *, seconds: bool = False) -> str:
    """Show the time of day: minutes above the seam, seconds below it."""
    return "" if at is None else local(at).strftime("%H:%M:%S" if seconds else "%H:%M")


def when(at: datetime | None, now: datetime, *, seconds: bool = False) -> str:
    """Show an instant as near as it is: `10:02` today, `Tue 17:00` within a week, `2 Sep` this year."""
    if at is None:
        return ""
    there, here = local(at), local(now)
    days = (there.date() - here.date()).days
    if days == 0:
        return clock(at, seconds=seconds)
    if -6 <= days <= 6:
        return f"{there:%a} {there:%H:%M}"
    day = f"{there.day} {there:%b}"
    return day if there.year == here.year else f"{day} {there.year}"


def today(now: datetime) -> str:
    """Show the day and minute, with the zone (`Mon 23 Nov 2026, 11:48 IST`)."""
    here = local(now)
    return f"{here:%a} {here.day} {here:%b %Y}, {here:%H:%M} {here.tzname() or ''}".rstrip()


def due(at: datetime | None, now: datetime) -> DueView:
    """Show a deadline: red within a quarter of an hour, amber within an hour, else plain."""
    if at is None:
        return DueView(text="no deadline", title="no deadline")
    left = at - now
    if left <= timedelta():
        return DueView(text="overdue", title=f"was due {when(at, now)}", tone="now")
    if left < timedelta(hours=1):
        minutes = max(1, round(left.total_seconds() / 60))
        tone = "now" if left < timedelta(minutes=15) else "soon"
        return DueView(text=f"{minutes} min", title=f"due {clock(at)}, in {minutes} min", tone=tone)
    return DueView(text=when(at, now), title=f"due {when(at, now)}, in {duration(left.total_seconds())}")


def start_of_day(now: datetime) -> datetime:
    """Return local midnight as an aware UTC instant."""
    return local(now).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)


def segments(parts: Iterable[tuple[str, int, str]], total: int) -> list[SegmentView]:
    """Turn `(tone, number, word)` into the parts of a stacked bar; nothing is drawn for zero."""
    return [
        SegmentView(tone=tone, width=f"{100 * number / total:.3f}%", title=f"{count(number)} {word}")
        for tone, number, word in parts
        if number > 0 and total > 0
    ]


def spark(values: Sequence[float]) -> SparkView:
    """Draw a sparkline in a box of 100 x 22, zero on the baseline."""
    if len(values) < 2:
        values = [0, 0]
    top = max(max(values), 1e-9)
    step = 100 / (len(values) - 1)
    points = [f"{i * step:.1f} {21 - 19 * value / top if value > 0 else 21:.1f}" for i, value in enumerate(values)]
    line = "M" + " L".join(points)
    return SparkView(line=line, area=f"{line} L100 22 L0 22Z")


def in_own_words(said: str, told: str = "") -> str:
    """Quote what a person said, and only that; what is told besides follows as it is."""
    return " ".join(filter(None, (f"“{said}”" if said else "", told)))


def initials(name: str) -> str:
    """Return the initials of a person's name (`Asha N.` is `AN`)."""
    words = [word for word in name.replace(".", " ").split() if word[:1].isalnum()]
    return "".join(word[0] for word in words[:2]).upper() or "?"


def short_hash(digest: str) -> str:
    """Show the first eight digits of a hash in two groups."""
    return f"{digest[:4]} {digest[4:8]}" if digest else ""
