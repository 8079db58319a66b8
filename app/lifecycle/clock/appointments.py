"""What each kind of timer is for: the action that is taken when it rings."""

from collections.abc import Callable
from datetime import datetime

from sqlmodel import Session

from app.lifecycle.clock import timers
from app.lifecycle.deciding import decisions
from app.lifecycle.publishing import publish
from app.lifecycle.records import Timer
from app.lifecycle.windows import way_back


def keep_appointment(session: Session, timer: Timer, *, now: datetime) -> None:
    """Do what a timer that has come due was made for. A wave's evidence is gathered outside: see `judge_wave`."""
    deeds: dict[str, Callable[..., object]] = {
        timers.Kind.PUBLISH: publish.publish,
        timers.Kind.REMIND: decisions.remind,
        timers.Kind.ESCALATE: decisions.escalate,
        timers.Kind.EXPIRE: decisions.expire,
        timers.Kind.RETURN: way_back.end_window,
        timers.Kind.RETURN_CHECK: way_back.check_return,
    }
    deeds[timer.kind](session, timer.proposal_id, now=now)
