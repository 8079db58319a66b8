"""How the lifecycle names its own enums inside a sentence (a refusal, a record); how screens do: `vocabulary`."""

from collections.abc import Mapping

from app.lifecycle.audit.verbs import Verb
from app.lifecycle.publishing.effects import EffectKind
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import Action

STANDS: Mapping[Status, str] = {
    Status.EVALUATING: "being evaluated",
    Status.PENDING_APPROVAL: "waiting for approval",
    Status.RETURNED: "returned",
    Status.WITHDRAWN: "withdrawn",
    Status.EXPIRED: "expired",
    Status.REJECTED: "rejected",
    Status.APPROVED: "approved",
    Status.CANARY: "out in part, as a canary",
    Status.HELD: "held after a wave",
    Status.PUBLISHED: "published",
    Status.ROLLING_BACK: "being rolled back",
    Status.ROLLED_BACK: "rolled back",
}
"""Completes "this proposal is"."""

UNDER_WAY: Mapping[EffectKind, str] = {
    EffectKind.PUBLISH: "its prices go out",
    EffectKind.ROLL_BACK: "its prices are taken back",
    EffectKind.LAY_OUT: "its lines are written",
    EffectKind.DIVIDE: "it is divided",
    EffectKind.PLACE: "its lines are placed in their waves",
    EffectKind.JUDGE_AGAIN: "its next wave is judged again",
    EffectKind.GROW: "it grows with its window",
}
"""Completes "while"."""

TO_DO: Mapping[Action, str] = {
    Action.SUBMIT: "submit",
    Action.PASS: "pass",
    Action.HOLD: "leave to a person",
    Action.REFUSE: "refuse",
    Action.APPROVE: "approve",
    Action.REJECT: "reject",
    Action.RETURN: "return",
    Action.WITHDRAW: "withdraw",
    Action.REMIND: "remind the approvers of",
    Action.ESCALATE: "escalate",
    Action.EXPIRE: "let expire",
    Action.RE_EVALUATE: "re-evaluate",
    Action.PLAN_WAVES: "plan the waves of",
    Action.PUBLISH: "publish",
    Action.EXPEDITE: "expedite",
    Action.RELEASE: "release",
    Action.ADVANCE: "advance",
    Action.PAUSE: "hold",
    Action.CONTINUE: "continue",
    Action.FINISH: "finish",
    Action.ROLL_BACK: "roll back",
    Action.COMPLETE: "complete",
    Action.CONFIRM_ROLL_BACK: "confirm the roll-back of",
    Action.ASK_ROLL_BACK: "ask to roll back",
    Action.AGREE_ROLL_BACK: "agree to roll back",
    Action.KEEP: "keep the prices of",
    Action.CALL_OFF: "call off",
}
"""Completes "only an approver may … this", "a comment is needed to … a proposal"."""

DID: Mapping[str, str] = {
    Action.SUBMIT: "submitted it",
    Action.PASS: "passed it",
    Action.HOLD: "left it to a person",
    Action.REFUSE: "refused it",
    Action.APPROVE: "approved it",
    Action.REJECT: "rejected it",
    Action.RETURN: "returned it",
    Action.WITHDRAW: "withdrew it",
    Action.REMIND: "reminded its approvers",
    Action.ESCALATE: "escalated it",
    Action.EXPIRE: "let it expire",
    Action.RE_EVALUATE: "judged it again",
    Action.PLAN_WAVES: "planned its waves",
    Action.PUBLISH: "published it",
    Action.EXPEDITE: "published it at once",
    Action.RELEASE: "sent the first wave out",
    Action.ADVANCE: "sent a wave out",
    Action.PAUSE: "held it",
    Action.CONTINUE: "let it go on",
    Action.FINISH: "finished its last wave",
    Action.ROLL_BACK: "rolled it back",
    Action.COMPLETE: "finished what was under way",
    Action.CONFIRM_ROLL_BACK: "confirmed its undo",
    Action.ASK_ROLL_BACK: "asked to roll it back",
    Action.AGREE_ROLL_BACK: "agreed to roll it back",
    Action.KEEP: "made its prices permanent",
    Action.CALL_OFF: "called it off",
    Verb.MEASURE: "posted a measure",
    Verb.ENDED: "ended its window",
}
"""What was done to a proposal, as a clause of its own."""
