"""What the Propagation page shows, as strings: contexts, the board, sums, failures by cause. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Final, get_args

from app import routes
from app.alarms import Raised
from app.components import format as shown
from app.components import vocabulary
from app.components.parts import Part, parts
from app.components.score.view import ScoreView
from app.components.views import SegmentView, SparkView, StatusView, Told, View
from app.deliveries.records import ContextState, Progress
from app.deliveries.views import Board, BoardRow, ContextView, Counts, Failure, Filter
from app.lifecycle.table.status import Status
from app.lifecycle.views.lists import Course
from app.words.counting import count, noun, plural, some_of
from app.words.duration import duration
from app.words.percent import short_percent

FILTERS: Final[dict[str, Filter]] = {name: name for name in get_args(Filter)}
AWAY = frozenset({ContextState.SILENT, ContextState.UNREACHABLE, ContextState.AHEAD, ContextState.ELSEWHERE})
"""States in which a context tells nothing that counts."""


class PartView(View):
    """How many deliveries are in one state: a number of a cell, or a row of the ledger, which has zeros too."""

    word: str = ""
    number: str = ""
    tone: str = ""
    zero: bool = False


class DeliveriesCell(View):
    """One repricing in one context."""

    context: str = ""
    bar: list[SegmentView] = []
    parts: list[PartView] = []
    label: str = ""


class RepricingOnBoard(View):
    """One repricing on the board."""

    key: str = ""
    reference: str = ""
    status: StatusView = StatusView()
    reason: str = ""
    skus: str = ""
    at: str = ""
    cells: list[DeliveriesCell] = []
    rest: bool = False
    open: bool = False
    href: str = ""
    wave: str = ""
    next: str = ""


class ContextColumn(View):
    """One context's head: health, lag, rate, the last minute, the sixteen partitions."""

    name: str = ""
    status: StatusView = StatusView()
    lag: str = ""
    lag_unit: str = ""
    rate: str = ""
    spark: SparkView = SparkView()
    heat: list[str] = []
    heat_label: str = ""
    workers: str = ""
    behind: str = ""


class FailureView(View):
    """Deliveries in trouble for one reason."""

    key: str = ""
    status: StatusView = StatusView()
    count: str = ""
    context: str = ""
    cause: Told = ""
    where: str = ""
    age: str = ""
    redrive: str = ""
    still: str = ""


class BoardView(View):
    """The whole board."""

    rows: list[RepricingOnBoard] = []
    sums: list[PartView] = []
    total: str = "0"
    total_label: str = ""
    total_cells: list[DeliveriesCell] = []
    total_skus: str = ""
    total_word: str = ""
    more: str = ""


def board(
    found: Board,
    contexts: Sequence[str],
    *,
    opened: str,
    show: str,
    now: datetime,
    courses: Mapping[str, Course] | None = None,
) -> BoardView:
    """Show the board; its sums are over what it shows and add up exactly."""
    skus = sum(row.expected for row in found.rows)
    totals = {name: found.by_context.get(name) for name in contexts}
    return BoardView(
        rows=[
            _row(row, contexts, (courses or {}).get(row.reference), opened=opened, show=show, now=now)
            for row in found.rows
        ],
        sums=[_part(part) for part in parts(found.totals)],
        total=count(found.totals.expected),
        total_label=f"deliveries of {plural(skus, 'SKU')}",
        total_cells=[_cell(name, counts) for name, counts in totals.items()],
        total_skus=count(skus),
        total_word=f"All {len(found.rows)}" if len(found.rows) != 1 else "This one",
        more=found.next_cursor or "",
    )


def _row(
    row: BoardRow, contexts: Sequence[str], course: Course | None, *, opened: str, show: str, now: datetime
) -> RepricingOnBoard:
    counts = {lane.context: lane.counts for lane in row.lanes}
    is_open = row.reference == opened
    return RepricingOnBoard(
        key=row.id,
        reference=row.reference,
        status=_progress(row, course),
        reason=row.reason,
        skus=count(row.expected),
        at=shown.when(row.published_at, now, seconds=True),
        cells=[_cell(name, counts.get(name)) for name in contexts],
        rest=row.progress not in (Progress.PROPAGATING, Progress.ROLLING_BACK) and not _in_waves(course),
        wave=wave_of(course),
        next=_next(course, now),
        open=is_open,
        href=address(show=show, item="" if is_open else row.reference),
    )


def address(*, show: str = "all", item: str = "", after: str = "") -> str:
    """Return the page's address."""
    return routes.with_query(routes.PROPAGATION, filter="" if show == "all" else show, item=item, after=after)


def _in_waves(course: Course | None) -> bool:
    return course is not None and course.status in (Status.CANARY, Status.HELD)


def wave_of(course: Course | None) -> str:
    """Say how far a canary is out: `wave 2 of 3, 25 %`; nothing for what went out in one piece."""
    if course is None or course.waves < 2 or not course.wave:
        return ""
    share = f", {short_percent(course.out * 10_000 // course.lines)}" if course.lines else ""
    return f"wave {course.wave} of {course.waves}{share}"


def _next(course: Course | None, now: datetime) -> str:
    if course is None or not _in_waves(course):
        return ""
    if course.status is Status.HELD:
        return "a person decides"
    if course.next_at is None or course.next_at <= now:
        return "being judged"
    return f"judged at {shown.when(course.next_at, now)}"


def _progress(row: BoardRow, course: Course | None = None) -> StatusView:
    if course is not None and _in_waves(course):
        return vocabulary.status(course.status)
    return vocabulary.progress(row.progress, parked=sum(lane.counts.parked for lane in row.lanes))


