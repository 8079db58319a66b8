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
    EXPIRE = "expire"
    RE_EVALUATE = "re-evaluate"
    PUBLISH = "publish"
    ROLL_BACK = "roll-back"
    CONFIRM_ROLL_BACK = "confirm-roll-back"


class Guard(StrEnum):
    """A condition beyond status and permission; `guards` holds the code and the words."""

    FOUR_EYES = "four_eyes"
    OWN = "own"
    FACTS_UNMOVED = "facts_unmoved"
    DUE = "due"


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


_S, _A = Status, Action
_DECIDER, _AUTHOR = (Permission.DECIDE,), (Permission.SUBMIT,)

TRANSITIONS: tuple[Transition, ...] = (
    Transition(None, _A.SUBMIT, _S.EVALUATING, by=_AUTHOR, then=Job.EVALUATE),
    Transition(_S.EVALUATING, _A.PASS, _S.APPROVED, then=Job.PUBLISH),
    Transition(_S.EVALUATING, _A.HOLD, _S.PENDING_APPROVAL),
    Transition(_S.EVALUATING, _A.REFUSE, _S.REJECTED),
    Transition(
        _S.PENDING_APPROVAL,
        _A.APPROVE,
        _S.APPROVED,
        by=_DECIDER,
        guards=(Guard.FOUR_EYES, Guard.FACTS_UNMOVED),
        then=Job.PUBLISH,
    ),
    Transition(_S.PENDING_APPROVAL, _A.REJECT, _S.REJECTED, by=_DECIDER, guards=(Guard.FOUR_EYES,), needs_comment=True),
    Transition(_S.PENDING_APPROVAL, _A.RETURN, _S.RETURNED, by=_DECIDER, guards=(Guard.FOUR_EYES,), needs_comment=True),
    Transition(_S.PENDING_APPROVAL, _A.RE_EVALUATE, _S.EVALUATING, by=_DECIDER + _AUTHOR, then=Job.EVALUATE),
    Transition(_S.PENDING_APPROVAL, _A.WITHDRAW, _S.WITHDRAWN, by=_AUTHOR, guards=(Guard.OWN,)),
    Transition(_S.PENDING_APPROVAL, _A.EXPIRE, _S.EXPIRED, guards=(Guard.DUE,)),
    Transition(_S.APPROVED, _A.PUBLISH, _S.PUBLISHED, guards=(Guard.DUE,), announces=PriceChangePublished),
    Transition(_S.APPROVED, _A.RE_EVALUATE, _S.EVALUATING, then=Job.EVALUATE),
    Transition(_S.APPROVED, _A.WITHDRAW, _S.WITHDRAWN, by=_AUTHOR, guards=(Guard.OWN,)),
    Transition(
        _S.PUBLISHED,
        _A.ROLL_BACK,
        _S.ROLLING_BACK,
        by=(Permission.ROLL_BACK,),
        needs_comment=True,
        announces=PriceChangeRolledBack,
    ),
    Transition(_S.ROLLING_BACK, _A.CONFIRM_ROLL_BACK, _S.ROLLED_BACK),
)

BY_MOVE: dict[tuple[Status | None, Action], Transition] = {(t.source, t.action): t for t in TRANSITIONS}
PERSONAL: tuple[Action, ...] = tuple(dict.fromkeys(t.action for t in TRANSITIONS if t.by and t.source))
"""Actions that people take on an existing proposal, in the order of the table."""
