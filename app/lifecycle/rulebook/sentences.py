"""How the lifecycle of rule sets names its own enums inside a sentence; how screens do: `vocabulary`."""

from collections.abc import Mapping

from app.lifecycle.rulebook.status import RuleSetStatus
from app.lifecycle.rulebook.transitions import RuleSetAction

STANDS: Mapping[RuleSetStatus, str] = {
    RuleSetStatus.DRAFT: "a draft",
    RuleSetStatus.IN_REVIEW: "in review",
    RuleSetStatus.SCHEDULED: "agreed to and waits for its moment",
    RuleSetStatus.ACTIVE: "active",
    RuleSetStatus.RETIRED: "retired",
    RuleSetStatus.DROPPED: "dropped",
}
"""Completes "rule set 4 is"."""

TO_DO: Mapping[RuleSetAction, str] = {
    RuleSetAction.DRAFT: "drafted",
    RuleSetAction.CHANGE: "changed",
    RuleSetAction.REBASE: "brought up to date",
    RuleSetAction.SHADOW: "put in shadow",
    RuleSetAction.SUBMIT: "submitted",
    RuleSetAction.RETURN: "returned",
    RuleSetAction.SCHEDULE: "scheduled",
    RuleSetAction.ACTIVATE: "activated",
    RuleSetAction.TAKE_EFFECT: "activated",
    RuleSetAction.RETIRE: "retired",
    RuleSetAction.DROP: "dropped",
}
"""Completes "it cannot be"."""
