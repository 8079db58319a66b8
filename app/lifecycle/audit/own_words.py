"""Whose words an entry of the audit trail keeps: those of whoever acted, apart from what Baton tells of it."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from app.lifecycle.audit.verbs import Verb
from app.lifecycle.table.transitions import WAYS_BACK, Action

SAYS_WHY: Final = frozenset(
    {Action.APPROVE, Action.REJECT, Action.RETURN, Action.WITHDRAW, Action.KEEP, Action.PAUSE, Action.CONTINUE}
    | WAYS_BACK
    | {Verb.LIFT_FREEZE, Verb.RESUME_PUBLISHING, Verb.RETIRE, Verb.READMIT}
)
"""Whoever does one of these may say why, and the `comment` of its entry is that and nothing else."""
_OF_RULES: Final = frozenset(
    {Verb.DRAFT_RULES, Verb.CHANGE_RULES, Verb.SUBMIT_RULES, Verb.RETURN_RULES, Verb.DROP_RULES}
    | {Verb.SCHEDULE_RULES, Verb.ACTIVATE_RULES}
)
BOTH: Final = _OF_RULES | {Action.EXPEDITE, Verb.FREEZE, Verb.STOP_PUBLISHING, Verb.LOCK_PRICE, Verb.ADOPT_AUDIT}
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
