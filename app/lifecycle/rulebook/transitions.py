"""What may happen to a rule set, as one table. Guards, API, command line, diagram and tests all read it."""

from dataclasses import dataclass
from enum import StrEnum

from app.identity.roles import Permission
from app.lifecycle.audit.verbs import Verb
from app.lifecycle.rulebook.status import RuleSetStatus


class RuleSetAction(StrEnum):
    """What can be done to a rule set, by an owner or, where its time has come, by Baton."""

    DRAFT = "draft"
    CHANGE = "change"
    REBASE = "rebase"
    SHADOW = "shadow"
    SUBMIT = "submit"
    RETURN = "return"
    SCHEDULE = "schedule"
    ACTIVATE = "activate"
    TAKE_EFFECT = "take-effect"
    RETIRE = "retire"
    DROP = "drop"


class RuleSetGuard(StrEnum):
    """A condition beyond status and permission; `guards` holds the code and the words."""

    FOUR_EYES = "four_eyes"
    ON_THE_ACTIVE = "on_the_active"
    BEHIND_THE_ACTIVE = "behind_the_active"
    FIT = "fit"
    ALONE = "alone"
    DUE = "due"


@dataclass(frozen=True, slots=True)
class RuleSetTransition:
    """One legal move. `by` lists permissions, any of which suffices; None means Baton alone.

    `recorded` is what the audit trail calls it.
    """

    source: RuleSetStatus | None
    action: RuleSetAction
    target: RuleSetStatus
    recorded: Verb
    by: tuple[Permission, ...] | None = None
    guards: tuple[RuleSetGuard, ...] = ()
    needs_comment: bool = False


_S, _A, _G, _V = RuleSetStatus, RuleSetAction, RuleSetGuard, Verb
_OWNER = (Permission.EDIT_RULES,)
_READY = (_G.ON_THE_ACTIVE, _G.FIT)
_SECOND = (_G.FOUR_EYES, *_READY)
_ALIVE = (_S.DRAFT, _S.IN_REVIEW, _S.SCHEDULED)

RULE_SET_TRANSITIONS: tuple[RuleSetTransition, ...] = (
    RuleSetTransition(None, _A.DRAFT, _S.DRAFT, _V.DRAFT_RULES, _OWNER),
    RuleSetTransition(_S.DRAFT, _A.CHANGE, _S.DRAFT, _V.CHANGE_RULES, _OWNER),
    RuleSetTransition(_S.DRAFT, _A.REBASE, _S.DRAFT, _V.REBASE_RULES, _OWNER, (_G.BEHIND_THE_ACTIVE,)),
    *(RuleSetTransition(status, _A.SHADOW, status, _V.SHADOW_RULES, _OWNER) for status in (_S.DRAFT, _S.IN_REVIEW)),
    RuleSetTransition(_S.DRAFT, _A.SUBMIT, _S.IN_REVIEW, _V.SUBMIT_RULES, _OWNER, _READY, needs_comment=True),
    *(
        RuleSetTransition(status, _A.RETURN, _S.DRAFT, _V.RETURN_RULES, _OWNER, needs_comment=True)
        for status in (_S.IN_REVIEW, _S.SCHEDULED)
    ),
    RuleSetTransition(_S.IN_REVIEW, _A.ACTIVATE, _S.ACTIVE, _V.ACTIVATE_RULES, _OWNER, _SECOND),
    RuleSetTransition(_S.IN_REVIEW, _A.SCHEDULE, _S.SCHEDULED, _V.SCHEDULE_RULES, _OWNER, (*_SECOND, _G.ALONE)),
    RuleSetTransition(_S.SCHEDULED, _A.ACTIVATE, _S.ACTIVE, _V.ACTIVATE_RULES, _OWNER, _SECOND),
    RuleSetTransition(_S.SCHEDULED, _A.TAKE_EFFECT, _S.ACTIVE, _V.ACTIVATE_RULES, guards=(_G.DUE, *_READY)),
    RuleSetTransition(_S.ACTIVE, _A.RETIRE, _S.RETIRED, _V.RETIRE_RULES),
    *(RuleSetTransition(status, _A.DROP, _S.DROPPED, _V.DROP_RULES, _OWNER, needs_comment=True) for status in _ALIVE),
)

BY_RULE_SET_MOVE: dict[tuple[RuleSetStatus | None, RuleSetAction], RuleSetTransition] = {
    (row.source, row.action): row for row in RULE_SET_TRANSITIONS
}
OFFERED: tuple[RuleSetAction, ...] = tuple(
    dict.fromkeys(row.action for row in RULE_SET_TRANSITIONS if row.by and row.source)
)
"""What owners do with a set that is there, in the order of the table."""
