"""Which contexts belong to the installation: retire one that is gone for good, take it in again. Both are audited."""

from datetime import datetime
from typing import Protocol

from sqlmodel import Session

from app.database import pulse
from app.deliveries import projection
from app.deliveries.records import ContextHealth, ContextState
from app.identity.actor import Actor
from app.identity.roles import Permission
from app.lifecycle.audit import audit_trail
from app.lifecycle.audit.verbs import Done, Verb
from app.lifecycle.errors import NotAllowed, NotFound, Refused
from app.outbox import kept_entries
from app.words.counting import plural
from app.words.typed import plain

MAX_REASON = 500


class Wish(Protocol):
    """What a person may do with a context."""

    def __call__(self, session: Session, name: str, *, actor: Actor, reason: str, now: datetime) -> None:
        """Do it, or raise a `Refused`; then nothing changed."""


class StillAnswers(Refused):
    """The context has living workers, or may have: what it does would no longer be looked at."""

    code, title = "context_still_answers", "This context still answers"


class ReasonMissing(Refused):
    """Nobody retires a context without a word."""

    code, status, title = "reason_missing", 422, "A reason is needed"


def retire(session: Session, name: str, *, actor: Actor, reason: str, now: datetime) -> None:
    """Wait for a context no longer: neither publications nor roll-backs do. What it answered stays."""
    row, why = _asked(session, name, actor), plain(reason[:MAX_REASON])
    if not why:
        raise ReasonMissing("Say why the context is gone for good; it stands in the audit trail.")
    if row.retired_at is not None:
        return
    if row.state not in (ContextState.SILENT, ContextState.AHEAD) or row.workers:
        raise StillAnswers(
            f"{name} is {row.state} with {plural(row.workers, 'worker')}. Stop them first, and wait until it is seen as"
            " silent: a retired context is not waited for, and would go on showing prices that nobody watches."
        )
    row.retired_at, row.retired_by, row.retired_why = now, actor.name, why
    _keep(session, row, actor, Verb.RETIRE, why, now)


def readmit(session: Session, name: str, *, actor: Actor, reason: str, now: datetime) -> None:
    """Take a retired context in again: it is waited for, and gets its place in every repricing."""
    row = _asked(session, name, actor)
    if row.retired_at is None:
        return
    row.retired_at, row.retired_by, row.retired_why = None, "", ""
    projection.open_lanes(session, name)
    _keep(session, row, actor, Verb.READMIT, plain(reason[:MAX_REASON]), now)


def note_kept_seen(session: Session, name: str, *, actor: Actor, reason: str, now: datetime) -> None:
    """Note that somebody has looked at the entries that had to be kept aside: they are no alarm any more."""
    _refuse_others(actor)
    kept_entries.note_seen(session, now)
    audit_trail.record(
        session, chain="streams", actor=actor, action=Verb.SEE_KEPT, detail={"of": name, "comment": reason}, now=now
    )
    pulse(session, "contexts")


def _asked(session: Session, name: str, actor: Actor) -> ContextHealth:
    _refuse_others(actor)
    audit_trail.hold(session, _chain(name))
    row = session.get(ContextHealth, name, populate_existing=True)
    if row is None:
        raise NotFound(f"No context {name!r} was ever heard of. `baton contexts` lists those there are.")
    return row


def _chain(name: str) -> str:
    return f"context:{name}"


def _refuse_others(actor: Actor) -> None:
    if not actor.may(Permission.RETIRE_CONTEXTS):
        raise NotAllowed(f"{actor.name} may not do this: it needs the permission '{Permission.RETIRE_CONTEXTS}'.")


def _keep(session: Session, row: ContextHealth, actor: Actor, action: Done, why: str, now: datetime) -> None:
    session.add(row)
    audit_trail.record(session, chain=_chain(row.name), actor=actor, action=action, detail={"comment": why}, now=now)
    pulse(session, "contexts", "repricings")
