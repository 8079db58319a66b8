"""What the New proposal page reads and writes of a draft: one transaction each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.database import reading, transaction
from app.identity.actor import Actor
from app.intake import drafts
from app.intake.drafts import Kind
from app.intake.records import Draft
from app.lifecycle import commands
from app.lifecycle.submission import Mixed
from app.pages.new_proposal import showing
from app.pages.new_proposal.showing import DraftView, OutcomeView, RowView

PAGE = 100
EDITABLE = 1000


@dataclass(frozen=True)
class Seen:
    """A draft as the page shows it."""

    draft: DraftView
    outcome: OutcomeView
    kind: Kind
    rows: list[RowView]
    next_after: str


def read(draft_id: str, owner: Actor, *, kind: Kind | None, after: str, mixed: Mixed) -> Seen:
    """Read one page of a draft. Raises `NotFound`."""
    with reading() as session:
        draft = drafts.find(session, draft_id, owner)
        chosen = kind or showing.first_kind(draft)
        page = drafts.page(session, draft_id, owner, kind=chosen, cursor=after or None, limit=PAGE)
        return Seen(
            showing.draft(draft),
            showing.outcome(draft, mixed),
            chosen,
            showing.rows(page.items),
            page.next_cursor or "",
        )


def text_of(draft_id: str, owner: Actor) -> str:
    """Return the first lines of a draft as they were typed. Raises `NotFound`."""
    with reading() as session:
        return showing.as_text(drafts.page(session, draft_id, owner, limit=EDITABLE).items)


def use(draft_id: str, owner: Actor, now: datetime, *, kind: Kind, rows: list[int] | None) -> int:
    """Take passing prices. Raises `NotFound`."""
    with transaction() as session:
        return drafts.use_passing_price(session, draft_id, owner, now, rows=rows, kind=kind)


def submit(draft_id: str, owner: Actor, *, reason: str, mixed: Mixed, effective_at: datetime | None, key: str) -> str:
    """Submit a draft and return the proposal's reference. Raises a `Refused`; then nothing was submitted."""
    with reading() as session:
        draft: Draft = drafts.find(session, draft_id, owner)
        submission = drafts.submission(
            session,
            draft_id,
            owner,
            reason=reason,
            mixed=mixed,
            effective_at=effective_at,
            kinds=showing.kinds_to_submit(draft, mixed),
        )
    summary = commands.submit(owner, submission, key=key)
    with transaction() as session:
        drafts.mark_submitted(session, draft_id, owner, summary.reference)
    return summary.reference
