"""The lifecycle, as one table. Guards, buttons, the API, the diagram and the tests all read it."""

from dataclasses import dataclass
from enum import StrEnum

from app.contracts.events import PriceChangePublished, PriceChangeRolledBack
from app.identity.roles import Permission
from app.lifecycle.status import Status


class Action(StrEnum):
    """What can be done to a proposal, by a person, a context or the system itself."""

    SUBMIT = "submit"
    PASS = "pass"  # noqa: S105
    HOLD = "hold"
    REFUSE = "refuse"
    APPROVE = "approve"
    REJECT = "reject"
    RETURN = "return"
    WITHDRAW = "withdraw"
    REMIND = "remind"
    ESCALATE = "escalate"
    EXPIRE = "expire"
    RE_EVALUATE = "re-evaluate"
    PLAN_WAVES = "plan-waves"
    PUBLISH = "publish"
    EXPEDITE = "expedite"
    RELEASE = "release"
    ADVANCE = "advance"
    PAUSE = "pause"
    CONTINUE = "continue"
    FINISH = "finish"
    ROLL_BACK = "roll-back"
    CONFIRM_ROLL_BACK = "confirm-roll-back"


class Guard(StrEnum):
    """A condition beyond status and permission; `guards` holds the code and the words."""

    FOUR_EYES = "four_eyes"
    OWN = "own"
    FACTS_UNMOVED = "facts_unmoved"
    DUE = "due"
    OPEN = "open"
    NOT_STOPPED = "not_stopped"
    ESCALATED = "escalated"


class Job(StrEnum):
    """What the orchestrating process does next, once the move has committed."""

    EVALUATE = "evaluate"
    PUBLISH = "publish"


@dataclass(frozen=True, slots=True)
class Transition:
    """One legal move. `by` lists permissions, any of which suffices; None means the system alone."""

    source: Status | None
    action: Action
    target: Status
    by: tuple[Permission, ...] | None = None
    guards: tuple[Guard, ...] = ()
    needs_comment: bool = False
    announces: type[PriceChangePublished] | type[PriceChangeRolledBack] | None = None
    then: Job | None = None


_S, _A, _G = Status, Action, Guard
_AUTHOR = (Permission.SUBMIT,)
_DECIDER = (Permission.DECIDE, Permission.DECIDE_ESCALATED)
_STEERS, _UNDOES, _HURRIES = (Permission.STEER_CANARY,), (Permission.ROLL_BACK,), (Permission.EXPEDITE,)
_EYES = (_G.ESCALATED, _G.FOUR_EYES)
_SAYS, _UNSAYS = PriceChangePublished, PriceChangeRolledBack

TRANSITIONS: tuple[Transition, ...] = (
    Transition(None, _A.SUBMIT, _S.EVALUATING, by=_AUTHOR, then=Job.EVALUATE),
    Transition(_S.EVALUATING, _A.PASS, _S.APPROVED, then=Job.PUBLISH),
    Transition(_S.EVALUATING, _A.HOLD, _S.PENDING_APPROVAL),
    Transition(_S.EVALUATING, _A.REFUSE, _S.REJECTED),
    Transition(_S.PENDING_APPROVAL, _A.APPROVE, _S.APPROVED, _DECIDER, (*_EYES, _G.FACTS_UNMOVED), then=Job.PUBLISH),
    Transition(_S.PENDING_APPROVAL, _A.REJECT, _S.REJECTED, _DECIDER, _EYES, needs_comment=True),
    Transition(_S.PENDING_APPROVAL, _A.RETURN, _S.RETURNED, _DECIDER, _EYES, needs_comment=True),
    Transition(_S.PENDING_APPROVAL, _A.RE_EVALUATE, _S.EVALUATING, by=_DECIDER + _AUTHOR, then=Job.EVALUATE),
    Transition(_S.PENDING_APPROVAL, _A.PLAN_WAVES, _S.PENDING_APPROVAL, _DECIDER, _EYES),
    Transition(_S.PENDING_APPROVAL, _A.WITHDRAW, _S.WITHDRAWN, by=_AUTHOR, guards=(_G.OWN,)),
    Transition(_S.PENDING_APPROVAL, _A.REMIND, _S.PENDING_APPROVAL),
    Transition(_S.PENDING_APPROVAL, _A.ESCALATE, _S.PENDING_APPROVAL),
    Transition(_S.PENDING_APPROVAL, _A.EXPIRE, _S.EXPIRED, guards=(_G.DUE,)),
    Transition(_S.APPROVED, _A.PUBLISH, _S.PUBLISHED, guards=(_G.DUE, _G.OPEN), announces=_SAYS),
    Transition(_S.APPROVED, _A.RELEASE, _S.CANARY, guards=(_G.DUE, _G.OPEN), announces=_SAYS),
    Transition(
        _S.APPROVED,
        _A.EXPEDITE,
        _S.PUBLISHED,
        _HURRIES,
        (_G.FOUR_EYES, _G.FACTS_UNMOVED, _G.NOT_STOPPED),
        needs_comment=True,
        announces=_SAYS,
    ),
    Transition(
        _S.PENDING_APPROVAL,
        _A.EXPEDITE,
        _S.PUBLISHED,
        _HURRIES,
        (_G.FOUR_EYES, _G.FACTS_UNMOVED, _G.NOT_STOPPED),
        needs_comment=True,
        announces=_SAYS,
    ),
    Transition(_S.APPROVED, _A.RE_EVALUATE, _S.EVALUATING, then=Job.EVALUATE),
    Transition(_S.APPROVED, _A.WITHDRAW, _S.WITHDRAWN, by=_AUTHOR, guards=(_G.OWN,)),
    Transition(_S.CANARY, _A.ADVANCE, _S.CANARY, guards=(_G.OPEN,), announces=_SAYS),
    Transition(_S.CANARY, _A.PAUSE, _S.HELD, by=_STEERS),
    Transition(_S.CANARY, _A.FINISH, _S.PUBLISHED),
    Transition(_S.CANARY, _A.ROLL_BACK, _S.ROLLING_BACK, _UNDOES, needs_comment=True, announces=_UNSAYS),
    Transition(_S.HELD, _A.CONTINUE, _S.CANARY, _STEERS, (_G.FOUR_EYES, _G.OPEN), needs_comment=True, announces=_SAYS),
    Transition(_S.HELD, _A.ROLL_BACK, _S.ROLLING_BACK, _UNDOES, needs_comment=True, announces=_UNSAYS),
    Transition(_S.PUBLISHED, _A.ROLL_BACK, _S.ROLLING_BACK, _UNDOES, needs_comment=True, announces=_UNSAYS),
    Transition(_S.ROLLING_BACK, _A.CONFIRM_ROLL_BACK, _S.ROLLED_BACK),
)

BY_MOVE: dict[tuple[Status | None, Action], Transition] = {(t.source, t.action): t for t in TRANSITIONS}
PERSONAL: tuple[Action, ...] = tuple(dict.fromkeys(t.action for t in TRANSITIONS if t.by and t.source))
"""Actions that people take on an existing proposal, in the order of the table."""
UNBOUND = frozenset({Action.RE_EVALUATE})
"""Personal actions that need not quote what was seen: they only read it again."""
