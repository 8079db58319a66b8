"""What each kind of timer is for: the action that is taken when it rings."""

from collections.abc import Callable
from datetime import datetime

from sqlmodel import Session

from app.lifecycle import deciding, publishing, returning, timers
from app.lifecycle.records import Timer


def keep_appointment(session: Session, timer: Timer, *, now: datetime) -> None:
    """Do what a timer that has come due was made for. A wave's evidence is gathered outside: see `judge_wave`."""
    deeds: dict[str, Callable[..., object]] = {
        timers.Kind.PUBLISH: publishing.publish,
        timers.Kind.REMIND: deciding.remind,
        timers.Kind.ESCALATE: deciding.escalate,
        timers.Kind.EXPIRE: deciding.expire,
        timers.Kind.RETURN: returning.end_window,
        timers.Kind.RETURN_CHECK: returning.check_return,
    }
    deeds[timer.kind](session, timer.proposal_id, now=now)
