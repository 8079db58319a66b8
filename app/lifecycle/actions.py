"""Everything that happens to a proposal, by name. Each loads, refuses or moves, records, returns; none opens a session.

How each is done stands where its name is imported from.
"""

from app.lifecycle.clock.appointments import keep_appointment
from app.lifecycle.deciding.decisions import decide, escalate, expire, plan_waves, remind
from app.lifecycle.proposing.submit import forget_lines, keep_lines, lay_out, submit
from app.lifecycle.proposing.verdicts import evaluate, judge_again, keep_verdicts, prepare, re_evaluate
from app.lifecycle.publishing.effect_steps import carry_out
from app.lifecycle.publishing.publish import advance, continue_canary, expedite, judge_wave, look, publish
from app.lifecycle.rolling_back.rollbacks import (
    RolledBack,
    confirm_rolled_back,
    may_be_confirmed,
    roll_back,
    stop_going_out,
)
from app.lifecycle.windows.way_back import aim, check_return, end_window

__all__ = [
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
