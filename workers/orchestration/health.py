"""Observing the contexts: lag, backlog, rate, workers. Written only when something changed."""

import json
import logging
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, cast

from pydantic import ValidationError
from redis import Redis
from redis.exceptions import RedisError
from sqlmodel import Session, col, select

from app import alarms, installation
from app.contracts.installation import Kinship
from app.contracts.streams import PARTITIONS, REGISTRY, ContextRegistration, price_stream
from app.database import committed, reading
from app.deliveries.projection import Observation, observe_contexts
from app.deliveries.records import ContextHealth, ContextState
from app.outbox.records import OutboxEvent, StreamSequence
from app.words.counting import noun
from app.words.typed import plain
from workers.ownership import BEHIND
from workers.streams.connection import connect
from workers.streams.ownership import carried_by
from workers.streams.refusals import Elsewhere

log = logging.getLogger("baton.tracker")

MINUTE = 60
CONTEXT_AHEAD = "context-is-ahead"


class Now(NamedTuple):
    """What can be seen of the contexts at this moment; `hidden` says why nothing can, and then nothing is."""

    seen: Mapping[str, Observation]
    hidden: str = ""


def look_now(redis_url: str, known: Mapping[str, str], now: datetime) -> Now:
    """Look at the contexts without writing anything: what the store says of them is as old as the store."""
    client = connect(redis_url)
    try:
        carried = carried_by(client)
        with reading() as session:
            ours = installation.current(session)
            if carried is None or carried.kinship(ours) is not Kinship.SAME:
                whose = carried.words() if carried else "nobody"
                return Now({}, f"Redis belongs to {whose}, this pricing store is {ours.words()}")
            return Now(Observatory(client).look(session, known, now))
    except RedisError as away:
        return Now({}, f"Redis does not answer ({away})")
    finally:
        client.close()


def _state(*, ahead: bool, workers: int, behind: bool) -> ContextState:
    if ahead:
        return ContextState.AHEAD
    if not workers:
        return ContextState.SILENT
    return ContextState.WORKING if behind else ContextState.CAUGHT_UP


class _Pace:
    """Deliveries per second over the last minute."""

    def __init__(self) -> None:
        self.rates: deque[int] = deque([0] * MINUTE, maxlen=MINUTE)
        self._seen: tuple[datetime, int] | None = None

    def note(self, at: datetime, settled: int) -> int:
        """Note how many events were settled at an instant; return the rate since the last time."""
        before, self._seen = self._seen, (at, settled)
        rate = 0
        if before is not None and settled > before[1]:
            rate = round((settled - before[1]) / max((at - before[0]).total_seconds(), 1.0))
        self.rates.append(rate)
        return rate