def _cell(context: str, counts: Counts | None) -> DeliveriesCell:
    if counts is None or counts.expected == 0:
        return DeliveriesCell(context=context, label=f"{context}: nothing expected")
    drawn = [part for part in parts(counts) if part.number]
    words = ", ".join(f"{count(part.number)} {part.word}" for part in drawn)
    return DeliveriesCell(
        context=context,
        bar=shown.segments([(part.bar, part.number, part.word) for part in drawn], counts.expected),
        parts=[_part(part) for part in drawn],
        label=f"{context}: {words} of {count(counts.expected)}",
    )


def _part(part: Part) -> PartView:
    return PartView(word=part.word, number=count(part.number), tone=part.tone, zero=part.number == 0)


def columns(contexts: Sequence[ContextView]) -> list[ContextColumn]:
    """Show each context's head."""
    return [_column(context) for context in contexts]


def _column(context: ContextView) -> ContextColumn:
    number, _, unit = duration(context.lag_ms / 1000).partition(" ")
    behind = sum(context.behind)
    return ContextColumn(
        name=context.name,
        status=_health(context),
        lag=number,
        lag_unit=f"{unit} lag",
        rate=count(context.rate),
        spark=shown.spark(context.rates),
        heat=[_heat(left) for left in context.behind] or [""] * 16,
        heat_label=f"{plural(behind, 'unread event')} in 16 partitions",
        workers=plural(context.workers, "worker"),
        behind=f"{count(behind)} unread" if behind else "nothing unread",
    )


def _health(context: ContextView) -> StatusView:
    look = vocabulary.context(context.state)
    if context.state in AWAY:
        return look
    if context.retrying:
        return vocabulary.counted("RETRYING", context.retrying)
    if context.state != ContextState.WORKING and context.parked:
        return vocabulary.counted("PARKED", context.parked)
    return look


def _heat(left: int) -> str:
    for limit, kind in ((1, ""), (10, "h1"), (100, "h2"), (1000, "h3")):
        if left < limit:
            return kind
    return "h4"


def stale(
    contexts: Sequence[ContextView],
    alarms: Sequence[Raised] = (),
    *,
    kept: int = 0,
    may_retire: bool = False,
) -> tuple[str, str]:
    """Say in words when what is shown is not fresh, true or whole: the lead and the sentence, or two empty strings."""
    if alarms:
        since = shown.clock(min(alarm.since for alarm in alarms), seconds=True)
        return f"Alarm since {since}.", " ".join(alarm.said for alarm in alarms)
    away = [context for context in contexts if context.state in AWAY]
    if not contexts:
        return (
            "No context has registered yet.",
            "Start a worker for each (`baton up` does); published prices wait for them.",
        )
    if len(away) == len(contexts) and any(context.state == ContextState.UNREACHABLE for context in away):
        since = shown.clock(max(context.seen_at for context in away), seconds=True)
        return (
            "Redis does not answer.",
            f"What the contexts did is shown as of {since}. Approvals and publications go on, nothing is lost:"
            " deliveries continue by themselves when it is back.",
        )
    if away:
        names = ", ".join(context.name for context in away)
        since = shown.clock(min(context.seen_at for context in away), seconds=True)
        gone = " If it is gone for good: `baton context retire NAME`." if may_retire else ""
        return (
            f"{names} {noun(len(away), 'has', 'have')} no worker.",
            f"Not heard from since {since}. Deliveries wait in the stream and continue when a worker is back.{gone}",
        )
    return _alarm(contexts, kept)


def _alarm(contexts: Sequence[ContextView], kept: int) -> tuple[str, str]:
    told = [f"{context.name}: {context.alarm}" for context in contexts if context.alarm]
    if kept:
        told.append(f"{plural(kept, 'entry', 'entries')} in streams had to be set aside: `baton context kept`.")
    return ("Somebody has to look at this.", " ".join(told)) if told else ("", "")


def failure_key(failure: Failure) -> str:
    """Return what a group of failures is called by: its button carries it, wherever the row stands by then."""
    return sha256("\n".join((failure.context, failure.state, failure.cause)).encode()).hexdigest()


def failures(
    found: Sequence[Failure], parked: Mapping[str, int], *, now: datetime, may_redrive: bool
) -> list[FailureView]:
    """Show failures by cause; `parked` counts, by key, what a context has still parked for a cause."""
    return [_failure(failure, parked.get(failure_key(failure), 0), now, may_redrive) for failure in found]


def _failure(failure: Failure, held: int, now: datetime, may_redrive: bool) -> FailureView:
    age = f"oldest {duration(max((now - failure.oldest).total_seconds(), 0.0))}"
    if failure.next_at is not None and failure.next_at > now:
        age = f"next in {duration((failure.next_at - now).total_seconds())}"
    return FailureView(
        key=failure_key(failure),
        status=vocabulary.delivery(failure.state),
        count=count(failure.count),
        context=failure.context,
        cause=failure.cause[:1].upper() + failure.cause[1:],
        where=_where(failure),
        age=age,
        redrive=f"Redrive {count(held)}" if held and may_redrive and failure.state == "PARKED" else "",
        still=_still(failure, held, may_redrive),
    )


def _where(failure: Failure) -> str:
    return f"{some_of(failure.skus, failure.count)} in {', '.join(failure.references[:4])}"


def _still(failure: Failure, held: int, may_redrive: bool) -> str:
    if failure.state == "RETRYING":
        return "retries by itself"
    if not held:
        return "nothing to redrive"
    return "" if may_redrive else "an operator can redrive"


class OpenedView(View):
    """The chosen repricing's lanes."""

    reference: str = ""
    score: ScoreView = ScoreView()
