"""What a person commands of a draft from its page: keep and mend it, put it away, submit it once and as it was shown.

Each command works in transactions of its own. Raises a `Refused`; then nothing was submitted or kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from uuid import UUID, uuid5

from sqlmodel import Session

from app import contexts
from app.canary.waves import WavePlan
from app.clock import new_id, utc_now
from app.database import committed, reading
from app.identity.actor import Actor
from app.intake import draft_lines, drafts, way_in
from app.intake.drafts import DraftChangedElsewhere, DraftRow, Kept, Kind, PricesMoved, Typed
from app.intake.records import Draft
from app.intake.weight import Weighed
from app.lifecycle.proposing.submission import Mixed
from app.words.money import format_price

ROWS_READ = 1000
_LEFT_BEHIND = UUID("6f1f0a3e-6b0e-4c9b-9a57-2c6f3b1d7f10")
STAYING: tuple[Kind, ...] = ("problem", "hard")
"""The rows that may stay behind: those that cannot be read, and hard ones where a draft is split."""
CALLED = {"choices": "what is left out or split", "timing": "the moments", "waves": "the waves", "reason": "the reason"}
"""The fields that say what is submitted besides the lines, in the words of a refusal."""


@dataclass(frozen=True)
class Timing:
    """When a change takes effect, when the earlier prices return, and in which waves it goes out."""

    effective_at: datetime | None = None
    ends_at: datetime | None = None
    waves: WavePlan | None = None


def kinds_to_submit(row: Draft, mixed: Mixed) -> tuple[Kind, ...]:
    """Return which rows go: split leaves the hard ones in the draft."""
    if mixed == "split" and row.clean + row.soft:
        return ("clean", "soft")
    return ("clean", "soft", "hard")


def kinds_left(row: Draft, mixed: Mixed) -> tuple[Kind, ...]:
    """Return which rows stay behind when a draft is submitted."""
    goes = kinds_to_submit(row, mixed)
    return tuple(kind for kind in STAYING if kind not in goes)


def digest_of(changes: Sequence[Weighed]) -> str:
    """Return the digest of what would go out, as it is shown."""
    return sha256(repr([(change.sku, change.old, change.new) for change in changes]).encode()).hexdigest()


def kept(draft_id: str, owner: Actor, fields: Mapping[str, str], over: Mapping[str, int], now: datetime) -> Kept:
    """Keep fields of the page. Raises what `drafts.keep` raises."""
    typed = {name: Typed(value, over.get(name, 0)) for name, value in fields.items()}
    return committed(lambda session: drafts.keep(session, draft_id, owner, typed, now))


def discard(draft_id: str, owner: Actor, now: datetime) -> None:
    """Put a draft away. Raises `NotFound` or `DraftSubmitted`."""
    committed(lambda session: drafts.discard(session, draft_id, owner, now))


def take_back(draft_id: str, owner: Actor, now: datetime) -> None:
    """Open a draft again that was discarded. Raises `NotFound` or `TooManyDrafts`."""
    committed(lambda session: drafts.take_back(session, draft_id, owner, now))


def edit_lines(draft_id: str, owner: Actor, now: datetime) -> None:
    """Let the lines of a draft stand as text, to be edited: as they were typed, or as they were mended since."""
    with reading() as session:
        draft = drafts.find(session, draft_id, owner)
        stands = drafts.stand(session, draft_id, owner, ("text", "typed"))
        if not draft.mended and any(field.value.strip() not in ("", "[]") for field in stands.values()):
            return
        text = _text(draft_id, owner, ("problem", "hard", "soft", "clean", "unchanged"))
    over = {name: field.version for name, field in stands.items()}
    kept(draft_id, owner, {"text": text, "typed": ""}, over, now)


def with_what_was_left(draft_id: str, owner: Actor, mixed: Mixed, now: datetime) -> str:
    """Begin a draft with the lines that a submitted one left behind, and return its id. Raises `NotFound`.

    Asked twice it is the same draft, as long as that one is open.
    """
    with reading() as session:
        kinds = kinds_left(drafts.find(session, draft_id, owner), mixed)
        anew = str(uuid5(_LEFT_BEHIND, f"{draft_id} {' '.join(kinds)}"))
        stands = drafts.stand(session, draft_id, owner, ("reason",))
        before = session.get(Draft, anew)
    if before is not None and before.submitted_as is None and before.discarded_at is None:
        return anew
    anew, text = anew if before is None else new_id(), _text(draft_id, owner, kinds)
    reason = stands["reason"].value if "reason" in stands else ""
    kept(anew, owner, {"text": text, "reason": reason}, {}, now)
    return anew


def _text(draft_id: str, owner: Actor, kinds: Sequence[Kind]) -> str:
    with reading() as session:
        page = drafts.page(session, draft_id, owner, limit=ROWS_READ)
        rows = list(page.items)
        while page.next_cursor:
            page = drafts.page(session, draft_id, owner, cursor=page.next_cursor, limit=ROWS_READ)
            rows += page.items
    return as_text([row for row in rows if row.kind in kinds])


def as_text(found_rows: Sequence[DraftRow]) -> str:
    """Return rows as they were typed, one per line, to be edited again."""
    return "\n".join(f"{line.sku}\t{_price_of(line)}" for line in found_rows)


def _price_of(line: DraftRow) -> str:
    """Return a price so that it reads as the same one again: as it was typed, or the one that was taken instead."""
    if line.kind == "problem" or line.new is None or not line.currency:
        return line.raw_price
    return format_price(line.new, line.currency)


def leave_out_locked(draft_id: str, owner: Actor, now: datetime, *, mixed: Mixed) -> int:
    """Take the lines that a context would refuse out of the draft. Raises `NotFound`."""
    with reading() as session:
        draft = drafts.find(session, draft_id, owner)
        changes = drafts.changes(session, draft_id, owner, kinds_to_submit(draft, mixed))
    locked = list(contexts.held([change.sku for change in changes], now).holds)
    return draft_lines.leave_out(draft_id, owner, locked, now)


def submit(
    draft_id: str,
    owner: Actor,
    *,
    seen: str,
    reason: str,
    mixed: Mixed,
    timing: Timing,
    key: str,
    fields: Mapping[str, int] | None = None,
) -> str:
    """Submit a draft and return the proposal's reference. Raises a `Refused`; then nothing was submitted.

    The draft ends in the transaction that makes the proposal. `seen` is the digest of what the page shows, `fields`
    the versions that it has of them: another window may have changed the draft since. Where prices moved since they
    were checked, what was shown and confirmed is not what would go out: the lines are judged again, and must be read
    first.
    """
    with reading() as session:
        _refuse_changed(session, draft_id, owner, fields or {}, reason)
        kinds = kinds_to_submit(drafts.find(session, draft_id, owner), mixed)
        if digest_of(drafts.changes(session, draft_id, owner, kinds)) != seen:
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
        return way_in.submit(owner, submission, key=key, with_it=marked).reference
    except PricesMoved:
        draft_lines.judge_moved(draft_id, owner, utc_now())
        raise


def _refuse_changed(session: Session, draft_id: str, owner: Actor, seen: Mapping[str, int], reason: str) -> None:
    """Raise `DraftChangedElsewhere` if other things stand in the fields of a draft than its page shows."""
    stands = drafts.stand(session, draft_id, owner, CALLED)
    newer = [name for name in CALLED if name in stands and stands[name].version > seen.get(name, stands[name].version)]
    changed = [CALLED[name] for name in newer if name != "reason" or stands[name].value.strip() != reason]
    if changed:
        raise DraftChangedElsewhere(
            f"{' and '.join(changed).capitalize()} changed there. Nothing was submitted; look, then submit."
        )
