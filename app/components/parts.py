"""What became of some deliveries, state by state, in the one order in which bars, numbers and sentences tell it."""

from typing import Final, NamedTuple, Protocol

from app.components import vocabulary

ORDER: Final = ("APPLIED", "REVERTED", "IGNORED", "RETRYING", "PARKED", "PENDING")
DRAWN: Final = ORDER[:2]
"""The states that the score draws as areas; of the others it has marks."""


class Counted(Protocol):
    """Deliveries by state."""

    @property
    def applied(self) -> int: ...  # noqa: D102
    @property
    def reverted(self) -> int: ...  # noqa: D102
    @property
    def ignored(self) -> int: ...  # noqa: D102
    @property
    def retrying(self) -> int: ...  # noqa: D102
    @property
    def parked(self) -> int: ...  # noqa: D102
    @property
    def pending(self) -> int: ...  # noqa: D102


class Part(NamedTuple):
    """One state: its word, how many, the tone of its number and the one of its part of a bar."""

    word: str
    number: int
    tone: str
    bar: str


def parts(counts: Counted) -> list[Part]:
    """Return every state with its number, zeros included."""
    numbers = (counts.applied, counts.reverted, counts.ignored, counts.retrying, counts.parked, counts.pending)
    return [part(name, number) for name, number in zip(ORDER, numbers, strict=True)]


def part(name: str, number: int = 0) -> Part:
    """Return one state with its number."""
    look = vocabulary.delivery(name)
    bar = "skip" if name == "IGNORED" else look.tone  # beside what is pending it must be told apart
    return Part(vocabulary.in_a_sentence(look), number, look.tone, bar)