class Observatory:
    """Looks at every context that ever registered."""

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._paces: dict[str, _Pace] = {}
        self._written: dict[str, Observation] = {}
        self._told: dict[str, int | None] = {}
        self._warned: str | None = None
        self.said: dict[str, int | None] = {}
        """What every context there ever was has said so far, by its own word; None if its answers carry no links."""
        self.ahead = False
        """Whether a context has settled more than was ever announced here: then nothing that is said is believed."""

    def observe(self, now: datetime) -> None:
        """Look, and write what changed since the last look."""
        with reading() as session:
            rows = session.exec(select(ContextHealth)).all()
            retired = {row.name for row in rows if row.retired_at is not None}
            seen = self.look(session, {row.name: row.does for row in rows}, now)
            known = alarms.is_on(session, BEHIND)
        self.said = {name: self.said.get(name) for name in seen} | self._told
        ahead = [name for name, each in seen.items() if each.state == ContextState.AHEAD and name not in retired]
        self.ahead = bool(ahead)
        self._warn("" if known or not ahead else _ahead(ahead), now)
        changed = [observation for name, observation in seen.items() if self._written.get(name) != observation]
        if changed:
            committed(lambda session: observe_contexts(session, changed, now=now))
            self._written = seen

    def look(self, session: Session, known: Mapping[str, str], now: datetime) -> dict[str, Observation]:
        """Return what can be seen of every context, `known` (name and verb) ones that do not show included."""
        try:
            registered, alive = self._registered(), self._alive
            workers = {name: alive(name) for name in registered}
        except RedisError as error:
            state = ContextState.ELSEWHERE if isinstance(error, Elsewhere) else ContextState.UNREACHABLE
            return {name: self._away(name, does, state) for name, does in known.items()}
        with reading() as fresh:  # after the positions: what was settled had been announced before
            heads = {row.stream: row.n for row in fresh.exec(select(StreamSequence))}
        self._told = {name: registration.said for name, registration in registered.items()}
        missing = {name: does for name, does in known.items() if name not in registered}
        seen = {name: self._away(name, does, ContextState.SILENT) for name, does in missing.items()}
        for name, registration in registered.items():
            seen[name] = self._seen(session, registration, heads, workers[name], now)
        return seen

    def _seen(
        self, session: Session, registration: ContextRegistration, heads: Mapping[str, int], workers: int, now: datetime
    ) -> Observation:
        left = [heads.get(price_stream(p), 0) - registration.positions.get(p, 0) for p in range(PARTITIONS)]
        behind = [max(events, 0) for events in left]
        pace = self._paces.setdefault(registration.name, _Pace())
        rate = pace.note(registration.at, sum(registration.positions.values()))
        state = _state(ahead=min(left) < 0, workers=workers, behind=any(behind))
        return Observation(
            name=registration.name,
            does=registration.does,
            state=state,
            workers=workers,
            lag_ms=_lag(session, registration, behind, now),
            behind=json.dumps(behind),
            rate=rate,
            rates=json.dumps(list(pace.rates)),
            alarm=plain(registration.alarm),
        )

    def _warn(self, said: str, now: datetime) -> None:
        """Raise the alarm about contexts ahead, or end it; where the store's own alarm is on, that one says it all."""
        if said != self._warned:
            committed(lambda session: _tell_ahead(session, said, now))
            self._warned = said

    def _away(self, name: str, does: str, state: str) -> Observation:
        before = self._written.get(name)
        return Observation(
            name=name,
            does=does,
            state=state,
            workers=0,
            lag_ms=before.lag_ms if before else 0,
            behind=before.behind if before else "[]",
            rate=0,
            rates=before.rates if before else "[]",
            alarm=before.alarm if before else "",
        )

    def _registered(self) -> dict[str, ContextRegistration]:
        found: dict[str, ContextRegistration] = {}
        for name, raw in cast(dict[bytes, bytes], self._client.hgetall(REGISTRY)).items():
            try:
                found[name.decode()] = ContextRegistration.model_validate_json(raw)
            except ValidationError as error:
                log.error("registration of %s cannot be read: %s", name.decode(), error)
        return found

    def _alive(self, name: str) -> int:
        seconds, micros = cast(tuple[int, int], self._client.time())
        return cast(int, self._client.zcount(f"px:workers:{name}", seconds * 1000 + micros // 1000, "+inf"))


def _tell_ahead(session: Session, said: str, now: datetime) -> None:
    if said:
        alarms.ring(session, CONTEXT_AHEAD, said, now)
    else:
        alarms.silence(session, CONTEXT_AHEAD)


def _ahead(names: Sequence[str]) -> str:
    who, has = ", ".join(sorted(names)), noun(len(names), "has", "have")
    return (
        f"{who} {has} settled more than this pricing store ever announced. The pricing store was put back from an older"
        f" copy, or {who} {has} a store of elsewhere: what is published now would reach nobody there, and nothing that"
        " is said is believed. If the pricing store was put back, run `baton installation restored`; if not, give"
        f" {who} an empty store, which is filled again by itself, or retire who is gone: `baton context retire NAME`."
    )


def _lag(session: Session, registration: ContextRegistration, behind: list[int], now: datetime) -> int:
    """Return the age of the oldest event that this context has not settled, in milliseconds."""
    oldest = [
        at
        for partition, left in enumerate(behind)
        if left
        if (
            at := session.exec(
                select(OutboxEvent.at).where(
                    col(OutboxEvent.stream) == price_stream(partition),
                    col(OutboxEvent.seq) == registration.positions.get(partition, 0) + 1,
                )
            ).first()
        )
        is not None
    ]
    return max((int((now - at).total_seconds() * 1000) for at in oldest), default=0)
