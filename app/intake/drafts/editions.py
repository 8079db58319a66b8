"""The lines of a draft as they were read and judged: one edition takes the other's place in one moment.

Rows are written a step at a time, so a new edition grows beside the one that stands. A process that is killed half-way
leaves the draft as it was.
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlmodel import Session

from app.identity.actor import Actor
from app.intake.drafts import fields
from app.intake.drafts.draft import begun, changed, held
from app.intake.drafts.errors import DraftChangedElsewhere
from app.intake.dry_run import DryRun
from app.intake.price_file import TableReading
from app.intake.records import Draft

MAX_FILENAME = 120


@dataclass(frozen=True, slots=True)
class Source:
    """What lines were read from: a file by its name, or what was typed ("pasted")."""

    filename: str
    size_bytes: int = 0
    reading: TableReading | None = None


def begin(session: Session, owner: Actor, now: datetime, draft_id: str = "") -> tuple[str, int]:
    """Begin the next edition of a draft's lines, or a draft with its first; return which."""
    draft = begun(session, owner, now, draft_id)
    draft.coming += 1
    session.add(draft)
    return draft.id, draft.coming


def turn_to(
    session: Session, draft_id: str, owner: Actor, edition: int, source: Source, tried: DryRun, now: datetime
) -> Draft:
    """Let an edition whose rows are all kept be the draft's lines. Raises `DraftChangedElsewhere` for an older one."""
    draft = held(session, draft_id, owner)
    if draft.edition > edition:
        raise DraftChangedElsewhere("Its lines were read again in another window meanwhile; those stand. Look at them.")
    counts = asdict(tried.counts) | {"rule_set": tried.rule_set, "size_bytes": source.size_bytes}
    for name, count in counts.items():
        setattr(draft, name, count)
    draft.edition, draft.mended, draft.filename = edition, False, _named(source.filename)
    draft.reading = json.dumps(asdict(source.reading), ensure_ascii=False) if source.reading else None
    fields.empty(session, draft_id, "mends", now)
    changed(session, draft, owner, now)
    return draft


def _named(filename: str) -> str:
    """Keep the last part of a file name, for showing only; nothing is ever stored under it."""
    last = filename.replace("\\", "/").rpartition("/")[2]
    return "".join(sign for sign in last if sign.isprintable())[:MAX_FILENAME] or "pasted lines"
