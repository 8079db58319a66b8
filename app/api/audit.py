"""The audit trail: who did what, and the proof that nobody changed it since."""

import json
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, BeforeValidator, ConfigDict
from sqlmodel import col, select

from app import database
from app.api.access import AuditReader
from app.api.inputs import Cursor
from app.api.problems import described
from app.api.wire import PageOut
from app.lifecycle.audit import audit_trail
from app.lifecycle.records import AuditEntry

router = APIRouter(prefix="/api/audit", tags=["audit"])


class AuditOut(BaseModel):
    """One entry of the hash-chained audit trail."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    chain: str
    seq: int
    at: datetime
    actor: str
    actor_name: str
    action: str
    detail: Annotated[dict[str, str | int | None], BeforeValidator(json.loads)]
    hash: str


class WrongOut(BaseModel):
    """One thing that does not fit: what was done, a sentence, and the entry where it was found, if at one."""

    model_config = ConfigDict(from_attributes=True)

    what: str
    sentence: str
    entry: int | None


class VerifiedOut(BaseModel):
    """The outcome of verifying the audit trail. `findings` are the first of all that were `found`.

    `notes` say what cannot be vouched for although nothing is wrong with it.
    """

    intact: bool
    entries: int
    chains: int
    first_bad: int | None
    problem: str
    findings: list[WrongOut]
    found: int
    notes: list[str]


@router.get("", responses=described(401, 403))
def find(
    caller: AuditReader, cursor: Cursor = None, limit: Annotated[int, Query(ge=1, le=1_000)] = 100
) -> PageOut[AuditOut]:
    """List audit entries, newest first."""
    query = select(AuditEntry).order_by(col(AuditEntry.id).desc()).limit(limit + 1)
    if cursor:
        query = query.where(col(AuditEntry.id) < int(cursor))
    with database.reading() as session:
        found = [AuditOut.model_validate(entry) for entry in session.exec(query)]
    return PageOut(items=found[:limit], next_cursor=str(found[limit - 1].id) if len(found) > limit else None)


@router.get("/verify", responses=described(401, 403))
def verify(caller: AuditReader) -> VerifiedOut:
    """Recompute every hash and seal, compare what stands beside and outside, and name everything that does not fit."""
    with database.reading() as session:
        outcome = audit_trail.verify(session)
    return VerifiedOut(
        intact=outcome.intact,
        entries=outcome.entries,
        chains=outcome.chains,
        first_bad=outcome.first_bad,
        problem=outcome.problem,
        findings=[WrongOut.model_validate(finding) for finding in outcome.findings],
        found=outcome.count,
        notes=list(outcome.notes),
    )
