"""Replays that people ask for: each a row that a process of its own takes in hand, keeps alive, and ends.

A replay goes from ASKED to RUNNING to DONE, CANCELLED or FAILED. Whoever carries it out is heard of with every portion
of lines; one whose process is gone is asked for again. Nothing here moves a rule set, a proposal or a price.
"""

import json
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import Select, delete, select
from sqlmodel import Session, col

from app import bulk
from app.clock import new_id
from app.database import alone, pulse
from app.identity.actor import Actor
from app.lifecycle.audit import audit_trail
from app.lifecycle.audit.verbs import Verb
from app.lifecycle.errors import NotFound
from app.lifecycle.proposing import policy
from app.lifecycle.rule_records import RuleReplay, RuleReplayLine, RuleReplaySpread, StoredRuleSet
from app.lifecycle.rulebook import moves
from app.lifecycle.rulebook.reckoned import AS_JSON, Reckoned, TurnedLine
from app.lifecycle.rulebook.recorded import Period
from app.lifecycle.rulebook.refusals import NoSuchPeriod, ReplayOver, ReplayUnderWay
from app.lifecycle.rulebook.replaying import spread
from app.words.instants import written
from rules.replay import LOWEST_BP, Distribution

SILENT: Final = timedelta(minutes=2)
"""Whoever was not heard of for so long is taken for dead, wherever it ran."""
MOST_ATTEMPTS, KEPT_OF_A_SET = 3, 5
_LINE = ("replay_id", "place", "proposal", "line", "sku", "category", "change_bp", "was", "now", "kinds")


class ReplayState(StrEnum):
    """How far a replay is."""

    ASKED = "ASKED"
    RUNNING = "RUNNING"
    DONE = "DONE"
    CANCELLED = "CANCELLED"
    FAILED = "FAILED"


OPEN: Final = (ReplayState.ASKED, ReplayState.RUNNING)


def ask(session: Session, number: int, period: Period, *, actor: Actor, now: datetime) -> RuleReplay:
    """Ask for a replay of a set over a period. Raises a `Refused`; then nothing changed."""
    moves.refuse_unless_owner(actor)
    alone(session, "rule replays")
    row = session.get(StoredRuleSet, number)
    if row is None:
        raise NotFound(f"There is no rule set {number}.")
    if not period.since < period.until or period.since > now:
        raise NoSuchPeriod(
            f"There is nothing from {written(period.since)} to {written(period.until)} to replay: name a period that"
            " begins before it ends, and in the past. Nothing was changed."
        )
    if session.scalar(_of(number).where(col(RuleReplay.state).in_(OPEN)).limit(1)) is not None:
        raise ReplayUnderWay(
            f"Rule set {number} is being replayed already. Wait for that one, or cancel it. Nothing was changed."
        )
    asked = RuleReplay(
        id=new_id(),
        rule_set=number,
        content_hash=row.content_hash,
        since=period.since,
        until=period.until,
        state=ReplayState.ASKED,
        asked_by=actor.id,
        asked_by_name=actor.name,
        asked_at=now,
    )
    session.add(asked)
    _forget_old(session, number)
    _tell(session, asked, actor, Verb.REPLAY_RULES, now)
    return asked


def cancel(session: Session, replay_id: str, *, actor: Actor, now: datetime) -> RuleReplay:
    """Ask a replay to stop; one that nobody has in hand yet stops at once. Raises a `Refused`."""
    moves.refuse_unless_owner(actor)
    alone(session, "rule replays")
    row = found(session, replay_id)
    if row.state not in OPEN:
        raise ReplayOver(f"This replay is {row.state.lower()} already, so there is nothing to cancel.")
    row.cancelled_by = actor.name
    if row.state == ReplayState.ASKED:
        _end(session, row, ReplayState.CANCELLED, now)
    _tell(session, row, actor, Verb.CANCEL_REPLAY, now)
    return row


def found(session: Session, replay_id: str) -> RuleReplay:
    """Return a replay. Raises `NotFound`."""
    row = session.get(RuleReplay, replay_id)
    if row is None:
        raise NotFound("There is no such replay; of each rule set the last ones are kept.")
    return row


def next_asked(session: Session) -> str | None:
    """Return the replay that waits longest."""
    asked = select(col(RuleReplay.id)).where(col(RuleReplay.state) == ReplayState.ASKED)
    return session.scalar(asked.order_by(col(RuleReplay.asked_at)).limit(1))


def holders(session: Session) -> set[str]:
    """Return the processes that have replays in hand."""
    running = col(RuleReplay.state) == ReplayState.RUNNING
    return set(session.scalars(select(col(RuleReplay.owner)).where(running)))


def let_go(session: Session, owners: Collection[str], now: datetime) -> None:
    """Ask again for what these processes had in hand, and for what nobody was heard of for long."""
    alone(session, "rule replays")
    for row in session.scalars(select(RuleReplay).where(col(RuleReplay.state) == ReplayState.RUNNING)):
        silent = row.beat_at is None or now - row.beat_at > SILENT
        if row.owner not in owners and not silent:
            continue
        if row.cancelled_by:
            _end(session, row, ReplayState.CANCELLED, now)
        elif row.attempts >= MOST_ATTEMPTS:
            _end(session, row, ReplayState.FAILED, now, note=f"It broke off {row.attempts} times.")
        else:
            row.state, row.owner = ReplayState.ASKED, ""
            session.add(row)


