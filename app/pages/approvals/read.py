"""What the approvals page reads, each time in one session. It never writes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from app.database import reading
from app.identity.actor import Actor
from app.identity.roles import Permission
from app.lifecycle.deciding import delegations
from app.lifecycle.errors import Refused
from app.lifecycle.views import lists
from app.pages.approvals import bulk_read, detail_read, lines_read, queue_read
from app.pages.approvals.detail_read import OpenedAs
from app.pages.approvals.lending_view import LendingView, lending_view
from app.pages.approvals.queue_read import QueueAsked, QueuePage
from app.pages.approvals.view import BulkView, LineRow, ProposalDetail


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the store: the queue, the opened proposal and its lines, of the same moment."""

    queue: QueuePage
    detail: ProposalDetail
    rows: list[LineRow] | None
    more: str


def approvals_page(
    actor: Actor,
    wanted: QueueAsked,
    ticks: Mapping[str, str],
    opened: OpenedAs,
    now: datetime,
    *,
    before: str,
    whole: bool,
) -> Look:
    """Read all that is shown in one session; lines only if they are not the ones that are shown `before`."""
    with reading() as session:
        queue = queue_read.queue(session, actor, wanted, ticks, now)
        detail = _detail(session, actor, wanted, queue.references, opened, now)
        if before == f"{detail.reference}/{detail.standing}":
            return Look(queue, detail, None, "")
        rows, more = _lines(session, detail, whole)
        return Look(queue, detail, rows, more)


def _detail(
    session: Session, actor: Actor, wanted: QueueAsked, references: list[str], opened: OpenedAs, now: datetime
) -> ProposalDetail:
    if not wanted.item:
        return ProposalDetail()
    try:
        return detail_read.detail(session, actor, wanted, references, opened, now)
    except Refused as refused:
        return ProposalDetail(reference=wanted.item, title=refused.title, gone=refused.detail)


def _lines(session: Session, detail: ProposalDetail, whole: bool) -> tuple[list[LineRow], str]:
    if not detail.seen:
        return [], ""
    if whole:
        return lines_read.all_lines(session, detail.reference, None)
    return lines_read.breaking_lines(session, detail.reference), ""


def bulk_plan(actor: Actor, ticks: Mapping[str, str], nonce: str, now: datetime) -> BulkView:
    """Say what approving the selection would do."""
    with reading() as session:
        return bulk_read.preview(session, actor, ticks, nonce, now)


def more_lines(reference: str, cursor: str | None) -> tuple[list[LineRow], str]:
    """Read the next page of all lines."""
    with reading() as session:
        return lines_read.all_lines(session, reference, cursor)


def lending_panel(actor: Actor, now: datetime) -> LendingView:
    """Read who lends to whom."""
    may_lend = actor.may(Permission.DECIDE)
    with reading() as session:
        rows = delegations.of_person(session, actor.id, now)
        colleagues = lists.colleagues(session, actor.id) if may_lend else []
        lenders = {user.id for user in delegations.lenders_of(session, actor.id, now)}
    return lending_view(actor.id, rows, colleagues, lenders, now, may_lend=may_lend)
