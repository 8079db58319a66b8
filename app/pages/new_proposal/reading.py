"""What the New proposal page reads of a draft, and the commands that its clicks become."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from sqlmodel import Session

from app import contexts
from app.canary.waves import WavePlan, WavePreview, preview, suggest
from app.clock import utc_now
from app.database import reading
from app.identity.actor import Actor
from app.intake import drafts, keeping, submitting
from app.intake.drafts import DraftChangedElsewhere, Kind, PricesMoved
from app.intake.records import Draft
from app.intake.weighing import Change, weigh
from app.lifecycle import foresight, windows
from app.lifecycle.errors import BadSubmission
from app.lifecycle.foresight import Span
from app.lifecycle.submission import Mixed, refuse_mixed_currencies
from app.pages.new_proposal import showing, weighing
from app.pages.new_proposal.as_read import AsReadView, as_read
from app.pages.new_proposal.showing import DraftView, OutcomeView, RowView
from app.pages.new_proposal.weighing import LocksView, WeightView
from app.timekeeping.local_time import told_here

PAGE = 100
MOST_NAMES = 60
MOST_TYPED = 400


@dataclass(frozen=True)
class Seen:
    """A draft as the page shows it."""

    draft: DraftView
    outcome: OutcomeView
    kind: Kind
    rows: list[RowView]
    next_after: str
    suggested: WavePlan | None
    weight: WeightView
    locks: LocksView
    digest: str
    as_read: AsReadView


@dataclass(frozen=True)
class Timing:
    """When a change takes effect, when the earlier prices return, and in which waves it goes out."""

    effective_at: datetime | None = None
    ends_at: datetime | None = None
    waves: WavePlan | None = None


@dataclass(frozen=True)
class Foreseen:
    """What the timing of a change runs into: why it would be refused, and what one should know."""

    bad: str = ""
    warnings: tuple[str, ...] = ()


def foresee(draft_id: str, owner: Actor, now: datetime, *, mixed: Mixed, timing: Timing) -> Foreseen:
    """Say what a draft with this timing would run into. Raises `NotFound`."""
    with reading() as session:
        draft = drafts.find(session, draft_id, owner)
        lines = drafts.named_lines(session, draft_id, owner, showing.kinds_to_submit(draft, mixed))
        skus = [sku for sku, _, _ in lines]
        currencies = drafts.currencies(session, draft_id, owner, showing.kinds_to_submit(draft, mixed))
        warned = foresight.of_plan(session, skus, Span(timing.effective_at or now, timing.ends_at), now)
        hard, soft = foresight.of_return(session, skus, now) if timing.ends_at else ("", "")
    bad = _mixed_currencies(currencies) or hard or _outlasts(draft_id, lines, timing, now)
    return Foreseen(told_here(bad), tuple(map(told_here, filter(None, (soft, *warned)))))


def _mixed_currencies(currencies: Sequence[str]) -> str:
    try:
        refuse_mixed_currencies(currencies)
    except BadSubmission as refused:
        return refused.detail
    return ""


def _outlasts(draft_id: str, lines: list[tuple[str, str, str]], timing: Timing, now: datetime) -> str:
    if timing.waves is None or timing.ends_at is None:
        return ""
    waves = zip(timing.waves.waves, preview(timing.waves, lines, salt=draft_id), strict=True)
    bakes = [timedelta(seconds=wave.bake_seconds) for wave, one in waves if one.lines]
    if len(bakes) < 2:
        return ""
    return windows.outlasts(bakes, begins=timing.effective_at or now, ends=timing.ends_at)


def read(draft_id: str, owner: Actor, *, kind: Kind | None, after: str, mixed: Mixed) -> Seen:
    """Read one page of a draft. Raises `NotFound`."""
    with reading() as session:
        draft = drafts.find(session, draft_id, owner)
        chosen = kind or showing.first_kind(draft)
        page = drafts.page(session, draft_id, owner, kind=chosen, cursor=after or None, limit=PAGE)
        changes = drafts.changes(session, draft_id, owner, showing.kinds_to_submit(draft, mixed))
        suggested = _suggested(session, draft, owner, mixed)
        meant = drafts.count_meant(session, draft_id, owner)
    held = contexts.held([change.sku for change in changes], utc_now())
    return Seen(
        showing.draft(draft, meant),
        showing.outcome(draft, mixed, len(held.holds)),
        chosen,
        showing.rows(page.items, held),
        page.next_cursor or "",
        suggested,
        weighing.show(weigh(changes, mixed)),
        weighing.locks(held),
        _digest(changes),
        as_read(draft.reading),
    )


def _digest(changes: Sequence[Change]) -> str:
    return sha256(repr([(change.sku, change.old, change.new) for change in changes]).encode()).hexdigest()


def _suggested(session: Session, draft: Draft, owner: Actor, mixed: Mixed) -> WavePlan | None:
    kinds = showing.kinds_to_submit(draft, mixed)
    lines = sum(getattr(draft, kind) for kind in kinds)
    largest = drafts.largest_change(session, draft.id, owner, kinds) if lines else 0
    return suggest(lines, draft.soft, largest)


def fall(draft_id: str, owner: Actor, plan: WavePlan, *, mixed: Mixed) -> list[WavePreview]:
    """Return which lines of the draft fall into which wave. Raises `NotFound`."""
    with reading() as session:
        draft = drafts.find(session, draft_id, owner)
        lines = drafts.named_lines(session, draft_id, owner, showing.kinds_to_submit(draft, mixed))
    return preview(plan, lines, salt=draft_id)


def names(draft_id: str, owner: Actor) -> tuple[list[str], list[str]]:
    """Return the categories and brands of the draft's lines, the most frequent first. Raises `NotFound`."""
    with reading() as session:
        lines = drafts.named_lines(session, draft_id, owner)
    categories, brands = Counter(line[1] for line in lines), Counter(line[2] for line in lines)
    return [n for n, _ in categories.most_common(MOST_NAMES)], [n for n, _ in brands.most_common(MOST_NAMES)]


