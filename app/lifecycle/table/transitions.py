"""The lifecycle, as one table. Guards, buttons, the API, the diagram and the tests all read it."""

from dataclasses import dataclass
from enum import StrEnum

from app.contracts.events import PriceChangePublished, PriceChangeRolledBack
from app.identity.roles import Permission
from app.lifecycle.table.status import Status


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
    COMPLETE = "complete"
    CONFIRM_ROLL_BACK = "confirm-roll-back"
    ASK_ROLL_BACK = "ask-roll-back"
    AGREE_ROLL_BACK = "agree-roll-back"
    KEEP = "keep"
    CALL_OFF = "call-off"


class Guard(StrEnum):
    """A condition beyond status and permission; `guards` holds the code and the words."""

    FOUR_EYES = "four_eyes"
    OWN = "own"
    FACTS_UNMOVED = "facts_unmoved"
    DUE = "due"
    OPEN = "open"
    NOT_STOPPED = "not_stopped"
    ESCALATED = "escalated"
    STILL_STANDS = "still_stands"
    WAVE_STANDS = "wave_stands"
    NOTHING_UNDER_WAY = "nothing_under_way"
    SOMETHING_MOVED = "something_moved"
    RESTORES_NOTHING_HARD = "restores_nothing_hard"
    NOT_ASKED_YET = "not_asked_yet"
    ASKED_BY_ANOTHER = "asked_by_another"
    A_RETURN = "a_return"
    KEEPS_NOTHING_HARD = "keeps_nothing_hard"
    RETURNS_BY_HAND = "returns_by_hand"
    NO_RETURN = "no_return"
    WINDOW_AHEAD = "window_ahead"
    WINDOW_OVER = "window_over"
    WAVES_FIT = "waves_fit"
    STOPPED_HALF_WAY = "stopped_half_way"


class Job(StrEnum):
    """What the orchestrating process does next, once the move has committed."""

    EVALUATE = "evaluate"
    PUBLISH = "publish"
    ADVANCE = "advance"
    CARRY_OUT = "carry_out"
    AIM = "aim"
    SHADOW = "shadow"


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
_AGREES = (Permission.DECIDE, Permission.ROLL_BACK)
_EYES = (_G.ESCALATED, _G.FOUR_EYES)
_ON = (_G.FOUR_EYES, _G.WINDOW_AHEAD, _G.OPEN, _G.NOTHING_UNDER_WAY, _G.WAVE_STANDS)
_GOES = (_G.WINDOW_AHEAD, _G.FACTS_UNMOVED)
_KEEPS = (_G.A_RETURN, *_EYES, _G.FACTS_UNMOVED, _G.KEEPS_NOTHING_HARD)
_SAYS, _UNSAYS = PriceChangePublished, PriceChangeRolledBack


def _ways_back(out: Status, *first: Guard) -> tuple[Transition, Transition, Transition]:
    """Return how a publication is taken back: by one person, or, to prices that are hard by now, by two.

    Only a context takes the return of a temporary price back.
    """
    alone, asks = (*first, _G.NO_RETURN, _G.RESTORES_NOTHING_HARD), (*first, _G.NO_RETURN, _G.NOT_ASKED_YET)
    agrees = (*first, _G.NO_RETURN, _G.FOUR_EYES, _G.ASKED_BY_ANOTHER)
    return (
        Transition(out, _A.ROLL_BACK, _S.ROLLING_BACK, _UNDOES, alone, needs_comment=True, announces=_UNSAYS),
        Transition(out, _A.ASK_ROLL_BACK, out, _UNDOES, asks, needs_comment=True),
        Transition(out, _A.AGREE_ROLL_BACK, _S.ROLLING_BACK, _AGREES, agrees, needs_comment=True, announces=_UNSAYS),
    )


