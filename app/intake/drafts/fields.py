"""What somebody typed into a draft, field by field, from the first pause in typing.

Every field has a version of its own. Whoever changes one says which version they saw: two windows that change different
fields both keep theirs, and where they change the same one the later is told and decides.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlmodel import Session, col

from app.identity.actor import Actor
from app.intake.drafts.draft import begun, changed, find
from app.intake.drafts.errors import TooLongToKeep
from app.intake.records import DraftField

LONGEST: Final = {
    "reason": 500,
    "text": 4_000_000,
    "typed": 500_000,
    "mends": 200_000,
    "choices": 1_000,
    "timing": 2_000,
    "waves": 500_000,
}
"""The fields of a draft, and how many characters of each are kept."""
CALLED: Final = {"text": "The pasted text", "typed": "What was typed", "mends": "What was typed into bad rows"}


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody typed into a field, and the version that they typed it over (0: nothing stood there)."""

    value: str
    over: int


@dataclass(frozen=True, slots=True)
class Stands:
    """What stands in a field."""

    value: str
    version: int


@dataclass(frozen=True, slots=True)
class Kept:
    """The versions of the fields that stand as they were typed, and what stands where it was changed meanwhile."""

    versions: dict[str, int]
    clashes: dict[str, Stands]
    at: datetime


def keep(session: Session, draft_id: str, owner: Actor, typed: Mapping[str, Typed], now: datetime) -> Kept:
    """Keep what was typed; a draft that nobody has begun yet begins.

    Raises `NotFound`, `DraftSubmitted`, `DraftDiscarded`, `TooManyDrafts` or `TooLongToKeep`; then nothing was kept.
    """
    for name, one in typed.items():
        if len(one.value) > LONGEST[name]:
            raise TooLongToKeep(CALLED.get(name, "This field"), LONGEST[name])
    draft = begun(session, owner, now, draft_id)
    kept = Kept({}, {}, now)
    for name, one in typed.items():
        _keep(session, draft.id, name, one, kept)
    if kept.versions:
        changed(session, draft, owner, now)
    return kept


def stand(session: Session, draft_id: str, owner: Actor, names: Collection[str] = ()) -> dict[str, Stands]:
    """Return what stands in the fields of a draft, or in some of them. Raises `NotFound`."""
    find(session, draft_id, owner)
    query = select(DraftField).where(col(DraftField.draft_id) == draft_id)
    found = session.scalars(query.where(col(DraftField.name).in_(names)) if names else query)
    return {field.name: Stands(field.value, field.version) for field in found}


def versions(session: Session, draft_id: str, owner: Actor) -> dict[str, int]:
    """Return the versions of a draft's fields, without what stands in them. Raises `NotFound`."""
    find(session, draft_id, owner)
    query = select(col(DraftField.name), col(DraftField.version)).where(col(DraftField.draft_id) == draft_id)
    return {str(name): int(version) for name, version in session.execute(query)}


def empty(session: Session, draft_id: str, name: str, now: datetime) -> None:
    """Empty a field, because what it was about is there no more."""
    field = session.get(DraftField, (draft_id, name))
    if field is not None and field.value:
        field.value, field.version, field.lines, field.at = "", field.version + 1, 0, now
        session.add(field)


def _keep(session: Session, draft_id: str, name: str, typed: Typed, kept: Kept) -> None:
    field = session.get(DraftField, (draft_id, name))
    stands, value = field.version if field else 0, _storable(typed.value)
    if field is not None and field.value == value:
        kept.versions[name] = stands
        return
    if typed.over != stands:
        kept.clashes[name] = Stands(field.value if field else "", stands)
        return
    field = field or DraftField(draft_id=draft_id, name=name, value="", version=0, lines=0, at=kept.at)
    field.value, field.version, field.at = value, stands + 1, kept.at
    field.lines = _lines(name, value)
    session.add(field)
    kept.versions[name] = field.version


def _storable(text: str) -> str:
    """Show what a database cannot hold (NUL, lone surrogates) as a mark."""
    return text.replace("\0", "\ufffd").encode(errors="replace").decode()


def _lines(name: str, value: str) -> int:
    if name == "text":
        return sum(1 for line in value.splitlines() if line.strip())
    if name != "typed":
        return 0
    try:
        rows = json.loads(value or "[]")
    except ValueError:
        return 0
    return sum(1 for row in rows if row and any(row)) if isinstance(rows, list) else 0
