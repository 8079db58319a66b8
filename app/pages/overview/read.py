"""From the queries of both halves to what the overview shows."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median

from sqlmodel import Session

from app import routes
from app.alarms import raised
from app.components import format as shown
from app.components import vocabulary
from app.components.findings import worst_of
from app.components.parts import parts
from app.components.views import FactView, SegmentView, StatusView
from app.database import reading
from app.deliveries import queries as deliveries
from app.deliveries.records import Progress
from app.deliveries.views import Board, BoardRow, ContextView, Counts
from app.identity.actor import Actor
from app.identity.roles import Permission
from app.lifecycle.clock import schedule
from app.lifecycle.clock.schedule import Appointment
from app.lifecycle.publishing import brakes
from app.lifecycle.table.status import Status
from app.lifecycle.views import day, queries
from app.lifecycle.views.values import ProposalSummary
from app.lifecycle.views.viewer import Viewer, viewer_of
from app.pages.overview.view import ContextRow, FlowStep, NextRow, OverviewView, RepricingRow, WaitRow
from app.words.counting import count, noun, plural
from app.words.duration import duration
from app.words.title import title_of

WAITING = 5
NEXT = 5
AHEAD = timedelta(days=7)
READ = 60
"""How many of the queue are read to find the five for this person."""
LAST = 6
LATE = timedelta(hours=1)
"""From here on a context was not there yet; how long it took says nothing."""
ELSEWHERE = {Status.PENDING_APPROVAL: routes.APPROVALS}
"""Where a step of the flow leads, if not to the list of proposals."""
MOVING = frozenset({Progress.BAKING, Progress.HELD, Progress.PROPAGATING, Progress.ROLLING_BACK})


def overview_page(actor: Actor, now: datetime) -> OverviewView:
    """Read the page."""
    with reading() as session:
        return overview(session, actor, now)


def overview(session: Session, actor: Actor, now: datetime) -> OverviewView:
    """Read the whole page in one consistent state of the store."""
    counts = queries.status_counts(session)
    waiting = queries.queue(session, limit=READ)
    board = deliveries.board(session, limit=LAST)
    contexts = deliveries.contexts(session)
    viewer = viewer_of(session, actor, [], now)
    (title, empty_title, empty_words), rows = _waits(waiting, viewer)
    ahead = schedule.calendar(session, now, now + AHEAD)
    return OverviewView(
        today=shown.today(now),
        waits_title=title,
        waits_note=_waits_note(rows, counts.get(Status.PENDING_APPROVAL, 0) - len(waiting), now),
        empty_title=empty_title,
        empty_words=empty_words,
        waits=[_wait(row, viewer, now) for row in rows[:WAITING]],
        in_flight=plural(sum(counts.get(status, 0) for status in _MOVING) + deliveries.in_flight(session), "proposal"),
        before=_before(session, counts, waiting, now),
        after=_after(session, counts, contexts, now),
        contexts=[_context(context) for context in contexts],
        facts=_facts(day.since(session, shown.start_of_day(now)), _median_time(session, now)),
        repricings=[_repricing(row, now) for row in board.rows],
        repricings_note=_repricings_note(board, len(contexts)),
        ahead=[_next(row, now) for row in ahead[:NEXT]],
        ahead_note=_ahead_note(session, ahead, now),
        alarms=[alarm.said for alarm in raised(session)],
    )


_MOVING = (Status.EVALUATING, Status.PENDING_APPROVAL, Status.APPROVED)


def _next(row: Appointment, now: datetime) -> NextRow:
    return NextRow(
        key=f"{row.kind}/{row.reference}",
        at=shown.when(row.at, now),
        status=vocabulary.appointment(row.kind),
        reference=row.reference,
        title=title_of(row.reason)[0],
        href=routes.proposal(row.reference),
        left=shown.left(row.at, now),
    )


def _ahead_note(session: Session, ahead: Sequence[Appointment], now: datetime) -> str:
    more = f"{plural(len(ahead), 'appointment')} in seven days"
    window = next(iter(brakes.freezes(session, since=now)), None)
    if window is None:
        return more
    frozen = "frozen until" if window.starts <= now else "freeze from"
    return f"{more}, {frozen} {shown.when(window.ends if window.starts <= now else window.starts, now)}"


WAITS_FOR_ME = (
    "Waits for you",
    "Nothing waits for you",
    "The next proposal falls due here the moment a rule asks for a person.",
)
MINE_WAIT = (
    "Yours, waiting for an approver",
    "Nothing of yours waits",
    "What you submit and a rule leaves to a person waits here for an approver.",
)
ALL_WAIT = (
    "Waits for an approver",
    "Nothing waits for an approver",
    "Every proposal was clean, refused or decided.",
)


def _waits(waiting: Sequence[ProposalSummary], viewer: Viewer) -> tuple[tuple[str, str, str], list[ProposalSummary]]:
    """Return what waits, as far as it is this person's business: title, words where nothing does, and which."""
    actor, mine_to_decide = viewer.actor, [row for row in waiting if viewer.decides(row)]
    escalated = actor.may(Permission.DECIDE_ESCALATED) and bool(mine_to_decide)
    if actor.may(Permission.DECIDE) or viewer.lent or escalated:
        return WAITS_FOR_ME, mine_to_decide
    if actor.may(Permission.SUBMIT):
        return MINE_WAIT, [row for row in waiting if row.submitted_by_id == actor.id]
    return ALL_WAIT, list(waiting)


