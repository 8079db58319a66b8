"""The audit trail: one hash chain per subject, and one sealed order over all of them.

`hash = SHA-256(prev_hash || canonical JSON of the entry)`; the first entry's `prev_hash` is 64 zeros. `evidence` adds
what a hash alone cannot say: that nothing was cut off, rewritten, or put beside it.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from app.database import alone
from app.identity.actor import Actor
from app.lifecycle.audit.evidence import announced, beside, checkpoints, head, legible, standing
from app.lifecycle.audit.evidence.findings import Findings, Misfit
from app.lifecycle.audit.evidence.hashing import GENESIS, hash_of
from app.lifecycle.audit.evidence.legible import come_what_may
from app.lifecycle.audit.evidence.trail import Walk, rows
from app.lifecycle.audit.verbs import Done
from app.lifecycle.records import AuditEntry
from app.words.counting import plural
from app.words.typed import plain

Detail: TypeAlias = dict[str, str | int | None]


@dataclass(frozen=True, slots=True)
class Verification:
    """The outcome of checking everything. `findings` are the first ones, `count` says how many there are in all.

    `notes` say what cannot be vouched for although nothing is wrong with it.
    """

    entries: int
    chains: int
    findings: tuple[Misfit, ...]
    count: int
    notes: tuple[str, ...]

    @property
    def intact(self) -> bool:
        """Tell whether everything fits."""
        return not self.count

    @property
    def first_bad(self) -> int | None:
        """Return the id of the first entry that does not fit, if it is an entry that does not."""
        return next((finding.entry for finding in self.findings if finding.entry is not None), None)

    @property
    def problem(self) -> str:
        """Say what was found first, and how much besides; nothing if everything fits."""
        if not self.findings:
            return ""
        first = self.findings[0]
        more = f" And {self.count - 1:,} more." if self.count > 1 else ""
        return f"{first.what.capitalize()}: {first.sentence}.{more}"


def record(session: Session, *, chain: str, actor: Actor, action: Done, detail: Detail, now: datetime) -> AuditEntry:
    """Append one entry to a chain, in the caller's transaction; whatever the words came from, they are kept plain."""
    hold(session, chain)
    last = session.exec(_LAST, params={"chain": chain}).first()
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
    entry.hash = hash_of(entry)
    session.add(entry)
    head.will_seal(session, entry)
    session.flush()
    return entry


_LAST = (
    select(AuditEntry).where(col(AuditEntry.chain) == bindparam("chain")).order_by(col(AuditEntry.seq).desc()).limit(1)
)


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
    """Recompute every hash and seal, compare with the head, with what stands beside the trail and with what is outside.

    Every tampering is named, the first ones in words.
    """
    findings = Findings()
    if not legible.compare(session, findings):
        return Verification(0, 0, tuple(findings.named), findings.count, ())
    walk, told, outside = Walk(session, findings), beside.Told(), checkpoints.Outside.read()
    for row in rows(session):
        walk.see(row)
        told.hear(row)
        outside.pass_by(row)
    with come_what_may(session, findings, "the head"):
        walk.end()
    notes: tuple[str, ...] = ()
    with come_what_may(session, findings, "what is kept of rows"):
        replayed = standing.Replayed(session, walk, outside.pass_state)
        notes = tuple(_notes(walk, outside, replayed))
        outside.compare(walk, replayed.end_position, findings)
        if replayed.name_what_is_wrong(findings):
            standing.compare(session, replayed, walk.key, findings)
    with come_what_may(session, findings, "what was announced"):
        announced.compare(session, findings)
    with come_what_may(session, findings, "what stands beside the trail"):
        beside.compare(session, told, findings)
    return Verification(walk.entries, walk.chains, tuple(findings.named), findings.count, notes)


_WAS_NOT_SEALED = "entry was there before it was sealed: it is as it was"
_WERE_NOT_SEALED = "entries were there before they were sealed: they are as they were"
_WAS_NOT_COVERED = "row beside the trail was there before it was covered, and is as it was"
_WERE_NOT_COVERED = "rows beside the trail were there before they were covered, and are as they were"


def _notes(walk: Walk, outside: checkpoints.Outside, replayed: standing.Replayed) -> Iterator[str]:
    """Yield what cannot be vouched for although nothing is wrong with it."""
    if walk.adopted:
        yield (
            f"The first {plural(walk.adopted, _WAS_NOT_SEALED, _WERE_NOT_SEALED)} found then,"
            " and nobody vouches for what happened before."
        )
    if replayed.found is not None:
        yield (
            f"{plural(replayed.found_rows, _WAS_NOT_COVERED, _WERE_NOT_COVERED)}"
            f" found after entry {replayed.found:,}: nobody vouches for what happened before."
        )
    elif not replayed.is_kept:
        yield ("The rows beside the trail are not covered before the next change: `baton migrate` begins it now.")
    if not outside.lines and not (walk.head and walk.head.checkpoints):
        yield ("No checkpoint was written outside yet, so a store that is put back as a whole is not noticed.")
