"""Reads everything the proposal's page shows, in one consistent look at the store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from app.components import format as shown
from app.components.views import FactView
from app.database import reading
from app.deliveries import queries as deliveries
from app.deliveries.queries import ContextView, RepricingView
from app.identity.actor import Actor
from app.lifecycle import queries as lifecycle
from app.lifecycle.status import Status
from app.lifecycle.views import ProposalSummary
from app.pages.proposal import showing, telling
from app.pages.proposal.drawn import ScoreView
from app.pages.proposal.score import lay_out
from app.pages.proposal.showing import ButtonView, FindingRow, HeadView, RowView, SayView
from app.pages.proposal.telling import TraceRow
from app.passport import TraceEntry, trace

PAGE = 100


@dataclass(frozen=True)
class Wanted:
    """What of a proposal is looked at: the tab, and on the lines' tab which ones."""

    reference: str
    tab: str = "lines"
    verdict: str = ""
    after: str = ""


@dataclass(frozen=True)
class Seen:
    """The page's content, as strings."""

    head: HeadView
    says: list[SayView]
    score: ScoreView
    facts: list[FactView]
    decision_facts: list[FactView]
    buttons: list[ButtonView]
    roll_back: ButtonView
    rows: list[RowView]
    contexts: list[str]
    next_after: str
    findings: list[FindingRow]
    trace: list[TraceRow]
    trace_count: int


def read(wanted: Wanted, actor: Actor, now: datetime) -> Seen:
    """Read the page. Raises `NotFound`."""
    with reading() as session:
        proposal = lifecycle.summary(session, wanted.reference)
        entries = trace(session, proposal.id)
        contexts = deliveries.contexts(session)
        repricing = deliveries.repricing(session, proposal.id) if proposal.published_at else None
        rows, next_after = _rows(session, wanted, proposal, repricing, contexts)
        return Seen(
            head=showing.head(proposal, now),
            says=_says(session, proposal, entries, repricing, now),
            score=lay_out(telling.story(proposal, entries, repricing, contexts, now=now, zone=shown.local(now).tzinfo)),
            facts=showing.facts(proposal),
            decision_facts=showing.decision_facts(proposal, now),
            buttons=showing.buttons(opened := lifecycle.open_actions(session, proposal.id, actor, now)),
            roll_back=showing.roll_back_button(opened, proposal),
            rows=rows,
            contexts=[context.name for context in contexts] if proposal.published_at else [],
            next_after=next_after,
            findings=_findings(session, wanted, proposal),
            trace=telling.as_list(entries, published_at=proposal.published_at, now=now),
            trace_count=len(entries),
        )


def _rows(
    session: Session,
    wanted: Wanted,
    proposal: ProposalSummary,
    repricing: RepricingView | None,
    contexts: list[ContextView],
) -> tuple[list[RowView], str]:
    if wanted.tab != "lines":
        return [], ""
    page = lifecycle.lines(
        session, proposal.id, verdict=wanted.verdict or None, cursor=wanted.after or None, limit=PAGE
    )
    skus = [line.sku for line in page.items]
    answers = deliveries.deliveries_of(session, proposal.id, skus) if repricing else {}
    published = proposal.published_at is not None
    return showing.rows(page.items, answers, contexts, published=published), page.next_cursor or ""


def _findings(session: Session, wanted: Wanted, proposal: ProposalSummary) -> list[FindingRow]:
    return showing.findings(lifecycle.findings_by_rule(session, proposal.id)) if wanted.tab == "findings" else []


def _says(
    session: Session,
    proposal: ProposalSummary,
    entries: list[TraceEntry],
    repricing: RepricingView | None,
    now: datetime,
) -> list[SayView]:
    asked = next((entry for entry in entries if entry.what == "PriceChangeRollbackRequested"), None)
    going_back = proposal.status is Status.ROLLING_BACK and repricing is not None
    laggards = deliveries.laggards(session, proposal.id) if going_back else []
    return showing.callouts(
        proposal,
        asked_by=asked.who if asked else "",
        asked_at=asked.at if asked else None,
        cause=asked.detail if asked else "",
        laggards=laggards,
        confirmed=len(repricing.row.lanes) - len(laggards) if repricing else 0,
        moved=lifecycle.moved_facts(session, proposal.id),
        now=now,
    )