def _waits_note(rows: Sequence[ProposalSummary], unread: int, now: datetime) -> str:
    if not rows:
        return ""
    if unread > 0:
        return f"the most urgent of {count(len(rows) + unread)}"
    due = _due_today(rows, now)
    return f"{count(due)} due today, {count(len(rows) - due)} later"


def _wait(row: ProposalSummary, viewer: Viewer, now: datetime) -> WaitRow:
    decides = viewer.decides(row)
    return WaitRow(
        reference=row.reference,
        title=title_of(row.reason)[0],
        headline=row.headline,
        worst=worst_of(row.worst_rule, row.worst_bp),
        due=shown.due(row.due_at, now),
        word="Decide" if decides else "Read",
        href=routes.with_query(routes.APPROVALS, item=row.reference) if decides else routes.proposal(row.reference),
    )


def _due_today(rows: Sequence[ProposalSummary], now: datetime) -> int:
    today = shown.local(now).date()
    return sum(1 for row in rows if row.due_at and shown.local(row.due_at).date() <= today)


def _before(
    session: Session, counts: Mapping[Status, int], waiting: Sequence[ProposalSummary], now: datetime
) -> list[FlowStep]:
    due = _due_today(waiting, now)
    due_say = f"{count(due)}{' or more' if due == READ else ''} due today"
    notes = {
        Status.EVALUATING: _first_of(session, Status.EVALUATING, "nothing to judge", now),
        Status.PENDING_APPROVAL: due_say if waiting else "nobody is waited for",
        Status.APPROVED: _first_of(session, Status.APPROVED, "nothing waits for its time", now),
    }
    return [
        _step(vocabulary.status(status), counts.get(status, 0), ELSEWHERE.get(status, _listed(status)), note)
        for status, note in notes.items()
    ]


def _first_of(session: Session, status: Status, none: str, now: datetime) -> str:
    found = queries.proposals(session, status=status, limit=20).items
    if not found:
        return none
    first = min(found, key=lambda row: (row.effective_at is not None, row.effective_at or row.submitted_at))
    if first.effective_at:
        return f"{first.reference}, {shown.when(first.effective_at, now)}"
    return f"{first.reference}, {plural(first.lines, 'line')}"


def _after(
    session: Session, counts: Mapping[Status, int], contexts: Sequence[ContextView], now: datetime
) -> list[FlowStep]:
    undoing = counts.get(Status.ROLLING_BACK, 0)
    in_part = counts.get(Status.CANARY, 0) + counts.get(Status.HELD, 0)
    moving = max(0, deliveries.in_flight(session) - undoing - in_part)
    to_go = f"{plural(sum(context.pending for context in contexts), 'delivery', 'deliveries')} to go"
    going, back = vocabulary.progress(Progress.PROPAGATING), vocabulary.progress(Progress.ROLLING_BACK)
    undos = f"{plural(_undos_to_go(session, now), 'undo', 'undos')} to go" if undoing else "nothing is undone"
    return [
        _canary(session, counts),
        _step(going, moving, f"{routes.PROPAGATION}?filter=in-flight", to_go if moving else "all are up to date"),
        _step(back, undoing, _listed(Status.ROLLING_BACK), undos),
    ]


def _canary(session: Session, counts: Mapping[Status, int]) -> FlowStep:
    """One step for what is out in part: moving by itself, or held for a person (then that is what it shows)."""
    moving, held = counts.get(Status.CANARY, 0), counts.get(Status.HELD, 0)
    status = Status.HELD if held else Status.CANARY
    first = queries.proposals(session, status=status, limit=1).items if moving + held else []
    note = "nothing is out in part"
    if held:
        note = noun(held, f"{first[0].reference} waits", f"{held} wait for a person")
        note += f", {moving} moving" if moving else ""
    elif moving:
        note = f"{first[0].reference}, wave {first[0].wave} of {first[0].waves}"
    return _step(vocabulary.status(status), held or moving, _listed(status), note)


