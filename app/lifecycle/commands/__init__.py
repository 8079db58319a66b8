"""The door to the lifecycle: what moves a proposal, a rule set, a brake or a lent right comes through it with a key.

One transaction per command, and the same answer for the same key; API and screens command in the same words. `note`
alone has none: it writes down what was done elsewhere.
"""

from app.lifecycle.commands.brakes import freeze, lift, resume, stop
from app.lifecycle.commands.delegations import delegate, end_delegation
from app.lifecycle.commands.keyed import carried_out, note, note_once, once, remembered
from app.lifecycle.commands.proposals import (
    act,
    answer_to,
    demand_waves,
    forget_abandoned,
    plan_waves,
    rehearse,
    submit,
)
from app.lifecycle.commands.rule_replays import cancel_replay, replay_rules
from app.lifecycle.commands.rule_sets import (
    activate_rules,
    add_rule,
    adopt_rules,
    change_rule,
    draft_rules,
    drop_rules,
    explain_rules,
    rebase_rules,
    remove_rule,
    replace_rules,
    require_kinds,
    return_rules,
    shadow_rules,
    submit_rules,
)

__all__ = [
    "act",
    "activate_rules",
    "add_rule",
    "adopt_rules",
    "answer_to",
    "cancel_replay",
    "carried_out",
    "change_rule",
    "delegate",
    "demand_waves",
    "draft_rules",
    "drop_rules",
    "end_delegation",
    "explain_rules",
    "forget_abandoned",
    "freeze",
    "lift",
    "note",
    "note_once",
    "once",
    "plan_waves",
    "rebase_rules",
    "rehearse",
    "remembered",
    "remove_rule",
    "replace_rules",
    "replay_rules",
    "require_kinds",
    "resume",
    "return_rules",
    "shadow_rules",
    "stop",
    "submit",
    "submit_rules",
]
