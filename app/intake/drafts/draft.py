"""A draft: what somebody is about to submit, begun, found by its owner alone, ended and forgotten."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, func, or_, select
from sqlmodel import Session, col

from app.clock import new_id
from app.database import alone, pulse
from app.identity.actor import Actor
from app.intake.drafts.errors import DraftDiscarded, DraftSubmitted, TooManyDrafts
from app.intake.records import Draft, DraftField, DraftLine
from app.lifecycle.errors import NotFound

MOST_DRAFTS = 50
KEPT_FOR = timedelta(days=30)
"""So long after its last change a draft is kept."""
ENDED_KEPT_FOR = timedelta(days=7)
"""So long a submitted draft still says which proposal it became."""
DISCARDED_KEPT_FOR = timedelta(days=1)
"""So long a discarded draft can be taken back."""
ROWS_PER_STEP = 1000
"""So many rows one transaction writes: the store has one writer, who may keep it 250 ms."""


@dataclass(frozen=True, slots=True)
class Glance:
    """A draft in a list. `lines` are those that were read, or as many as were typed so far."""

    id: str
    reason: str
    lines: int
    read: bool
    changed_at: datetime


def topic(owner: Actor) -> str:
    """Return what a person's pages watch: something about their drafts changed."""
    return f"drafts:{owner.id}"


def begun(session: Session, owner: Actor, now: datetime, draft_id: str = "") -> Draft:
    """Return the draft of this id to be changed; if nobody has begun it, it begins. Raises `TooManyDrafts`."""
    if draft_id and session.get(Draft, draft_id) is not None:
        return held(session, draft_id, owner)
    alone(session, f"drafts of {owner.id}")
    if _how_many(session, owner) >= MOST_DRAFTS:
        raise TooManyDrafts(MOST_DRAFTS)
    draft = Draft(
        id=draft_id or new_id(), owner_id=owner.id, filename="", size_bytes=0, created_at=now, changed_at=now,
        rule_set=0, rows=0, problem=0, unchanged=0, clean=0, soft=0, hard=0,
    )  # fmt: skip
    session.add(draft)
    session.flush()
    return draft


def find(session: Session, draft_id: str, owner: Actor) -> Draft:
    """Return a draft of this person. Raises `NotFound` for anybody else's as for one that never was."""
    draft = session.get(Draft, draft_id)
    if draft is None or draft.owner_id != owner.id:
        raise NotFound("There is no such draft, or it is not yours. Bring the lines again.")
    return draft


def held(session: Session, draft_id: str, owner: Actor) -> Draft:
    """Return a draft that is about to be changed: nobody else changes or submits it meanwhile.

    Raises `DraftSubmitted` or `DraftDiscarded` if it has ended.
    """
    session.get(Draft, draft_id, with_for_update=True, populate_existing=True)
    draft = find(session, draft_id, owner)
    if draft.submitted_as is not None:
        raise DraftSubmitted(draft.submitted_as)
    if draft.discarded_at is not None:
        raise DraftDiscarded
    return draft


def changed(session: Session, draft: Draft, owner: Actor, now: datetime) -> None:
    """Note that a draft was changed, for its list and for the windows in which it is open."""
    draft.changed_at = now
    session.add(draft)
    pulse(session, topic(owner))


_REASON = (
    select(col(DraftField.value))
    .where(col(DraftField.draft_id) == col(Draft.id), col(DraftField.name) == "reason")
    .scalar_subquery()
)
_TYPED = (
    select(func.coalesce(func.sum(col(DraftField.lines)), 0))
    .where(col(DraftField.draft_id) == col(Draft.id))
    .scalar_subquery()
)


def glances(session: Session, owner: Actor) -> list[Glance]:
    """Return a person's open drafts, the last changed first."""
    columns = (col(Draft.id), _REASON, col(Draft.rows), _TYPED, col(Draft.edition), col(Draft.changed_at))
    found = session.execute(select(*columns).where(_open(owner)).order_by(col(Draft.changed_at).desc()))
    return [
        Glance(id_, said or "", rows if read else lines, read > 0, at) for id_, said, rows, lines, read, at in found
    ]


def discard(session: Session, draft_id: str, owner: Actor, now: datetime) -> None:
    """Put a draft away; for a day it can be taken back. One that was put away before stays so."""
    try:
        draft = held(session, draft_id, owner)
    except DraftDiscarded:
        return
    draft.discarded_at = now
    session.add(draft)
    pulse(session, topic(owner))


def take_back(session: Session, draft_id: str, owner: Actor, now: datetime) -> None:
    """Open a draft again that was discarded. Raises `TooManyDrafts`."""
    alone(session, f"drafts of {owner.id}")
    draft = find(session, draft_id, owner)
    if draft.discarded_at is None:
        return
    if _how_many(session, owner) >= MOST_DRAFTS:
        raise TooManyDrafts(MOST_DRAFTS)
    draft.discarded_at = None
    changed(session, draft, owner, now)


def end(session: Session, draft_id: str, owner: Actor, reference: str, now: datetime) -> None:
    """End a draft in the transaction of the proposal that it becomes. Raises `DraftSubmitted` if it became another."""
    draft = held(session, draft_id, owner)
    draft.submitted_as = reference
    changed(session, draft, owner, now)


def forget_old(session: Session, now: datetime) -> bool:
    """Forget at most one step's rows of drafts that are past their time; False if there are none left."""
    past = or_(
        col(Draft.changed_at) < now - KEPT_FOR,
        and_(col(Draft.submitted_as).is_not(None), col(Draft.changed_at) < now - ENDED_KEPT_FOR),
        col(Draft.discarded_at) < now - DISCARDED_KEPT_FOR,
    )
    draft_id = session.scalar(select(col(Draft.id)).where(past).limit(1).with_for_update(skip_locked=True))
    if draft_id is None:
        return False
    if forget_rows(session, draft_id) < ROWS_PER_STEP:
        session.connection().execute(delete(Draft).where(col(Draft.id) == draft_id))
    return True


def forget_rows(session: Session, draft_id: str, *, before: int | None = None) -> int:
    """Forget at most one step's rows of a draft, of all editions or of those before one; return how many."""
    those = [col(DraftLine.draft_id) == draft_id]
    if before is not None:
        those.append(col(DraftLine.edition) < before)
    found = session.execute(select(col(DraftLine.edition), col(DraftLine.row)).where(*those).limit(ROWS_PER_STEP)).all()
    for edition in {edition for edition, _ in found}:
        rows = [row for of, row in found if of == edition]
        gone = delete(DraftLine).where(those[0], col(DraftLine.edition) == edition, col(DraftLine.row).in_(rows))
        session.connection().execute(gone)
    return len(found)


def _how_many(session: Session, owner: Actor) -> int:
    return session.scalar(select(func.count()).select_from(Draft).where(_open(owner))) or 0


def _open(owner: Actor) -> ColumnElement[bool]:
    """Say which drafts are open: begun by this person, with something in them, and not ended."""
    typed = select(col(DraftField.draft_id)).where(col(DraftField.draft_id) == col(Draft.id)).exists()
    return and_(
        col(Draft.owner_id) == owner.id,
        col(Draft.submitted_as).is_(None),
        col(Draft.discarded_at).is_(None),
        or_(col(Draft.edition) > 0, typed),
    )
