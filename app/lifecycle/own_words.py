"""Whose words an entry of the audit trail keeps: those of whoever acted, apart from what Baton tells of it."""

from collections.abc import Mapping
from typing import Final, NamedTuple

SAYS_WHY: Final = frozenset(
    {"approve", "reject", "return", "withdraw", "keep", "pause", "continue", "roll-back", "ask-roll-back"}
    | {"agree-roll-back", "lift-freeze", "resume-publishing", "retire", "readmit"}
)
"""Whoever does one of these may say why, and the `comment` of its entry is that and nothing else."""
BOTH: Final = frozenset({"expedite", "freeze", "stop-publishing", "lock-price", "adopt-audit"})
"""Of these Baton tells something too. An entry without a `told` of its own is of before, when both were one text."""


class Words(NamedTuple):
    """What somebody said in their own words, and what Baton tells."""

    said: str
    told: str


def words_of(actor: str, action: str, detail: Mapping[str, str | int | None]) -> Words:
    """Tell the two apart; what nobody is known to have said is Baton's."""
    comment, told = str(detail.get("comment") or ""), str(detail.get("told") or "")
    nobody = actor == "system" or actor.startswith("context:")
    said = action in SAYS_WHY or (action in BOTH and "told" in detail)
    return Words("", f"{comment} {told}".strip()) if nobody or not said else Words(comment, told)
