"""What a context says about what it did, gathered per proposal so that a batch costs one answer and not hundreds."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias, TypedDict

from app.contracts.events import (
    Answer,
    Item,
    Outline,
    PriceChangePublished,
    PriceChangeRollbackRequested,
    PriceChangeRolledBack,
    PriceEvent,
    PriceParked,
    PriceRetrying,
    PricesApplied,
    PricesReverted,
)

_Answered: TypeAlias = PriceChangePublished | PriceChangeRolledBack
_ANSWERED = (PriceChangePublished, PriceChangeRolledBack)
"""What is answered at all: a listing is nobody's delivery."""


class _Envelope(TypedDict):
    id: str
    occurred_at: datetime
    correlation_id: str
    causation_id: str
    traceparent: str | None


class _Place(TypedDict):
    context: str
    of: int
    partition: int
    position: int


class _Failed(TypedDict):
    context: str
    of: int
    sku: str
    version: int
    attempts: int
    cause: str


@dataclass
class _About:
    """The outcome of one batch for one proposal."""

    event: _Answered
    done: list[Item] = field(default_factory=list)
    left: list[Item] = field(default_factory=list)


class Answers:
    """Collects outcomes within one transaction and words them as events."""

    def __init__(self, context: str, partition: int, now: datetime, new_id: Callable[[], str]) -> None:
        self._context = context
        self._partition = partition
        self._now = now
        self._new_id = new_id
        self._about: dict[tuple[str, str], _About] = {}
        self._single: list[Answer] = []

    def applied(self, event: PriceEvent) -> None:
        """The price is now believed."""
        self._note(event, changed=True)

    def ignored(self, event: PriceEvent) -> None:
        """A newer price was already there (or, for an undo, there was nothing of ours to undo)."""
        self._note(event, changed=False)

    def retrying(self, event: PriceEvent, *, attempts: int, cause: str, next_at: datetime) -> None:
        """It failed, and will be tried again."""
        if isinstance(event, _ANSWERED):
            failed = self._failed(event, attempts, cause)
            self._single.append(PriceRetrying(**self._envelope(event), **failed, next_at=next_at))

    def parked(self, event: PriceEvent | Outline, *, attempts: int, cause: str) -> None:
        """The context gave up on it, or does not know its version yet."""
        if isinstance(event, _ANSWERED) or (isinstance(event, Outline) and event.of):
            self._single.append(PriceParked(**self._envelope(event), **self._failed(event, attempts, cause)))

    def rollback_requested(self, event: PriceEvent, *, cause: str) -> None:
        """The context cannot follow and asks that the repricing be taken back."""
        if isinstance(event, PriceChangePublished):
            self._single.append(
                PriceChangeRollbackRequested(
                    **self._envelope(event), context=self._context, sku=event.sku, version=event.version, cause=cause
                )
            )

    def worded(self, settled: int) -> list[Answer]:
        """Return everything to be said, acknowledgements first; `settled` is the partition's position after it."""
        return [self._acknowledgement(about, settled) for about in self._about.values()] + self._single

    def _note(self, event: PriceEvent, *, changed: bool) -> None:
        if not isinstance(event, _ANSWERED):
            return
        about = self._about.get((event.correlation_id, event.type))
        if about is None:
            about = self._about[event.correlation_id, event.type] = _About(event)
        (about.done if changed else about.left).append(Item(sku=event.sku, version=event.version))

    def _acknowledgement(self, about: _About, settled: int) -> Answer:
        event, done, left = about.event, tuple(about.done), tuple(about.left)
        place = _Place(context=self._context, of=event.of, partition=self._partition, position=settled)
        if isinstance(event, PriceChangePublished):
            return PricesApplied(**self._envelope(event), **place, applied=done, ignored=left)
        return PricesReverted(**self._envelope(event), **place, reverted=done, unaffected=left)

    def _failed(self, event: _Answered | Outline, attempts: int, cause: str) -> _Failed:
        return {
            "context": self._context,
            "of": event.of,
            "sku": event.sku,
            "version": event.version,
            "attempts": attempts,
            "cause": cause,
        }

    def _envelope(self, cause: PriceEvent | Outline) -> _Envelope:
        return {
            "id": self._new_id(),
            "occurred_at": self._now,
            "correlation_id": cause.correlation_id,
            "causation_id": cause.id,
            "traceparent": cause.traceparent,
        }