def _undos_to_go(session: Session, now: datetime) -> int:
    rows = queries.proposals(session, status=Status.ROLLING_BACK, limit=50).items
    return sum(left for row in rows for _, left in deliveries.laggards(session, row.id, now=now))


def _listed(status: Status) -> str:
    return routes.with_query(routes.PROPOSALS, status=status.value)


def _step(status: StatusView, number: int, href: str, note: str) -> FlowStep:
    return FlowStep(status=status, number=count(number), note=note, href=href, rest=not number)


def _context(context: ContextView) -> ContextRow:
    return ContextRow(
        name=context.name,
        state=vocabulary.context(context.state),
        lag=duration(context.lag_ms / 1000),
        rate=count(context.rate),
        spark=shown.spark(context.rates),
        pending=count(context.pending),
        retrying=count(context.retrying),
        parked=count(context.parked),
        pending_tone="" if context.pending else "u",
        retrying_tone="warn b" if context.retrying else "u",
        parked_tone="bad b" if context.parked else "u",
    )


def _facts(today: day.Day, reach: float | None) -> list[FactView]:
    return [
        FactView(label="Proposals judged", value=count(today.judged)),
        FactView(label="Clean, published without a person", value=count(today.clean)),
        FactView(label="Refused by a hard rule", value=count(today.refused)),
        FactView(label="Approved by a person", value=count(today.approved)),
        FactView(label="Median wait for a person", value=_known(today.median_wait)),
        FactView(label="Prices published", value=count(today.prices)),
        FactView(label="Publish to last context, median", value=_known(reach)),
    ]


def _known(seconds: float | None) -> str:
    return "none yet" if seconds is None else duration(seconds)


def _median_time(session: Session, now: datetime) -> float | None:
    start = shown.start_of_day(now)
    times = [_took(row) for row in deliveries.board(session, limit=50).rows if row.published_at >= start]
    known = [seconds for seconds in times if seconds is not None and seconds < LATE.total_seconds()]
    return median(known) if known else None


def _took(row: BoardRow) -> float | None:
    """Return the seconds from publication to the last acknowledgement of the slowest context, once all is applied."""
    ends = [lane.last_ack for lane in row.lanes]
    if row.progress not in (Progress.APPLIED, Progress.SETTLED) or not ends or any(end is None for end in ends):
        return None
    return max(0.0, max((end - row.published_at).total_seconds() for end in ends if end))


def _repricing(row: BoardRow, now: datetime) -> RepricingRow:
    total = _sum(row)
    return RepricingRow(
        reference=row.reference,
        at=shown.when(row.published_at, now, seconds=True),
        title=title_of(row.reason)[0],
        skus=count(row.expected),
        state=_progress(row, total),
        segments=segments(total),
        words=words(total),
        note=_note(row, total),
        href=routes.proposal(row.reference),
        rest=row.progress not in MOVING,
    )


def _progress(row: BoardRow, total: Counts) -> StatusView:
    return vocabulary.progress(row.progress, parked=total.parked)


def segments(counts: Counts) -> list[SegmentView]:
    """Return the parts of a bar over deliveries, in the order of the legend."""
    return shown.segments([(part.bar, part.number, part.word) for part in parts(counts)], counts.expected)


def words(counts: Counts) -> str:
    """Say the same as the bar."""
    told = [f"{count(part.number)} {part.word}" for part in parts(counts) if part.number]
    return ", ".join(told) or "nothing to deliver"


def _sum(row: BoardRow) -> Counts:
    return Counts(*(sum(getattr(lane.counts, name) for lane in row.lanes) for name in Counts.__slots__))


def _note(row: BoardRow, total: Counts) -> str:
    if row.progress == Progress.PROPAGATING:
        return f"{count(total.pending + total.retrying)} to go"
    if row.progress == Progress.ROLLING_BACK:
        return f"{count(total.applied)} to undo"
    if total.ignored:
        return f"{plural(total.ignored, 'newer price')} already there"
    if any(lane.first_ack and lane.first_ack - row.published_at > LATE for lane in row.lanes):
        return "heard later"
    took = _took(row)
    if row.rolled_back_at:
        return f"in {duration((row.rolled_back_at - row.published_at).total_seconds())}"
    return f"in {duration(took)}" if took is not None else ""


def _repricings_note(board: Board, contexts: int) -> str:
    if not board.rows:
        return ""
    return f"{plural(contexts, 'context')} together, {plural(board.totals.expected, 'delivery', 'deliveries')}"
