"""Everything that happens to a proposal, by name. Each loads, refuses or moves, records, returns; none opens a session.

How each is done stands where its name is imported from. `BY_PERSON` says what each action of a person does.
"""

from collections.abc import Callable, Mapping

from app.lifecycle.clock.appointments import keep_appointment
from app.lifecycle.deciding.decisions import decide, escalate, expire, plan_waves, remind
from app.lifecycle.proposing.submit import forget_lines, keep_lines, lay_out, submit
from app.lifecycle.proposing.verdicts import evaluate, judge_again, keep_verdicts, prepare, re_evaluate
from app.lifecycle.publishing.canary import advance, continue_canary, judge_wave
from app.lifecycle.publishing.effect_steps import carry_out
from app.lifecycle.publishing.publish import expedite, look, publish
from app.lifecycle.records import Proposal
from app.lifecycle.rolling_back import second_person
from app.lifecycle.rolling_back.rollbacks import (
    RolledBack,
    confirm_rolled_back,
    may_be_confirmed,
    roll_back,
    stop_going_out,
)
from app.lifecycle.table.case import Case
from app.lifecycle.table.transitions import WAYS_BACK, Action
from app.lifecycle.windows.way_back import aim, check_return, end_window

__all__ = [
    "BY_PERSON",
    "RolledBack",
    "advance",
    "aim",
    "carry_out",
    "check_return",
    "confirm_rolled_back",
    "continue_canary",
    "decide",
    "end_window",
    "escalate",
    "evaluate",
    "expedite",
    "expire",
    "forget_lines",
    "judge_again",
    "judge_wave",
    "keep_appointment",
    "keep_lines",
    "keep_verdicts",
    "lay_out",
    "look",
    "may_be_confirmed",
    "plan_waves",
    "prepare",
    "publish",
    "re_evaluate",
    "remind",
    "roll_back",
    "stop_going_out",
    "submit",
]


CarriesOut = Callable[[Case, str], Proposal]
"""What an action does to a proposal, given the case (who, when, what was looked at before) and the person's words."""


def _decide(case: Case, comment: str) -> Proposal:
    return decide(case.session, case.proposal.id, case.action, actor=case.actor, comment=comment, now=case.now)


def _re_evaluate(case: Case, comment: str) -> Proposal:
    return re_evaluate(case.session, case.proposal.id, actor=case.actor, now=case.now)


def _with_the_look_ahead(deed: Callable[..., object]) -> CarriesOut:
    """Return a deed that goes by what was judged of the next prices, or of those that come back, before it."""

    def done(case: Case, comment: str) -> Proposal:
        looked = case.restores if case.action in WAYS_BACK else case.looked
        deed(case.session, case.proposal.id, actor=case.actor, reason=comment, now=case.now, looked=looked)
        return case.proposal

    return done


BY_PERSON: Mapping[Action, CarriesOut] = {
    Action.APPROVE: _decide,
    Action.REJECT: _decide,
    Action.RETURN: _decide,
    Action.WITHDRAW: _decide,
    Action.KEEP: _decide,
    Action.PAUSE: _decide,
    Action.RE_EVALUATE: _re_evaluate,
    Action.EXPEDITE: _with_the_look_ahead(expedite),
    Action.CONTINUE: _with_the_look_ahead(continue_canary),
    Action.ROLL_BACK: _with_the_look_ahead(roll_back),
    Action.ASK_ROLL_BACK: second_person.ask,
    Action.AGREE_ROLL_BACK: second_person.agree,
}