def begin(session: Session, replay_id: str, *, owner: str, total: int, now: datetime) -> RuleReplay | None:
    """Take a replay in hand, from its beginning; None if nobody waits for it any more."""
    alone(session, "rule replays")
    row = session.get(RuleReplay, replay_id)
    if row is None or row.state != ReplayState.ASKED:
        return None
    _forget_lines(session, [replay_id])
    row.state, row.owner, row.attempts = ReplayState.RUNNING, owner, row.attempts + 1
    row.begun_at = row.beat_at = now
    row.total, row.done = total, 0
    row.content_hash = session.get_one(StoredRuleSet, row.rule_set).content_hash
    session.add(row)
    pulse(session, "replays")
    return row


def go_on(
    session: Session, replay_id: str, *, owner: str, done: int, kept: int, lines: Sequence[TurnedLine], now: datetime
) -> bool:
    """Write what a portion turned, behind the `kept` lines of before; False if it is to end here."""
    row = session.get(RuleReplay, replay_id, populate_existing=True)
    if row is None or row.state != ReplayState.RUNNING or row.owner != owner:
        return False
    if row.cancelled_by:
        _end(session, row, ReplayState.CANCELLED, now)
        return False
    bulk.insert(
        session.connection(),
        RuleReplayLine,
        _LINE,
        [_stored(replay_id, place, line) for place, line in enumerate(lines, start=kept + 1)],
    )
    row.done, row.beat_at = done, now
    session.add(row)
    pulse(session, "replays")
    return True


def finish(
    session: Session,
    replay_id: str,
    result: Reckoned,
    distributions: Sequence[Distribution],
    *,
    owner: str,
    now: datetime,
) -> None:
    """Write down what a replay found."""
    row = session.get(RuleReplay, replay_id, populate_existing=True)
    if row is None or row.state != ReplayState.RUNNING or row.owner != owner:
        return
    row.result, row.done = AS_JSON.dump_json(result).decode(), result.lines
    session.add_all(_spread(replay_id, one) for one in distributions)
    _end(session, row, ReplayState.DONE, now)


def fail(session: Session, replay_id: str, why: str, *, now: datetime) -> None:
    """Say why a replay could not be carried out."""
    row = session.get(RuleReplay, replay_id, populate_existing=True)
    if row is not None and row.state in OPEN:
        _end(session, row, ReplayState.FAILED, now, note=why)


def _end(session: Session, row: RuleReplay, state: ReplayState, now: datetime, *, note: str = "") -> None:
    if state is not ReplayState.DONE:
        _forget_lines(session, [row.id])
    row.state, row.finished_at, row.owner, row.note = state, now, "", note
    session.add(row)
    pulse(session, "replays")


def _of(number: int) -> Select[str]:
    return select(col(RuleReplay.id)).where(col(RuleReplay.rule_set) == number)


def _forget_old(session: Session, number: int) -> None:
    """Keep the last few replays of a set."""
    older = _of(number).order_by(col(RuleReplay.asked_at).desc(), col(RuleReplay.id).desc()).offset(KEPT_OF_A_SET - 1)
    old = session.scalars(older.where(col(RuleReplay.state).not_in(OPEN))).all()
    _forget_lines(session, old)
    session.connection().execute(delete(RuleReplay).where(col(RuleReplay.id).in_(old)))


def _forget_lines(session: Session, replays: Sequence[str]) -> None:
    connection = session.connection()
    connection.execute(delete(RuleReplayLine).where(col(RuleReplayLine.replay_id).in_(replays)))
    connection.execute(delete(RuleReplaySpread).where(col(RuleReplaySpread.replay_id).in_(replays)))


def _stored(replay_id: str, place: int, line: TurnedLine) -> tuple[str | int, ...]:
    kinds = ",".join(line.kinds)
    return (
        replay_id, place, line.proposal, line.line, line.sku, line.category, line.change_bp, line.was, line.now, kinds,
    )  # fmt: skip


def _spread(replay_id: str, one: Distribution) -> RuleReplaySpread:
    return RuleReplaySpread(
        replay_id=replay_id,
        rule=one.rule,
        kind=one.kind,
        limit=one.limit,
        level=one.level,
        unmeasured=one.unmeasured,
        counts=json.dumps(spread(one.counts, LOWEST_BP)),
    )


def _tell(session: Session, row: RuleReplay, actor: Actor, verb: Verb, now: datetime) -> None:
    period = f"from {written(row.since)} to {written(row.until)}"
    detail: audit_trail.Detail = {
        "rule_set": row.rule_set,
        "told": f"Rule set {row.rule_set} over what was proposed {period}",
        "replay": row.id,
    }
    audit_trail.record(session, chain=policy.CHAIN, actor=actor, action=verb, now=now, detail=detail)
    pulse(session, "replays")
