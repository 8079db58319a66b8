"""What the list of proposals holds."""

from asyncio import to_thread
from datetime import datetime

import reflex as rx
from reflex.event import EventSpec

from app import routes
from app.clock import utc_now
from app.components import format as shown
from app.components import vocabulary
from app.components.views import StatusView, View
from app.database import reading
from app.identity.guard import allow
from app.identity.roles import Permission
from app.lifecycle import browse, queries
from app.lifecycle.status import Status
from app.lifecycle.views import ProposalSummary
from app.pages.approvals.reading import title_of
from app.pages.approvals.shown import OptionView
from app.states import live

PAGE = 50


class ProposalRow(View):
    """One proposal of the list."""

    reference: str
    title: str
    status: StatusView
    verdict: StatusView
    judged: bool
    lines: str
    soft: str
    hard: str
    soft_tone: str
    hard_tone: str
    change: str
    submitter: str
    at: str
    ended: str
    href: str


class StatusTab(View):
    """One status with how many proposals stand there."""

    word: str
    count: str
    href: str
    on: bool


class Listed(View):
    """One page of the list."""

    rows: list[ProposalRow] = []
    tabs: list[StatusTab] = []
    submitters: list[OptionView] = []
    note: str = ""
    next_href: str = ""


class ProposalsState(rx.State):
    """The list's state. What is shown is what the address bar says."""

    loaded: bool = False
    status: str = ""
    q: str = ""
    submitter: str = ""
    cursor: str = ""
    listed: Listed = Listed()

    @rx.event
    @allow(Permission.READ)
    async def load(self) -> None:
        """Read what the address bar asks for; the first page is watched."""
        live.subscribe(self.router.session.client_token, "proposals", ProposalsState.refresh)
        asked = self.router.url.query_parameters
        status = asked.get("status", "")
        self.status = status if status in set(Status) else ""
        self.q, self.submitter, self.cursor = (asked.get(name, "")[:200] for name in ("q", "submitter", "cursor"))
        await self._fill()
        self.loaded = True

    @rx.event
    @allow(Permission.READ)
    async def refresh(self) -> None:
        """Read the same page again; only what differs is sent."""
        await self._fill()

    @rx.event
    @allow(Permission.READ)
    def by_submitter(self, chosen: str) -> EventSpec:
        """Show only one person's proposals."""
        return rx.redirect(_address(self.status, self.q, chosen[:200]))

    @rx.event
    @allow(Permission.READ)
    def by_text(self, form_data: dict[str, str]) -> EventSpec:
        """Show only proposals that mention a text."""
        return rx.redirect(_address(self.status, form_data.get("q", "").strip()[:200], self.submitter))

    async def _fill(self) -> None:
        status, q, submitter, cursor = self.status, self.q, self.submitter, self.cursor
        listed = await to_thread(lambda: _read(status, q, submitter, cursor))
        if listed != self.listed:
            self.listed = listed


def _address(status: str, q: str, submitter: str, cursor: str = "") -> str:
    return routes.with_query(routes.PROPOSALS, status=status, q=q, submitter=submitter, cursor=cursor)


def _read(status: str, q: str, submitter: str, cursor: str) -> Listed:
    with reading() as session:
        counts = queries.status_counts(session)
        page = queries.proposals(
            session,
            status=Status(status) if status else None,
            q=q or None,
            cursor=cursor or None,
            submitter=submitter or None,
            limit=PAGE,
        )
        authors = browse.submitters(session)
    now, total = utc_now(), sum(counts.values())
    return Listed(
        rows=[_row(row, now) for row in page.items],
        tabs=[
            StatusTab(word="All", count=shown.count(total), href=_address("", q, submitter), on=not status),
            *[
                StatusTab(
                    word=vocabulary.status(each).word,
                    count=shown.count(counts.get(each, 0)),
                    href=_address(each.value, q, submitter),
                    on=status == each.value,
                )
                for each in Status
            ],
        ],
        submitters=[OptionView(value=key, word=name) for key, name in authors],
        note=shown.count(total),
        next_href=_address(status, q, submitter, page.next_cursor) if page.next_cursor else "",
    )


def _row(row: ProposalSummary, now: datetime) -> ProposalRow:
    ended = row.rolled_back_at or row.published_at or row.decided_at
    return ProposalRow(
        reference=row.reference,
        title=title_of(row.reason)[0],
        status=vocabulary.status(row.status),
        verdict=vocabulary.verdict(row.verdict),
        judged=row.verdict is not None,
        lines=shown.count(row.lines),
        soft=shown.count(row.soft),
        hard=shown.count(row.hard),
        soft_tone="warn" if row.soft else "u",
        hard_tone="bad" if row.hard else "u",
        change=shown.percent(row.mean_change_bp, signed=True) if row.mean_change_bp is not None else "",
        submitter=row.submitted_by,
        at=shown.when(row.submitted_at, now),
        ended=shown.when(ended, now),
        href=routes.proposal(row.reference),
    )
