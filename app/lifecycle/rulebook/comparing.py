"""The difference of two rule sets, row by row, in people's words."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from rules.difference import difference
from rules.ruleset import RuleSet


class Change(StrEnum):
    """What became of a row."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    REQUIRED = "required"
    """A kind that every product must have a rule of, or no longer."""


@dataclass(frozen=True, slots=True)
class RowChange:
    """One row that differs: its id (none for a requirement), and what became of it in a sentence."""

    rule: str
    change: Change
    sentence: str

    def as_json(self) -> dict[str, str | int | None]:
        """Return the change as plain JSON values."""
        return {"rule": self.rule, "change": self.change, "sentence": self.sentence}


def compared(before: RuleSet, after: RuleSet) -> tuple[RowChange, ...]:
    """Return what differs from one set to another: required kinds, then rows that changed, came and went."""
    found = difference(before, after)
    return (
        *(RowChange("", Change.REQUIRED, sentence) for sentence in found.mandatory),
        *(RowChange(row.rule, Change.CHANGED, row.sentence) for row in found.changed),
        *(RowChange(row.rule, Change.ADDED, row.sentence) for row in found.added),
        *(RowChange(row.rule, Change.REMOVED, row.sentence) for row in found.removed),
    )


def in_words(changes: Sequence[RowChange], *, most: int) -> str:
    """Say the first differences, and how many more there are; nothing if there are none."""
    told = " ".join(one.sentence for one in changes[:most])
    more = len(changes) - most
    return f"{told} And {more:,} more." if more > 0 else told
