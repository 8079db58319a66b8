"""How a reaction is declared: to which events, and what is done about each of them at which moment."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from sqlmodel import Session

from app.contracts.events import Event

Kind = TypeVar("Kind", bound=Event)


class Subscription(Protocol):
    """A reaction as whoever takes events in sees it: it is shown every event, and knows which concern it."""

    def concerns(self, event: Event) -> bool:
        """Whether anything is done about an event."""

    def prepare(self, event: Event, now: datetime) -> None:
        """Do what comes before the store is taken, in transactions of its own."""

    def react(self, session: Session, event: Event, now: datetime) -> None:
        """React, right after the event was projected."""

    @property
    def in_the_end(self) -> Callable[[Session, str, datetime], None] | None:
        """What is done about a proposal, once, when all that was heard together is projected."""


@dataclass(frozen=True, slots=True)
class Reaction(Generic[Kind]):
    """What is done about events of one type, `when` they are of the kind that concerns it."""

    to: type[Kind]
    when: Callable[[Kind], bool] | None = None
    before: Callable[[Kind, datetime], None] | None = None
    at_once: Callable[[Session, Kind, datetime], None] | None = None
    in_the_end: Callable[[Session, str, datetime], None] | None = None

    def concerns(self, event: Event) -> bool:
        """Whether anything is done about an event."""
        return isinstance(event, self.to) and (self.when is None or self.when(event))

    def prepare(self, event: Event, now: datetime) -> None:
        """Do what comes before the store is taken, in transactions of its own."""
        if self.before is not None and isinstance(event, self.to):
            self.before(event, now)

    def react(self, session: Session, event: Event, now: datetime) -> None:
        """React, right after the event was projected."""
        if self.at_once is not None and isinstance(event, self.to):
            self.at_once(session, event, now)
