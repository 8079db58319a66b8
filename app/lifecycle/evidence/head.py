"""The head over all audit chains: each entry takes the next position and a keyed seal as its transaction commits.

The head is one row, so its lock is taken last of all, just before the commit: two proposals wait for each other only
for the moment in which one of them commits, and nobody who holds it waits for anything else. An honest process never
hides what was done to the store: upon a head that is not ours it goes on, with seals that no verification accepts.
"""

import logging
from hashlib import sha256
from typing import Final

from sqlalchemy import ColumnElement, Table, event, inspect, select, text
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session as AnySession
from sqlmodel import Session, col

from app.lifecycle.evidence import keys
from app.lifecycle.evidence.keys import AuditKey, AuditKeyWrong
from app.lifecycle.records import AuditEntry, AuditHead

log = logging.getLogger("baton.audit")

NAME: Final = "audit"
ADOPT: Final = "adopt-audit"
FOREIGN: Final = "the head before this was not ours"
_WAITING: Final = "audit entries without a seal"


def root(key: AuditKey, count: int, digest: str) -> str:
    """Return the seal that the first entry after `count` adopted ones continues; `digest` is of all their hashes."""
    return key.seal("adopted", count, digest)


def seal_of(key: AuditKey, position: int, before: str, entry_hash: str) -> str:
    """Return the seal of the entry at a position, which continues the seal `before` it."""
    return key.seal("entry", position, before, entry_hash)


def mac_of(key: AuditKey, position: int, seal: str) -> str:
    """Return what proves that the head was written by somebody who has the key."""
    return key.seal("head", position, seal)


def will_seal(session: Session, entry: AuditEntry) -> None:
    """Seal this entry when its transaction commits."""
    session.info.setdefault(_WAITING, []).append(entry)


def read(session: Session) -> AuditHead | None:
    """Return the head as it stands."""
    return session.get(AuditHead, NAME, populate_existing=True)


@event.listens_for(AnySession, "before_commit")
def _seal_what_waits(session: AnySession) -> None:
    waiting = session.info.get(_WAITING)
    if not waiting or session.in_nested_transaction():
        return
    session.info[_WAITING] = []
    session.flush()
    entries = [entry for entry in waiting if inspect(entry).persistent]  # the others went with a savepoint
    if entries:
        _seal(session, entries)


@event.listens_for(AnySession, "after_rollback")
def _forget_what_waits(session: AnySession) -> None:
    session.info.pop(_WAITING, None)


def _seal(session: AnySession, entries: list[AuditEntry]) -> None:
    head = take(session)
    key = keys.made() if head is None else own(head)
    position, seal = _end(key, head)
    for entry in entries:
        position += 1
        seal = entry.seal = seal_of(key, position, seal, entry.hash)
        entry.position = position
    session.flush()
    write(session, position=position, seal=seal, key=key)


def _end(key: AuditKey, head: AuditHead | None) -> tuple[int, str]:
    if head is None:
        return 0, root(key, 0, _nothing())
    if not key.fits(head.mac, "head", head.position, head.seal):
        log.error("the head of the audit trail was not written by Baton; `baton audit verify` says more")
        return head.position, FOREIGN
    return head.position, head.seal


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
    query = select(AuditHead).where(_is_head()).with_for_update().execution_options(populate_existing=True)
    found = session.scalars(query).first()
    if found is None and session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(hashtext('baton.audit.head'))"))
        found = session.scalars(query).first()
    return found


def write(session: AnySession, *, position: int, seal: str, key: AuditKey) -> None:
    """Write the head, whatever stood there."""
    table: Table = AuditHead.__table__  # type: ignore[attr-defined]
    postgres = session.get_bind().dialect.name == "postgresql"
    made = (postgres_insert if postgres else sqlite_insert)(table).values(
        name=NAME, position=position, seal=seal, key_id=key.id, mac=mac_of(key, position, seal)
    )
    renewed = {name: made.excluded[name] for name in ("position", "seal", "key_id", "mac")}
    session.execute(made.on_conflict_do_update(index_elements=["name"], set_=renewed))


def _nothing() -> str:
    return sha256().hexdigest()


def _is_head() -> ColumnElement[bool]:
    return col(AuditHead.name) == NAME
