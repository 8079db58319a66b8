"""The jobs that the lifecycle asks for through the outbox. Each marks itself done in the transaction of its effect.

What is large goes in steps, each a transaction of its own (see `app.lifecycle.publishing.effects`); a job that was
killed between two of them is sent again and goes on there. What takes long and only reads is done before the store is
taken.
"""

import logging
from collections.abc import Callable
from functools import partial

from sqlmodel import Session

from app import outbox
from app.clock import utc_now
from app.database import committed, reading
from app.lifecycle import actions
from app.lifecycle.errors import Refused
from app.lifecycle.publishing import effects
from app.lifecycle.rolling_back import restored_prices, second_person
from app.lifecycle.rulebook import shadowing

log = logging.getLogger("baton.orchestration")


def evaluate(*, proposal_id: str, job: int) -> None:
    """Judge a proposal that was too large to be judged while its submitter waited, or whose facts moved."""
    judge(proposal_id)
    carry_out(proposal_id=proposal_id, job=job)


def judge(proposal_id: str) -> None:
    """Judge a proposal that is being evaluated: read, write the verdicts step by step, and conclude."""
    while True:
        now = utc_now()
        with reading() as session:
            found = actions.prepare(session, proposal_id, now=now)
        if found is None:
            return
        for lines in found.steps():
            if not committed(partial(actions.keep_verdicts, proposal_id=proposal_id, found=found, lines=lines)):
                break
        committed(partial(actions.evaluate, proposal_id=proposal_id, now=utc_now(), kept=found))


def publish(*, proposal_id: str, job: int) -> None:
    """Publish an approved proposal, if its time has come."""
    with reading() as session:
        looked = actions.look(session, proposal_id, now=utc_now())
    _once(job, lambda session: actions.publish(session, proposal_id, now=utc_now(), looked=looked))
    _to_the_end(proposal_id)


def advance(*, proposal_id: str, job: int) -> None:
    """Send the next wave of a canary out."""
    with reading() as session:
        looked = actions.look(session, proposal_id, now=utc_now())
    _once(job, lambda session: actions.advance(session, proposal_id, now=utc_now(), looked=looked))
    _to_the_end(proposal_id)


def carry_out(*, proposal_id: str, job: int) -> None:
    """Carry out what is under way with a proposal, to its end or until it has to wait."""
    _to_the_end(proposal_id)
    _once(job, lambda _: None)


def judge_again(proposal_id: str) -> None:
    """Judge again what waits, because facts or rules moved under it."""
    now = utc_now()
    with reading() as session:
        looked = actions.look(session, proposal_id, now=now)
    committed(lambda session: actions.judge_again(session, proposal_id, now=now, looked=looked))


def aim(*, proposal_id: str, job: int) -> None:
    """Aim a return at the prices beneath it, which somebody had in hand when these ended."""
    _once(job, lambda session: actions.aim(session, proposal_id))


def shadow(*, proposal_id: str, job: int) -> None:
    """Ask the rule sets in shadow about a proposal that was judged. It has no effect on anything else."""
    found = shadowing.look(reading, proposal_id)
    _once(job, lambda session: shadowing.keep(session, proposal_id, found, utc_now()))


def _to_the_end(proposal_id: str) -> None:
    while committed(lambda session: actions.carry_out(session, proposal_id, now=utc_now())):
        pass
    with reading() as session:
        waits = effects.waiting(session, proposal_id)
        looked = restored_prices.look_ahead(session, proposal_id, utc_now()) if waits else None
    if looked is not None:
        committed(lambda session: second_person.ask_for_the_rest(session, proposal_id, looked=looked, now=utc_now()))


def _once(job: int, act: Callable[[Session], object]) -> None:
    """Act unless it was done before. A refusal is an answer, not a failure: asking again would not change it."""

    def once(session: Session) -> None:
        if not outbox.done(session, job, utc_now()):
            return
        try:
            with session.begin_nested():
                act(session)
        except Refused as refusal:
            log.warning("job %d: %s", job, refusal.detail)

    committed(once)
