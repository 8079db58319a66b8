"""What was found that does not fit: what was done, in words, and where."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

NAMED = 20
"""Findings that are spelled out; the others are counted."""


class What(StrEnum):
    """What was done to the trail, or to something beside it."""

    CHANGED = "an entry was changed"
    REWRITTEN = "an entry was rewritten, with its hashes"
    MISSING = "entries are missing"
    CUT = "the last entries are missing"
    EMPTIED = "every entry is missing"
    MISPLACED = "entries are out of their order"
    UNSEALED = "an entry was written past Baton"
    HEAD_GONE = "the head is missing"
    HEAD_FORGED = "the head was rewritten"
    ADOPTED_CHANGED = "entries of before the first seal were changed"
    NO_KEY = "the key is missing or another one"
    PUT_BACK = "the trail was put back"
    OTHER_THAN_OUTSIDE = "the trail is not the one of an outside checkpoint"
    CHECKPOINT_FORGED = "an outside checkpoint was forged"
    CHECKPOINT_GONE = "an outside checkpoint is missing"
    ROW_CHANGED = "a row was changed beside the trail"
    ROW_FORGED = "a row was put in beside the trail"
    ROW_GONE = "a row was taken away beside the trail"
    KEPT_CHANGED = "what is kept of rows was changed"
    DECISION = "a decision is not the one of the trail"
    STATUS = "a status is not the one of the trail"
    CONTENT = "lines are not those of the trail"
    PRICE = "a price is not the one of its history"
    HISTORY = "a price's history is not what was published"
    OUTBOX = "an announcement is not what was published"
    RULES = "a rule set is not the one that was drafted"
    FACTS = "a fact is not the one that was supplied"
    PRODUCT = "a product is not the one that was announced"
    TABLE_GONE = "a table is missing"
    UNREADABLE = "something cannot be read"


class Misfit(NamedTuple):
    """One thing that does not fit: what was done, a sentence about it, and the entry it was found at, if at one."""

    what: What
    sentence: str
    entry: int | None = None


@dataclass(slots=True)
class Findings:
    """What was found so far, in order; the first ones in words."""

    named: list[Misfit] = field(default_factory=list)
    count: int = 0

    @property
    def is_full(self) -> bool:
        """Tell whether further ones are only counted."""
        return len(self.named) >= NAMED

    def add(self, what: What, sentence: str, entry: int | None = None) -> None:
        """Keep one more."""
        self.count += 1
        if not self.is_full:
            self.named.append(Misfit(what, sentence, entry))
