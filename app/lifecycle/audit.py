"""The audit trail: one hash chain per subject, insert-only, verified by recomputation.

`hash = SHA-256(prev_hash || canonical JSON of the entry)`; the first entry's `prev_hash` is 64 zeros.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import TypeAlias

from sqlmodel import Session, col, select

from app.database import alone
from app.identity.actor import Actor
from app.lifecycle.records import AuditEntry
from app.wording import plain

GENESIS = "0" * 64
Detail: TypeAlias = dict[str, str | int | None]


@dataclass(frozen=True, slots=True)
class Verification:
    """The outcome of checking every chain. `first_bad` is the id of the first entry that does not fit, or None."""

    entries: int
    chains: int
    first_bad: int | None
    problem: str


def record(session: Session, *, chain: str, actor: Actor, action: str, detail: Detail, now: datetime) -> AuditEntry:
    """Append one entry to a chain, in the caller's transaction; whatever the words came from, they are kept plain."""
    hold(session, chain)
    last = session.exec(
        select(AuditEntry).where(AuditEntry.chain == chain).order_by(col(AuditEntry.seq).desc()).limit(1)
    ).first()
    entry = AuditEntry(
        chain=chain,
        seq=last.seq + 1 if last else 1,
        at=now,
        actor=actor.id,
        actor_name=actor.name,
        action=action,
        detail=json.dumps({key: _kept(value) for key, value in detail.items()}, sort_keys=True, ensure_ascii=False),
        prev_hash=last.hash if last else GENESIS,
        hash="",
    )
    entry.hash = _hash_of(entry)
    session.add(entry)
    session.flush()
    return entry


def hold(session: Session, chain: str) -> None:
    """Keep others from a chain, and from what is decided under its name, until this transaction ends.

    A command about something without a row of its own calls this first: what it then reads is still true when it
    writes. Whoever appends to the chain of a proposal has that proposal's row already.
    """
    alone(session, name_of(chain))


def name_of(chain: str) -> str:
    """Return the name by which a chain is held."""
    return f"chain {chain}"


def _kept(value: str | int | None) -> str | int | None:
    return plain(value) if isinstance(value, str) else value


def verify(session: Session) -> Verification:
    """Recompute every chain and name the first entry that was changed, removed from the middle or inserted."""
    heads: dict[str, tuple[int, str]] = {}
    entries = 0
    for entry in _in_order(session):
        entries += 1
        seq, prev = heads.get(entry.chain, (0, GENESIS))
        problem = _problem(entry, seq, prev)
        if problem:
            return Verification(entries, len(heads), entry.id, problem)
        heads[entry.chain] = (entry.seq, entry.hash)
    return Verification(entries, len(heads), None, "")


def _in_order(session: Session) -> Iterator[AuditEntry]:
    yield from session.exec(select(AuditEntry).order_by(col(AuditEntry.id))).yield_per(1000)


def _problem(entry: AuditEntry, seq: int, prev: str) -> str:
    if entry.seq != seq + 1:
        return f"entry {entry.seq} of {entry.chain} follows entry {seq}: something was removed or inserted"
    if entry.prev_hash != prev:
        return f"entry {entry.seq} of {entry.chain} does not continue the entry before it"
    if entry.hash != _hash_of(entry):
        return f"entry {entry.seq} of {entry.chain} was changed after it was written"
    return ""


def _hash_of(entry: AuditEntry) -> str:
    body = [
        entry.chain,
        entry.seq,
        entry.at.astimezone(UTC).isoformat(),
        entry.actor,
        entry.actor_name,
        entry.action,
        entry.detail,
    ]
    return sha256((entry.prev_hash + json.dumps(body, ensure_ascii=False)).encode()).hexdigest()
