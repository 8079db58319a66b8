"""What is done when a timer rings. Everything goes through the actions that people use; a wave is weighed first."""

from datetime import datetime

from sqlmodel import Session

from app.canary.evidence import Evidence
from app.lifecycle import actions
from app.lifecycle.audit import audit_trail
from app.lifecycle.clock.timers import Kind
from app.lifecycle.proposing import policy
from app.lifecycle.records import Timer
from app.lifecycle.rulebook import activation, checking, schedule
from app.lifecycle.rulebook.checking import Check
from app.lifecycle.table import moves
from workers.orchestration import waves


def gather(session: Session, timer_id: int, now: datetime) -> Evidence | Check | None:
    """Read what is known of the wave, or the rule set, that a timer is about; nothing if it is about neither."""
    timer = session.get(Timer, timer_id)
    if timer is not None and timer.kind == Kind.WAVE:
        return waves.gather(session, timer, now)
    return checking.look(session, timer.version, now) if timer is not None and timer.kind == Kind.RULES_BEGIN else None


def hold(session: Session, subject: str) -> None:
    """Hold what an appointment is about: before its timer, as everybody does."""
    if schedule.belongs_here(subject):
        audit_trail.hold(session, policy.CHAIN)
    else:
        moves.locked(session, subject)


def keep(session: Session, timer: Timer, now: datetime, known: Evidence | Check | None = None) -> None:
    """Keep one appointment. A timer whose moment has passed by in another way changes nothing."""
    if timer.kind == Kind.WAVE:
        waves.judge(session, timer, now, known if isinstance(known, Evidence) else None)
    elif timer.kind == Kind.RULES_BEGIN:
        looked = known if isinstance(known, Check) else None
        activation.take_effect(session, timer.version, now=now, looked=looked)
    elif timer.kind == Kind.RULES_EDGE:
        activation.keep_edge(session, now)
    else:
        actions.keep_appointment(session, timer, now=now)
