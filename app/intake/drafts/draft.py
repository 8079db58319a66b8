"""A draft: what somebody is about to submit, begun, found by its owner alone, ended and forgotten."""

import json
from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlmodel import Session, col

from app.clock import new_id
from app.identity.actor import Actor
from app.intake.dry_run import DryRun
from app.intake.reading import Reading
from app.intake.records import Draft, DraftLine
from app.lifecycle.errors import NotFound, Refused

KEPT_FOR = timedelta(days=7)
ROWS_PER_STEP = 1000
"""So many rows one transaction writes: the store has one writer, who may keep it 250 ms."""
MAX_FILENAME = 120


class DraftSubmitted(Refused):
    """Somebody submits a draft that has just become a proposal in another window."""

    code, title = "draft_submitted", "Submitted already"


def begin(
    session: Session,
    owner: Actor,
    filename: str,
    tried: DryRun,
    now: datetime,
    *,
    size_bytes: int = 0,
    reading: Reading | None = None,
) -> Draft:
    """Open a draft for rows that were judged; `add` brings the rows. Before its id is told, it is nobody's."""
    draft = Draft(
        id=new_id(),
        owner_id=owner.id,
        filename=_named(filename),
        size_bytes=size_bytes,
        rule_set=tried.rule_set,
        created_at=now,
        reading=json.dumps(asdict(reading), ensure_ascii=False) if reading else None,
        **asdict(tried.counts),
    )
    session.add(draft)
    session.flush()
    return draft


def find(session: Session, draft_id: str, owner: Actor) -> Draft:
    """Return a draft of this person. Raises `NotFound` for anybody else's as for one that never was."""
    draft = session.get(Draft, draft_id)
    if draft is None or draft.owner_id != owner.id:
        raise NotFound("There is no such draft, or it is not yours. Upload the file again.")
    return draft


def held(session: Session, draft_id: str, owner: Actor) -> Draft:
    """Return a draft that is about to be changed: nobody else changes or submits it meanwhile."""
    session.get(Draft, draft_id, with_for_update=True, populate_existing=True)
    return find(session, draft_id, owner)


def mark_submitted(session: Session, draft_id: str, owner: Actor, reference: str, *, before: str | None) -> None:
    """Remember which proposal a draft became, in its transaction.

    Raises `DraftSubmitted` if it became another one meanwhile than the one it had become `before`.
    """
    draft = held(session, draft_id, owner)
    if draft.submitted_as != before:
        raise DraftSubmitted(
            f"This draft was submitted from another window: it became {draft.submitted_as}."
            " Nothing was submitted twice; read that proposal."
        )
    draft.submitted_as = reference
    session.add(draft)


def forget_old(session: Session, now: datetime) -> bool:
    """Forget at most one step's rows of drafts of more than a week ago; False if there are none left."""
    old = col(Draft.created_at) < now - KEPT_FOR
    draft_id = session.scalar(select(col(Draft.id)).where(old).limit(1).with_for_update(skip_locked=True))
    if draft_id is None:
        return False
    rows = session.scalars(
        select(col(DraftLine.row)).where(col(DraftLine.draft_id) == draft_id).limit(ROWS_PER_STEP)
    ).all()
    of = col(DraftLine.draft_id) == draft_id
    session.connection().execute(delete(DraftLine).where(of, col(DraftLine.row).in_(rows)))
    if len(rows) < ROWS_PER_STEP:
        session.connection().execute(delete(Draft).where(col(Draft.id) == draft_id))
    return True


def _named(filename: str) -> str:
    """Keep the last part of a file name, for showing only; nothing is ever stored under it."""
    last = filename.replace("\\", "/").rpartition("/")[2]
    return "".join(sign for sign in last if sign.isprintable())[:MAX_FILENAME] or "pasted lines"
