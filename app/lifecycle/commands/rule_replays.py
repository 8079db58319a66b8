"""What is commanded of replays of rule sets: ask for one, and cancel it. Who carries it out is no part of this."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime

from pydantic import TypeAdapter
from sqlmodel import Session

from app.clock import utc_now
from app.identity.actor import Actor
from app.lifecycle.commands.keyed import once
from app.lifecycle.proposing import policy
from app.lifecycle.rule_records import RuleReplay
from app.lifecycle.rulebook import replay_views, replays
from app.lifecycle.rulebook.recorded import Period
from app.lifecycle.rulebook.replay_views import ReplaySummary

_ANSWER = TypeAdapter(ReplaySummary)


def replay_rules(
    actor: Actor, number: int, *, since: datetime, until: datetime | None = None, key: str, now: datetime | None = None
) -> ReplaySummary:
    """Ask for a replay of a set over what was submitted from `since` on and before `until`, or now.

    A process of its own carries it out. Raises a `Refused`; then nothing changed.
    """
    at = now or utc_now()
    period = Period(since, until or at)
    body = ["replay-rules", number, since.isoformat(), until.isoformat() if until else None]
    return _once(actor, key, body, lambda session: replays.ask(session, number, period, actor=actor, now=at), at)


def cancel_replay(actor: Actor, replay_id: str, *, key: str, now: datetime | None = None) -> ReplaySummary:
    """Ask a replay to stop. Raises a `Refused`; then nothing changed."""
    at = now or utc_now()
    body = ["cancel-replay", replay_id]
    return _once(actor, key, body, lambda session: replays.cancel(session, replay_id, actor=actor, now=at), at)


def _once(
    actor: Actor, key: str, body: Sequence[object], do: Callable[[Session], RuleReplay], now: datetime
) -> ReplaySummary:
    def answered(session: Session) -> tuple[str, str]:
        row = do(session)
        session.flush()
        return f"{policy.CHAIN}:{row.rule_set}", _ANSWER.dump_json(replay_views.summary_of(row, session)).decode()

    return _ANSWER.validate_json(once(actor, key, json.dumps(body), answered, now))
