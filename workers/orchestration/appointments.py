"""What is done when a timer rings. Everything goes through the actions that people use; a wave is weighed first."""

from datetime import datetime

from sqlmodel import Session

from app.canary.evidence import Evidence
from app.lifecycle import actions
from app.lifecycle.clock.timers import Kind
from app.lifecycle.records import Timer
from workers.orchestration import waves


def gather(session: Session, timer_id: int, now: datetime) -> Evidence | None:
    """Read what is known of the wave that a timer is about; nothing if it is about no wave."""
    timer = session.get(Timer, timer_id)
    return waves.gather(session, timer, now) if timer is not None and timer.kind == Kind.WAVE else None


def keep(session: Session, timer: Timer, now: datetime, evidence: Evidence | None = None) -> None:
    """Keep one appointment. A timer whose moment has passed by in another way changes nothing."""
    if timer.kind == Kind.WAVE:
        waves.judge(session, timer, now, evidence)
    else:
        actions.keep_appointment(session, timer, now=now)
