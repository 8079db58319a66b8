"""Whether what a person saw of a proposal is what stands there, and in words what differs."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from app.lifecycle.deciding.content import SeenPart, differing, seen_hash
from app.lifecycle.errors import SeenContentChanged, SeenContentMissing
from app.lifecycle.publishing import effects, waves
from app.lifecycle.records import AuditEntry, Effect, Proposal
from app.lifecycle.table.sentences import DID, STANDS, UNDER_WAY
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import Action
from app.words.counting import plural
from app.words.instants import written
from app.words.percent import percent

_FOLLOWS = (Action.PASS, Action.HOLD, Action.REFUSE, Action.REMIND, Action.ESCALATE)


def seen_now(session: Session, proposal: Proposal) -> str:
    """Return the seen-hash of a proposal as it stands."""
    judged = waves.last_judged(session, [proposal.id]).get(proposal.id)
    return seen_hash(proposal, judged, effects.under_way(session, proposal.id))


def refuse_unseen(session: Session, proposal: Proposal, seen: str) -> None:
    """Raise `SeenContentMissing` or `SeenContentChanged` unless `seen` is what stands there; then nothing has moved."""
    if not seen:
        raise SeenContentMissing(
            "A decision binds to what was seen: send the content_hash of the proposal as you read it."
            " Nothing was changed."
        )
    if seen != seen_now(session, proposal):
        told = changes(session, proposal, seen)
        raise SeenContentChanged(
            f"What you saw is not what stands there: {'; '.join(told.values()) or 'it is not this proposal as it was'}."
            f"{_last(session, proposal)} Nothing was changed; read it as it stands now, then decide.",
            extra={"changed": [{"what": what, "now": words} for what, words in told.items()]},
        )


def changes(session: Session, proposal: Proposal, seen: str) -> Mapping[str, str]:
    """Say what stands there now, for each part that is not the one that was seen."""
    differ = differing(seen, seen_now(session, proposal))
    return {part.value: _words(session, proposal, part) for part in differ}


def _words(session: Session, proposal: Proposal, part: SeenPart) -> str:
    match part:
        case SeenPart.LINES:
            mean = "not known" if proposal.mean_change_bp is None else percent(proposal.mean_change_bp, signed=True)
            return f"its current prices or facts are others (mean change now {mean})"
        case SeenPart.VERDICT:
            headline = proposal.headline or "not judged yet"
            return f"its verdict is now {(proposal.verdict or 'open').lower()} ({headline[:1].lower()}{headline[1:]})"
        case SeenPart.RULES:
            return f"it is now judged by rule set {proposal.rule_set}"
        case SeenPart.WAVES:
            words = waves.in_words(waves.plan_of(proposal))
            return f"it now goes out {words[:1].lower()}{words[1:]}"
        case SeenPart.DATES:
            return f"it now takes effect {_at(proposal.effective_at, 'at once')} and stays {_until(proposal.ends_at)}"
        case SeenPart.OUT:
            wave = f", up to wave {proposal.wave}" if proposal.wave else ""
            return f"{proposal.published_lines:,} of its {plural(proposal.lines, 'line is', 'lines are')} out now{wave}"
        case SeenPart.STATUS:
            return _stands(proposal, effects.under_way(session, proposal.id))


def _stands(proposal: Proposal, doing: Effect | None) -> str:
    """Say in which status a proposal is, of how many lines, and what is under way with it."""
    lines = plural(proposal.lines, "line")
    told = f"it is {STANDS[Status(proposal.status)]} now, with {lines}"
    if doing is None:
        return f"{told} and nothing under way"
    return f"{told}, while {UNDER_WAY[effects.EffectKind(doing.kind)]}"


def _at(moment: datetime | None, otherwise: str) -> str:
    return written(moment) if moment else otherwise


def _until(moment: datetime | None) -> str:
    return f"until {_at(moment, '')}" if moment else "for good"


def _last(session: Session, proposal: Proposal) -> str:
    """Say who did the last thing to a proposal that can have changed it; a verdict follows from what came before."""
    query = select(AuditEntry).where(col(AuditEntry.chain) == proposal.id, col(AuditEntry.action).not_in(_FOLLOWS))
    entry = session.scalars(query.order_by(col(AuditEntry.seq).desc()).limit(1)).first()
    if entry is None:
        return ""
    did = DID.get(entry.action, entry.action.replace("-", " "))  # another release may know more actions
    return f" The last to touch it was {entry.actor_name} ({did}, {_at(entry.at, '')})."
