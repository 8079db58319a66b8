"""The head over all audit chains: each entry takes the next position and a keyed seal as its transaction commits.

With it goes what the transaction did to protected rows (see `kept_rows`).

The head is one row, so its lock is taken last of all, just before the commit: two proposals wait for each other only
for the moment in which one of them commits, and nobody who holds it waits for anything else. An honest process never
hides what was done to the store: upon a head that is not ours it goes on, with seals that no verification accepts.
"""

import logging
from hashlib import sha256
from typing import Final, NamedTuple

from sqlalchemy import Table, event, inspect, select, text
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session as AnySession
from sqlmodel import Session, col

from app.lifecycle.audit.evidence import kept_rows, keys
from app.lifecycle.audit.evidence.kept_rows import StateEnd
from app.lifecycle.audit.evidence.keys import AuditKey, AuditKeyWrong
from app.lifecycle.audit.verbs import Verb
from app.lifecycle.records import AuditEntry, AuditHead
from app.protection import changes
from app.protection.changes import RowChange

log = logging.getLogger("baton.audit")

NAME: Final = "audit"
ADOPT: Final = Verb.ADOPT_AUDIT
FOREIGN: Final = "the head before this was not ours"
_WAITING: Final = "audit entries without a seal"


class HeadEnd(NamedTuple):
    """What the head says: how many entries, how much is kept of rows, how many checkpoints; of each the last seal."""

    position: int
    seal: str
    state_position: int = 0
    state_seal: str = ""
    checkpoints: int = 0
    checkpoint: str = ""

    @classmethod
    def of(cls, head: AuditHead) -> "HeadEnd":
        """Return what a head says."""
        return cls(head.position, head.seal, head.state_position, head.state_seal, head.checkpoints, head.checkpoint)

    @property
    def state(self) -> StateEnd:
        """Return how much is kept of rows."""
        return StateEnd(self.state_position, self.state_seal)

    def with_state(self, state: StateEnd) -> "HeadEnd":
        """Return the same with more kept of rows."""
        return self._replace(state_position=state.position, state_seal=state.seal)

    @property
    def said(self) -> tuple[str | int, ...]:
        """Return what the key vouches for; before anything else was kept that was two words."""
        return ("head", *(self if self.state_position or self.checkpoints else self[:2]))


def root(key: AuditKey, count: int, digest: str) -> str:
    """Return the seal that the first entry after `count` adopted ones continues; `digest` is of all their hashes."""
    return key.seal("adopted", count, digest)


def seal_of(key: AuditKey, position: int, before: str, entry_hash: str) -> str:
    """Return the seal of the entry at a position, which continues the seal `before` it."""
    return key.seal("entry", position, before, entry_hash)


def is_ours(key: AuditKey, head: AuditHead) -> bool:
    """Tell whether a head was written by somebody who has the key."""
    return key.fits(head.mac, *HeadEnd.of(head).said)


def will_seal(session: Session, entry: AuditEntry) -> None:
    """Seal this entry when its transaction commits."""
    session.info.setdefault(_WAITING, []).append(entry)


def read(session: Session) -> AuditHead | None:
    """Return the head as it stands."""
    return session.get(AuditHead, NAME, populate_existing=True)


def _seal_what_waits(session: AnySession) -> None:
    waits = session.info.get(_WAITING) or changes.noted(session)
    if not waits or session.in_nested_transaction():
        return
    session.flush()
    waiting, done = session.info.pop(_WAITING, []), list(changes.noted(session))
    changes.noted(session).clear()
    entries = [entry for entry in waiting if inspect(entry).persistent]  # the others went with a savepoint
    if entries or done:
        _seal(session, entries, done)


@event.listens_for(AnySession, "after_rollback")
def _forget_what_waits(session: AnySession) -> None:
    session.info.pop(_WAITING, None)


def _seal(session: AnySession, entries: list[AuditEntry], done: list[RowChange]) -> None:
    head = take(session)
    key = keys.made() if head is None else own(head)
    end = _end(session, key, head)
    position, seal = end.position, end.seal
    for entry in entries:
        position += 1
        seal = entry.seal = seal_of(key, position, seal, entry.hash)
        entry.position = position
    session.flush()
    write(session, _kept(session, key, head, end._replace(position=position, seal=seal), done), key)


def _kept(session: AnySession, key: AuditKey, head: AuditHead | None, end: HeadEnd, done: list[RowChange]) -> HeadEnd:
    """Keep what was done to rows; the first time, what stands there."""
    if end.state != StateEnd():
        return end.with_state(kept_rows.keep(session, key, end.state, done, entry=end.position))
    kind = kept_rows.BEGUN if head is None else kept_rows.FOUND
    return end.with_state(kept_rows.begin(session, key, end.state, kind, entry=end.position))


def _end(session: AnySession, key: AuditKey, head: AuditHead | None) -> HeadEnd:
    if head is None:
        state = StateEnd(0, FOREIGN) if kept_rows.any_kept(session) else StateEnd()
        return HeadEnd(0, root(key, 0, _nothing())).with_state(state)
    end = HeadEnd.of(head)
    if not is_ours(key, head):
        log.error("the head of the audit trail was not written by Baton; `baton audit verify` says more")
        return end._replace(seal=FOREIGN, state_seal=FOREIGN)
    return end


def keep_what_stands(session: AnySession, kind: str) -> None:
    """Begin to keep protected rows, with those that stand there, under the head of now."""
    head = take(session)
    assert head is not None, "whoever keeps has a head"
    key, end = own(head), HeadEnd.of(head)
    write(session, end.with_state(kept_rows.begin(session, key, end.state, kind, entry=end.position)), key)


def own(head: AuditHead) -> AuditKey:
    """Return the key that a head was written with. Raises `AuditKeyWrong` if it is not at hand."""
    key = keys.at_hand()
    if key is None or key.id != head.key_id:
        found = "none" if key is None else f"another one ({key.id})"
        raise AuditKeyWrong(
            f"The audit trail is sealed with the key {head.key_id}; {found} is at hand, so nothing was done. Put it"
            f" back to {keys.place()} or into BATON_AUDIT_KEY. If it is lost for good, an owner starts anew with"
            " `baton audit adopt`."
        )
    return key


def take(session: AnySession) -> AuditHead | None:
    """Return the head and keep it until the commit; whoever makes the first one is alone too."""
    found = session.scalars(_TAKE).first()
    if found is None and session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(hashtext('baton.audit.head'))"))
        found = session.scalars(_TAKE).first()
    return found


_TAKE = select(AuditHead).where(col(AuditHead.name) == NAME).with_for_update().execution_options(populate_existing=True)


def write(session: AnySession, end: HeadEnd, key: AuditKey) -> None:
    """Write the head, whatever stood there."""
    words = {"name": NAME, **end._asdict(), "key_id": key.id, "mac": key.seal(*end.said)}
    session.execute(_WRITE[session.get_bind().dialect.name], words)


_TABLE: Table = AuditHead.__table__  # type: ignore[attr-defined]
_WRITE = {
    dialect: made.on_conflict_do_update(
        index_elements=["name"], set_={name: made.excluded[name] for name in (*HeadEnd._fields, "key_id", "mac")}
    )
    for dialect, made in (("postgresql", postgres_insert(_TABLE)), ("sqlite", sqlite_insert(_TABLE)))
}


def _nothing() -> str:
    return sha256().hexdigest()


changes.sealed_by(_seal_what_waits)
