"""Adopting an audit trail that no key vouches for: one of before there were seals, or one whose key was lost."""

import logging
from datetime import datetime
from hashlib import sha256
from typing import Final

from sqlalchemy import func, select, text
from sqlmodel import Session, col

from app.identity.actor import Actor
from app.lifecycle.audit import audit_trail
from app.lifecycle.audit.evidence import head, kept_rows, keys
from app.lifecycle.audit.evidence.keys import AuditKey
from app.lifecycle.records import AuditEntry
from app.words.counting import plural

log = logging.getLogger("baton.audit")

FIRST: Final = "This is the first checkpoint."
_RENUMBER = text(
    "UPDATE audit_entry SET position = numbered.n"
    " FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM audit_entry) AS numbered"
    " WHERE numbered.id = audit_entry.id"
)


def begin(session: Session, *, actor: Actor, now: datetime) -> int:
    """Adopt an installation that never had a head; return how many entries that is. Raises `AuditKeyWrong`.

    Nothing is adopted twice by itself: where seals stand without a head, somebody took it away.
    """
    found = head.read(session)
    if found is not None:
        head.own(found)
        if not found.state_position and not kept_rows.any_kept(session):
            head.keep_what_stands(session, kept_rows.FOUND)
        return 0
    if session.scalar(select(func.count()).select_from(AuditEntry).where(col(AuditEntry.seal) != "")):
        log.error("entries of the audit trail are sealed, and yet its head is gone; `baton audit verify` says more")
        return 0
    return adopt(session, key=keys.made(), actor=actor, why=FIRST, now=now)


def adopt(session: Session, *, key: AuditKey, actor: Actor, why: str, now: datetime) -> int:
    """Hold fast what stands there as it is, whoever wrote it, and go on from there; return how many entries that is.

    An entry says so, and that nothing vouches for what happened to them before. An empty trail just begins.
    """
    head.take(session)
    session.execute(_RENUMBER)
    count, digest = 0, sha256()
    for entry_hash in session.scalars(select(col(AuditEntry.hash)).order_by(col(AuditEntry.position))):
        digest.update(entry_hash.encode())
        count += 1
    before = head.read(session)
    end = head.HeadEnd(count, head.root(key, count, digest.hexdigest()))
    if before is not None:
        end = head.HeadEnd.of(before)._replace(position=end.position, seal=end.seal)
    head.write(session, end, key)
    head.keep_what_stands(session, kept_rows.FOUND if count else kept_rows.BEGUN)
    if count:
        stood = plural(count, "entry", "entries")
        told = f"{stood} stood here before; nothing vouches for what happened to them until now."
        detail: audit_trail.Detail = {"comment": why, "told": told, "upto": count}
        audit_trail.record(session, chain=head.NAME, actor=actor, action=head.ADOPT, now=now, detail=detail)
    return count
