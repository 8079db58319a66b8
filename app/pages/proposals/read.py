"""What the list of proposals reads. It never writes."""

from datetime import datetime

from app import routes
from app.components import format as shown
from app.components import vocabulary
from app.components.views import OptionView
from app.database import reading
from app.lifecycle.table.status import Status
from app.lifecycle.views import lists, queries
from app.lifecycle.views.values import ProposalSummary
from app.pages.proposals.view import ProposalRow, ProposalsView, StatusTab
from app.words.counting import count
from app.words.percent import percent
from app.words.title import title_of

PAGE = 50


def address(status: str, q: str, submitter: str, cursor: str = "") -> str:
    """Return the address of the list under these filters."""
    return routes.with_query(routes.PROPOSALS, status=status, q=q, submitter=submitter, cursor=cursor)


def proposals_page(status: str, q: str, submitter: str, cursor: str, now: datetime) -> ProposalsView:
    """Read one page of the list."""
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
        authors = lists.submitters(session)
    total = sum(counts.values())
    return ProposalsView(
        rows=[_row(row, now) for row in page.items],
        tabs=[
            StatusTab(word=word, count=count(number), href=address(each, q, submitter), on=status == each)
            for each, word, number in (
                ("", "All", total),
                *((each.value, vocabulary.status(each).word, counts.get(each, 0)) for each in Status),
            )
        ],
        submitters=[OptionView(value=key, word=name) for key, name in authors],
        note=count(total),
        next_href=address(status, q, submitter, page.next_cursor) if page.next_cursor else "",
    )


def _row(row: ProposalSummary, now: datetime) -> ProposalRow:
    ended = row.rolled_back_at or row.published_at or row.decided_at
    return ProposalRow(
        reference=row.reference,
        title=title_of(row.reason)[0],
        status=vocabulary.status(row.status),
        verdict=vocabulary.verdict(row.verdict),
        lines=count(row.lines),
        soft=count(row.soft),
        hard=count(row.hard),
        soft_tone="warn" if row.soft else "u",
        hard_tone="bad" if row.hard else "u",
        change=percent(row.mean_change_bp, signed=True) if row.mean_change_bp is not None else "",
        submitter=row.submitted_by,
        at=shown.when(row.submitted_at, now),
        ended=shown.when(ended, now),
        href=routes.proposal(row.reference),
    )