def correct(draft_id: str, owner: Actor, row: int, sku: str, price: str, now: datetime) -> bool:
    """Judge a corrected row. Raises `NotFound`."""
    return keeping.correct(draft_id, owner, row, sku[:MOST_TYPED], price[:MOST_TYPED], now)


def take_meant(draft_id: str, owner: Actor, now: datetime, *, row: int | None) -> int:
    """Take SKUs that are spelled alike. Raises `NotFound`."""
    return keeping.take_meant(draft_id, owner, now, row=row)


def use(draft_id: str, owner: Actor, now: datetime, *, kind: Kind, rows: list[int] | None) -> int:
    """Take passing prices. Raises `NotFound`."""
    return keeping.use_passing_prices(draft_id, owner, now, rows=rows, kind=kind)


def leave_out_locked(draft_id: str, owner: Actor, now: datetime, *, mixed: Mixed) -> int:
    """Take the lines that a context would refuse out of the draft. Raises `NotFound`."""
    with reading() as session:
        draft = drafts.find(session, draft_id, owner)
        changes = drafts.changes(session, draft_id, owner, showing.kinds_to_submit(draft, mixed))
    locked = list(contexts.held([change.sku for change in changes], now).holds)
    return keeping.leave_out(draft_id, owner, locked, now)


def submit(
    draft_id: str,
    owner: Actor,
    *,
    seen: str,
    reason: str,
    mixed: Mixed,
    timing: Timing,
    key: str,
) -> str:
    """Submit a draft and return the proposal's reference. Raises a `Refused`; then nothing was submitted.

    The draft ends in the transaction that makes the proposal. `seen` is the digest of what the page shows: another
    window may have changed the draft since. Where prices moved since they were checked, what was shown and confirmed
    is not what would go out: the lines are judged again, and must be read first.
    """
    with reading() as session:
        kinds = showing.kinds_to_submit(drafts.find(session, draft_id, owner), mixed)
        if _digest(drafts.changes(session, draft_id, owner, kinds)) != seen:
            raise DraftChangedElsewhere("Nothing was submitted; read the lines below, then submit.")
        submission = drafts.submission(
            session, draft_id, owner, reason=reason, mixed=mixed, effective_at=timing.effective_at, kinds=kinds
        )
    submission = replace(submission, ends_at=timing.ends_at, waves=timing.waves, salt=draft_id)

    def marked(session: Session, reference: str) -> None:
        drafts.refuse_moved(session, draft_id, owner, kinds)
        drafts.end(session, draft_id, owner, reference, utc_now())

    try:
        with reading() as session:
            drafts.refuse_moved(session, draft_id, owner, kinds)
        return submitting.submit(owner, submission, key=key, with_it=marked).reference
    except PricesMoved:
        keeping.judge_moved(draft_id, owner, utc_now())
        raise
