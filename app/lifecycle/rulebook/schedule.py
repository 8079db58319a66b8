"""Appointments of rule sets: when one that was agreed to takes effect, and when rows of the active one begin or end."""

from datetime import datetime

from sqlmodel import Session

from app.lifecycle.clock import timers
from app.lifecycle.proposing import policy
from rules.ruleset import RuleSet


def belongs_here(subject: str) -> bool:
    """Tell whether an appointment is one of rule sets."""
    return subject.split(":")[0] == policy.CHAIN


def take_effect(session: Session, number: int, at: datetime) -> None:
    """Have a set take effect at an instant."""
    timers.arm(session, _subject(number), timers.Kind.RULES_BEGIN, at, version=number)


def call_off(session: Session, number: int, now: datetime) -> None:
    """Have a set take effect at no instant."""
    timers.cancel(session, _subject(number), timers.Kind.RULES_BEGIN, now)


def next_edge(session: Session, rules: RuleSet, now: datetime) -> datetime | None:
    """Look again when the next row of the active set begins or ends; return when that is, if there is one."""
    ahead = [edge for edge in policy.edges(rules) if edge > now]
    if not ahead:
        timers.cancel(session, policy.CHAIN, timers.Kind.RULES_EDGE, now)
        return None
    timers.arm(session, policy.CHAIN, timers.Kind.RULES_EDGE, min(ahead))
    return min(ahead)


def _subject(number: int) -> str:
    return f"{policy.CHAIN}:{number}"
