"""The difference of two rule sets, row by row, in people's words."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from rules.difference import difference
from rules.ruleset import RuleSet


class Differs(StrEnum):
    """What became of a row."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    REQUIRED = "required"
    """A kind that every product must have a rule of, or no longer."""


@dataclass(frozen=True, slots=True)
class RuleDifference:
    """One row that differs: its id (none for a requirement), and what became of it in a sentence."""

    rule: str
    change: Differs
    sentence: str

    def as_json(self) -> dict[str, str | int | None]:
        """Return the change as plain JSON values."""
        return {"rule": self.rule, "change": self.change, "sentence": self.sentence}


def compared(before: RuleSet, after: RuleSet) -> tuple[RuleDifference, ...]:
    """Return what differs from one set to another: required kinds, then rows that changed, came and went."""
    found = difference(before, after)
    return (
        *(RuleDifference("", Differs.REQUIRED, sentence) for sentence in found.mandatory),
        *(RuleDifference(row.rule, Differs.CHANGED, row.sentence) for row in found.changed),
        *(RuleDifference(row.rule, Differs.ADDED, row.sentence) for row in found.added),
        *(RuleDifference(row.rule, Differs.REMOVED, row.sentence) for row in found.removed),
    )


def in_words(changes: Sequence[RuleDifference], *, most: int) -> str:
    """Say the first differences, and how many more there are; nothing if there are none."""
    told = " ".join(one.sentence for one in changes[:most])
    more = len(changes) - most
    return f"{told} And {more:,} more." if more > 0 else told
