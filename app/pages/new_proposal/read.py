"""What the New proposal page reads of a draft. It never writes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from app import contexts, routes
from app.canary.waves import WavePlan, WavePreview, preview, suggest
from app.clock import utc_now
from app.components import format as shown
from app.database import reading
from app.identity.actor import Actor
from app.intake import drafts
from app.intake.draft_commands import Timing, digest_of, kinds_left, kinds_to_submit
from app.intake.drafts import Glance, Kind
from app.intake.records import Draft
from app.intake.weight import weigh
from app.lifecycle.errors import BadSubmission
from app.lifecycle.proposing import obstacles
from app.lifecycle.proposing.obstacles import PriceSpan
from app.lifecycle.proposing.submission import Mixed, refuse_mixed_currencies
from app.lifecycle.windows import bounds
from app.pages.new_proposal import view, weight_view
from app.pages.new_proposal.as_read_view import AsReadView, as_read
from app.pages.new_proposal.typed import OURS, ChoicesAsMade, DraftLineView, OpenedDraft, understood
from app.pages.new_proposal.view import DraftRowView, DraftView, OutcomeView
from app.pages.new_proposal.weight_view import LocksView, WeightView
from app.timekeeping.local_time import told_here
from app.words.counting import plural

PAGE = 100
MOST_NAMES = 60


@dataclass(frozen=True)
class DraftPage:
    """A draft as the page shows it."""

    draft: DraftView
    outcome: OutcomeView
    kind: Kind
    rows: list[DraftRowView]
    next_after: str
    suggested: WavePlan | None
    weight: WeightView
    locks: LocksView
    digest: str
    as_read: AsReadView


@dataclass(frozen=True)
class Foreseen:
    """What the timing of a change runs into: why it would be refused, and what one should know."""

    bad: str = ""
    warnings: tuple[str, ...] = ()


def foresee(draft_id: str, owner: Actor, now: datetime, *, mixed: Mixed, timing: Timing) -> Foreseen:
    """Say what a draft with this timing would run into. Raises `NotFound`."""
    with reading() as session:
        draft = drafts.find(session, draft_id, owner)
        lines = drafts.named_lines(session, draft_id, owner, kinds_to_submit(draft, mixed))
        skus = [sku for sku, _, _ in lines]
        currencies = drafts.currencies(session, draft_id, owner, kinds_to_submit(draft, mixed))
        warned = obstacles.of_plan(session, skus, PriceSpan(timing.effective_at or now, timing.ends_at), now)
        hard, soft = obstacles.of_return(session, skus, now) if timing.ends_at else ("", "")
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
    return bounds.outlasts(bakes, begins=timing.effective_at or now, ends=timing.ends_at)


def draft_page(draft_id: str, owner: Actor, *, kind: Kind | None, after: str, mixed: Mixed) -> DraftPage:
    """Read one page of a draft. Raises `NotFound`."""
    with reading() as session:
        draft = drafts.find(session, draft_id, owner)
        chosen = kind or view.first_kind(draft)
        page = drafts.page(session, draft_id, owner, kind=chosen, cursor=after or None, limit=PAGE)
        changes = drafts.changes(session, draft_id, owner, kinds_to_submit(draft, mixed))
        suggested = _suggested(session, draft, owner, mixed)
        meant = drafts.count_meant(session, draft_id, owner)
    held = contexts.held([change.sku for change in changes], utc_now())
    return DraftPage(
        view.draft(draft, meant),
        view.outcome(draft, mixed, len(held.holds)),
        chosen,
        view.rows(page.items, held),
        page.next_cursor or "",
        suggested,
        weight_view.show(weigh(changes, mixed)),
        weight_view.locks(held),
        digest_of(changes),
        as_read(draft.reading),
    )


def _suggested(session: Session, draft: Draft, owner: Actor, mixed: Mixed) -> WavePlan | None:
    kinds = kinds_to_submit(draft, mixed)
    lines = sum(getattr(draft, kind) for kind in kinds)
    largest = drafts.largest_change(session, draft.id, owner, kinds) if lines else 0
    return suggest(lines, draft.soft, largest)


def fall(draft_id: str, owner: Actor, plan: WavePlan, *, mixed: Mixed) -> list[WavePreview]:
    """Return which lines of the draft fall into which wave. Raises `NotFound`."""
    with reading() as session:
        draft = drafts.find(session, draft_id, owner)
        lines = drafts.named_lines(session, draft_id, owner, kinds_to_submit(draft, mixed))
    return preview(plan, lines, salt=draft_id)


def names(draft_id: str, owner: Actor) -> tuple[list[str], list[str]]:
    """Return the categories and brands of the draft's lines, the most frequent first. Raises `NotFound`."""
    with reading() as session:
        lines = drafts.named_lines(session, draft_id, owner)
    categories, brands = Counter(line[1] for line in lines), Counter(line[2] for line in lines)
    return [n for n, _ in categories.most_common(MOST_NAMES)], [n for n, _ in brands.most_common(MOST_NAMES)]


def opened(draft_id: str, owner: Actor) -> OpenedDraft:
    """Open a draft. Raises `NotFound`."""
    with reading() as session:
        draft = drafts.find(session, draft_id, owner)
        fields = drafts.stand(session, draft_id, owner, OURS)
        versions = drafts.versions(session, draft_id, owner)
    typed = {name: field.value for name, field in fields.items()}
    return OpenedDraft(
        read=draft.edition > 0,
        versions=versions,
        fields=typed,
        submitted_as=draft.submitted_as or "",
        discarded=draft.discarded_at is not None,
        left=sum(getattr(draft, kind) for kind in kinds_left(draft, understood(typed, "choices", ChoicesAsMade).mixed)),
        edition=draft.edition,
    )


def mine(owner: Actor, now: datetime, *, but: str = "") -> list[DraftLineView]:
    """Return a person's open drafts, the last changed first, without the one that is open."""
    with reading() as session:
        found = drafts.glances(session, owner)
    return [_glance(one, now) for one in found if one.id != but]


def _glance(one: Glance, now: datetime) -> DraftLineView:
    return DraftLineView(
        id=one.id,
        title=one.reason.strip() or "No reason yet",
        lines=plural(one.lines, "line"),
        unchecked=not one.read,
        when=shown.when(one.changed_at, now),
        href=routes.with_query(routes.NEW_PROPOSAL, draft=one.id),
    )