TRANSITIONS: tuple[Transition, ...] = (
    Transition(None, _A.SUBMIT, _S.EVALUATING, by=_AUTHOR, then=Job.EVALUATE),
    Transition(_S.EVALUATING, _A.PASS, _S.APPROVED, then=Job.PUBLISH),
    Transition(_S.EVALUATING, _A.HOLD, _S.PENDING_APPROVAL),
    Transition(_S.EVALUATING, _A.REFUSE, _S.REJECTED),
    Transition(_S.EVALUATING, _A.PUBLISH, _S.PUBLISHED, guards=(_G.A_RETURN, _G.DUE, _G.OPEN), announces=_SAYS),
    Transition(
        _S.PENDING_APPROVAL, _A.APPROVE, _S.APPROVED, _DECIDER, (*_EYES, *_GOES, _G.WAVES_FIT), then=Job.PUBLISH
    ),
    Transition(_S.PENDING_APPROVAL, _A.REJECT, _S.REJECTED, _DECIDER, (_G.NO_RETURN, *_EYES), needs_comment=True),
    Transition(_S.PENDING_APPROVAL, _A.RETURN, _S.RETURNED, _DECIDER, (_G.NO_RETURN, *_EYES), needs_comment=True),
    Transition(_S.PENDING_APPROVAL, _A.KEEP, _S.WITHDRAWN, _DECIDER, _KEEPS, needs_comment=True),
    Transition(_S.PENDING_APPROVAL, _A.PUBLISH, _S.PUBLISHED, guards=(_G.A_RETURN, _G.DUE, _G.OPEN), announces=_SAYS),
    Transition(
        _S.PENDING_APPROVAL,
        _A.RE_EVALUATE,
        _S.EVALUATING,
        _DECIDER + _AUTHOR,
        (_G.NOTHING_UNDER_WAY, _G.SOMETHING_MOVED),
        then=Job.EVALUATE,
    ),
    Transition(
        _S.PENDING_APPROVAL, _A.PLAN_WAVES, _S.PENDING_APPROVAL, _DECIDER, (_G.NO_RETURN, *_EYES, _G.WINDOW_AHEAD)
    ),
    Transition(_S.PENDING_APPROVAL, _A.WITHDRAW, _S.WITHDRAWN, by=_AUTHOR, guards=(_G.NO_RETURN, _G.OWN)),
    *(
        Transition(to_come, _A.CALL_OFF, _S.WITHDRAWN, guards=(_G.A_RETURN,))
        for to_come in (_S.EVALUATING, _S.PENDING_APPROVAL, _S.APPROVED)
    ),
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
        (_G.FOUR_EYES, _G.WINDOW_AHEAD, _G.NOTHING_UNDER_WAY, _G.NOT_STOPPED, _G.STILL_STANDS),
        needs_comment=True,
        announces=_SAYS,
    ),
    Transition(
        _S.PENDING_APPROVAL,
        _A.EXPEDITE,
        _S.PUBLISHED,
        _HURRIES,
        (_G.FOUR_EYES, _G.NOTHING_UNDER_WAY, *_GOES, _G.NOT_STOPPED),
        needs_comment=True,
        announces=_SAYS,
    ),
    Transition(
        _S.APPROVED,
        _A.RE_EVALUATE,
        _S.EVALUATING,
        _DECIDER,
        (_G.RETURNS_BY_HAND, _G.SOMETHING_MOVED),
        then=Job.EVALUATE,
    ),
    Transition(_S.APPROVED, _A.WITHDRAW, _S.WITHDRAWN, by=_AUTHOR, guards=(_G.NO_RETURN, _G.OWN)),
    Transition(_S.APPROVED, _A.KEEP, _S.WITHDRAWN, _DECIDER, _KEEPS, needs_comment=True),
    Transition(_S.APPROVED, _A.EXPIRE, _S.EXPIRED, guards=(_G.WINDOW_OVER,)),
    Transition(_S.CANARY, _A.ADVANCE, _S.CANARY, guards=(_G.OPEN, _G.NOTHING_UNDER_WAY), announces=_SAYS),
    Transition(_S.CANARY, _A.COMPLETE, _S.CANARY),
    Transition(_S.CANARY, _A.PAUSE, _S.HELD, by=_STEERS),
    Transition(_S.CANARY, _A.FINISH, _S.PUBLISHED),
    Transition(_S.HELD, _A.FINISH, _S.PUBLISHED),
    Transition(_S.HELD, _A.CONTINUE, _S.CANARY, _STEERS, _ON, needs_comment=True),
    Transition(_S.HELD, _A.RE_EVALUATE, _S.HELD),
    Transition(_S.HELD, _A.COMPLETE, _S.HELD),
    Transition(_S.PUBLISHED, _A.COMPLETE, _S.PUBLISHED),
    Transition(_S.ROLLING_BACK, _A.COMPLETE, _S.ROLLING_BACK),
    *(row for out in (_S.CANARY, _S.HELD, _S.PUBLISHED) for row in _ways_back(out)),
    *_ways_back(_S.ROLLING_BACK, _G.STOPPED_HALF_WAY),
    Transition(_S.ROLLING_BACK, _A.CONFIRM_ROLL_BACK, _S.ROLLED_BACK),
)

BY_MOVE: dict[tuple[Status | None, Action], Transition] = {(t.source, t.action): t for t in TRANSITIONS}
PERSONAL: tuple[Action, ...] = tuple(dict.fromkeys(t.action for t in TRANSITIONS if t.by and t.source))
"""Actions that people take on an existing proposal, in the order of the table."""
UNBOUND = frozenset({Action.RE_EVALUATE})
"""Personal actions that need not quote what was seen: they only read it again."""
WAYS_BACK = frozenset({Action.ROLL_BACK, Action.ASK_ROLL_BACK, Action.AGREE_ROLL_BACK})
"""What a person does who wants a publication back: nothing more of it is to go out."""
