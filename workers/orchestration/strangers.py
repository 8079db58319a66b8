"""Answers about proposals that this pricing store does not know: of a time that was lost with a newer store."""

import logging
from collections.abc import Sequence
from typing import TypeVar

from sqlmodel import Session, col, select

from app.contracts.events import Answer, Event
from app.lifecycle.records import Proposal
from workers.streams.entries import StreamEntry

log = logging.getLogger("baton.tracker")


Unread = TypeVar("Unread")


def without_strangers(
    session: Session, heard: Sequence[tuple[StreamEntry, Event | Unread]]
) -> list[tuple[StreamEntry, Event | Unread]]:
    """Return what was heard without those answers: they would become repricings that nobody ever published here."""
    asked = {event.correlation_id for _, event in heard if isinstance(event, Answer)}
    known = set(session.scalars(select(Proposal.id).where(col(Proposal.id).in_(asked)))) if asked else set()
    for stranger in sorted(asked - known):
        log.warning("answers about %s are passed over: this pricing store knows no such proposal", stranger)
    return [(entry, event) for entry, event in heard if not isinstance(event, Answer) or event.correlation_id in known]
