"""Who everything belongs to: one installation, and the epoch of it that its streams and positions are counted in.

The pricing store has it, Redis carries it under one key (as JSON), and so does every context's own store. An epoch ends
when the pricing store was put back from an older copy: what is counted from then on is not what was counted before.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict

from app.contracts.streams import BEGINNING, Tail

INSTALLATION = "px:installation"
"""Key of the `Installation` that everything in this Redis belongs to. No process touches anything else before it."""


class Epoch(BaseModel):
    """One span of an installation's life. `began_at` is where each stream stood then (sequence and link): what came
    later is of it."""

    model_config = ConfigDict(frozen=True)

    number: int
    id: str
    began_at: Mapping[str, Tail] = {}


class Kinship(StrEnum):
    """How what one store or Redis carries stands to what another carries."""

    SAME = "same"
    OLDER = "older"
    """It knows only earlier epochs: it has to be told of the new ones."""
    NEWER = "newer"
    """It knows a later epoch: the other one was put back from a copy of before it."""
    PARTED = "parted"
    """Both began an epoch of their own after the same past."""
    STRANGER = "stranger"


class Installation(BaseModel):
    """An installation and all its epochs, oldest first."""

    model_config = ConfigDict(frozen=True)

    id: str
    epochs: tuple[Epoch, ...]

    @property
    def epoch(self) -> Epoch:
        """The epoch that is now."""
        return self.epochs[-1]

    def kinship(self, other: Self) -> Kinship:
        """Return how this stands to another."""
        if self.id != other.id:
            return Kinship.STRANGER
        ours, theirs = [epoch.id for epoch in self.epochs], [epoch.id for epoch in other.epochs]
        if ours == theirs:
            return Kinship.SAME
        if theirs[: len(ours)] == ours:
            return Kinship.OLDER
        return Kinship.NEWER if ours[: len(theirs)] == theirs else Kinship.PARTED

    def shared(self, other: Self, stream: str, position: Tail) -> Tail:
        """Return how far of `position` in a stream was counted before the two parted: so much still holds."""
        if self.id != other.id:
            return BEGINNING
        common = 0
        for ours, theirs in zip(self.epochs, other.epochs, strict=False):
            if ours.id != theirs.id:
                break
            common += 1
        later = (*self.epochs[common:][:1], *other.epochs[common:][:1])
        places = (position, *(epoch.began_at.get(stream, BEGINNING) for epoch in later))
        return min(places, key=lambda place: place.seq) if common else BEGINNING

    def words(self) -> str:
        """Name it for people."""
        return f"installation {self.id[:8]}, epoch {self.epoch.number} ({self.epoch.id[:8]})"
