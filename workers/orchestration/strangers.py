"""Answers about proposals that this pricing store does not know: of a time that was lost with a newer store."""

import logging
from collections.abc import Sequence

from sqlmodel import Session, col, select

from app.contracts.events import Answer, Event
from app.lifecycle.records import Proposal

log = logging.getLogger("baton.tracker")


def without_strangers(session: Session, events: Sequence[Event]) -> list[Event]:
    """Return the events without those answers: they would become repricings that nobody ever published here."""
    asked = {event.correlation_id for event in events if isinstance(event, Answer)}
    known = set(session.scalars(select(Proposal.id).where(col(Proposal.id).in_(asked)))) if asked else set()
    for stranger in sorted(asked - known):
        log.warning("answers about %s are passed over: this pricing store knows no such proposal", stranger)
    return [event for event in events if not isinstance(event, Answer) or event.correlation_id in known]
