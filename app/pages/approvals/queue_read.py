"""From the lifecycle's queries to the queue of the approvals page."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from operator import itemgetter

from sqlmodel import Session

from app import routes
from app.components import format as shown
from app.components import vocabulary
from app.components.findings import worst_of
from app.components.states import WaitState
from app.components.views import ChoiceView, OptionView, StatusView, options
from app.identity.actor import Actor
from app.identity.roles import Permission
from app.lifecycle.table.status import Status
from app.lifecycle.views import queries
from app.lifecycle.views.values import ProposalSummary
from app.lifecycle.views.viewer import Viewer, viewer_of
from app.pages.approvals.view import GroupView, ItemView
from app.words.counting import count, plural
from app.words.percent import short_percent
from app.words.title import title_of
from rules.registry import kind_words

QUEUE = 200
EDGES = (2_000, 3_000, 5_000)


@dataclass(frozen=True, slots=True)
class QueueAsked:
    """What the address bar asks for."""

    tab: str = "waiting"
    rule: str = ""
    submitter: str = ""
    q: str = ""
    item: str = ""

    def address(self, **other: str) -> str:
        """Return the address of this page with some of it replaced."""
        asked = asdict(self) | other
        asked["tab"] = "" if asked["tab"] == "waiting" else asked["tab"]
        return routes.with_query(routes.APPROVALS, **asked)


@dataclass(frozen=True)
class QueuePage:
    """The left side of the page; nothing in it is open that nobody asked for."""

    groups: list[GroupView]
    tabs: list[ChoiceView]
    note: str
    references: list[str]
    rules: list[OptionView]
    submitters: list[OptionView]


def queue(session: Session, actor: Actor, wanted: QueueAsked, ticks: Mapping[str, str], now: datetime) -> QueuePage:
    """Read the queue that `wanted` asks for; `ticks` are the selected proposals with what was seen of each."""
    waiting = queries.queue(session, limit=QUEUE)
    total = queries.status_counts(session).get(Status.PENDING_APPROVAL, 0)
    mine = [row for row in waiting if row.submitted_by_id == actor.id]
    tabs = [
        _tab(wanted, "waiting", "Waiting", total),
        _tab(wanted, "mine", "Mine", len(mine)),
        _tab(wanted, "decided", "Decided", None),
    ]
    if actor.may(Permission.DECIDE_ESCALATED) or wanted.tab == "escalated":
        tabs.insert(1, _tab(wanted, "escalated", "Escalated", sum(1 for row in waiting if row.level > 1)))
    rows = _chosen(session, wanted, waiting, mine)
    viewer = viewer_of(session, actor, [row.id for row in rows], now)
    groups = _decided_group(rows, wanted, now) if wanted.tab == "decided" else _groups(rows, viewer, wanted, ticks, now)
    ordered = [item.reference for group in groups for item in group.rows]
    return QueuePage(
        groups=groups,
        tabs=tabs,
        note=_note(waiting, total, now),
        references=ordered,
        rules=options(
            (rule, kind_words(rule).title) for rule in sorted({r.worst_rule for r in waiting if r.worst_rule})
        ),
        submitters=options(sorted({(row.submitted_by_id, row.submitted_by) for row in waiting}, key=itemgetter(1))),
    )


def _chosen(
    session: Session, wanted: QueueAsked, waiting: list[ProposalSummary], mine: list[ProposalSummary]
) -> list[ProposalSummary]:
    if wanted.tab == "decided":
        return queries.decided(session, limit=50)
    if wanted.tab == "mine":
        return mine
    if wanted.tab == "escalated":
        return [row for row in waiting if row.level > 1]
    if not (wanted.rule or wanted.submitter or wanted.q):
        return waiting
    return queries.queue(
        session, rule=wanted.rule or None, submitter=wanted.submitter or None, q=wanted.q or None, limit=QUEUE
    )


def _tab(wanted: QueueAsked, name: str, word: str, number: int | None) -> ChoiceView:
    counted = word if number is None else f"{word} {count(number)}"
    return ChoiceView(key=name, word=counted, href=wanted.address(tab=name, item=""), on=wanted.tab == name)


def _note(waiting: Sequence[ProposalSummary], total: int, now: datetime) -> str:
    today = shown.local(now).date()
    due = sum(1 for row in waiting if row.due_at and shown.local(row.due_at).date() <= today)
    most_urgent = f", the {QUEUE} most urgent are listed" if total > len(waiting) else ""
    return f"{count(total)} waiting, {count(due)} due today{most_urgent}"


def _band(row: ProposalSummary) -> str:
    if row.worst_bp is None:
        return "could not be judged"
    if kind_words(row.worst_rule or "").is_level:
        return "below cost" if row.worst_bp < 0 else "above cost"
    low = 0
    for edge in EDGES:
        if row.worst_bp <= edge:
            return f"{low // 100} to {short_percent(edge)}" if low else f"up to {short_percent(edge)}"
        low = edge
    return f"over {short_percent(low)}"


def _groups(
    rows: Sequence[ProposalSummary], viewer: Viewer, wanted: QueueAsked, ticks: Mapping[str, str], now: datetime
) -> list[GroupView]:
    """Group by rule and band. The most urgent proposal leads its group, and its group leads the queue."""
    grouped: dict[tuple[str, str], list[ItemView]] = {}
    for row in rows:
        key = (kind_words(row.worst_rule or "").title, _band(row))
        grouped.setdefault(key, []).append(_item(row, viewer, wanted, ticks, now))
    return [
        GroupView(key=f"{title}/{band}", title=title, band=band, count=count(len(items)), rows=items)
        for (title, band), items in grouped.items()
    ]


def _decided_group(rows: Sequence[ProposalSummary], wanted: QueueAsked, now: datetime) -> list[GroupView]:
    items = [
        ItemView(
            **_known(row, wanted),
            note=f"{vocabulary.verb(row.decision or '').done.lower()} by {row.decided_by}",
            worst=shown.when(row.decided_at, now),
            due=shown.due(None, now),
        )
        for row in rows
    ]
    decided = {"key": "decided", "title": "Decided by people", "band": "newest first"}
    return [GroupView(**decided, count=count(len(items)), rows=items)] if items else []


def stage_of(row: ProposalSummary, reminded: bool, now: datetime | None = None) -> StatusView:
    """Show how far the clock has taken what waits: reminded, then escalated (given `now`: until it expires)."""
    if row.status != Status.PENDING_APPROVAL or not (row.level > 1 or reminded):
        return StatusView()
    if row.level > 1:
        expires = f", expires {shown.when(row.expires_at, now)}" if now and row.expires_at else ""
        escalated = vocabulary.look(vocabulary.WAITS, WaitState.ESCALATED)
        return vocabulary.saying(escalated, f"{escalated.word}{expires}")
    return vocabulary.look(vocabulary.WAITS, WaitState.REMINDED)


def _item(
    row: ProposalSummary, viewer: Viewer, wanted: QueueAsked, ticks: Mapping[str, str], now: datetime
) -> ItemView:
    own = row.submitted_by_id == viewer.actor.id
    ticked = row.reference in ticks and not own
    return ItemView(
        **_known(row, wanted),
        seen=row.seen_hash,
        note=f"{count(row.soft)} of {plural(row.lines, 'line')}",
        worst=worst_of(row.worst_rule, row.worst_bp),
        due=shown.due(row.due_at, now),
        ticked=ticked,
        changed=ticked and ticks[row.reference] != row.seen_hash,
        mine=not viewer.decides(row),
        why="You wrote this" if own else "",
        stage=stage_of(row, row.id in viewer.reminded),
    )


def _known(row: ProposalSummary, wanted: QueueAsked) -> dict[str, object]:
    """Return what is shown of a proposal in every queue."""
    return {
        "reference": row.reference,
        "title": title_of(row.reason)[0],
        "submitter": row.submitted_by,
        "status": vocabulary.status(row.status),
        "href": wanted.address(item=row.reference),
        "open": row.reference == wanted.item,
    }
