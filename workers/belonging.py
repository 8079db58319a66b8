"""Whether this Redis belongs to this pricing store, asked by every process that has both, before it touches either.

The pricing store is the truth: it claims an empty Redis, tells an older one of the epoch that has begun, and refuses
one that belongs to somebody else. A Redis that holds more than the store ever announced means that the store was put
back from an older copy; then nothing is carried and an alarm is on until `baton installation restored`.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple, cast

from pydantic import ValidationError
from redis import Redis
from sqlalchemy import Engine, text
from sqlmodel import Session

from app import alarms, installation
from app.clock import utc_now
from app.contracts.events import parse
from app.contracts.installation import INSTALLATION, Installation, Kinship
from app.contracts.streams import EVENT_FIELD, LIFECYCLE_STREAM, PARTITIONS, price_stream
from workers.streams.belonging import Elsewhere, carried_by
from workers.streams.connection import connect

log = logging.getLogger("baton.belonging")

STREAMS = (LIFECYCLE_STREAM, *(price_stream(partition) for partition in range(PARTITIONS)))
"""What the outbox is carried to."""
MISMATCH, BEHIND = "redis-belongs-elsewhere", "pricing-store-is-behind"
JOBS = "rq:queue:orchestration"

_HEADS = text("SELECT stream, n FROM stream_sequence")
_PAYLOAD = text("SELECT payload FROM outbox_event WHERE stream = :stream AND seq = :seq")


class Behind(Elsewhere):
    """Redis holds events that this pricing store never announced."""


class Last(NamedTuple):
    """The newest entry of a stream."""

    seq: int
    payload: bytes


class Belonging:
    """One pricing store's side of every connection to Redis."""

    def __init__(self, source: Engine, url: str, *, now: Callable[[], datetime] = utc_now) -> None:
        self._engine = source
        self._url = url
        self._now = now
        self._rung: set[str] = {MISMATCH, BEHIND}
        """Alarms of before are looked at once, and end when their cause is gone."""
        self._known: dict[str, int] = {}
        """Newest entries that were compared already: only what is new is read from the outbox."""

    def connect(self) -> Redis:
        """Open a client that asks on every new connection."""
        return connect(self._url, self.check)

    def check(self, carried: Installation | None) -> None:
        """Let a connection pass if Redis is ours; claim one that is nobody's, tell one that missed an epoch."""
        ours = self._ours()
        if carried is not None and carried.kinship(ours) is Kinship.SAME:
            self._over(MISMATCH)
            return
        with connect(self._url) as plain:
            self._claim(plain, carried, ours)
        self._over(MISMATCH)

    def refuse(self, client: Redis) -> None:
        """Ask again on a connection that held: it may have been emptied and claimed, or filled by somebody else."""
        self.check(carried_by(client))
        self.refuse_ahead(client)

    def refuse_ahead(self, client: Redis) -> None:
        """Raise `Behind`, and an alarm, if a stream holds what this store never announced."""
        lasts = lasts_of(client)
        with self._engine.connect().execution_options(read_only=True) as connection:  # after Redis: only grows
            session = Session(connection)
            heads = heads_of(session)
            strange = [
                found
                for stream, last in lasts.items()
                if last.seq > heads.get(stream, 0) or self._known.get(stream) != last.seq
                if (found := _strange(session, stream, last, heads.get(stream, 0)))
            ]
        self._known = {} if strange else {stream: last.seq for stream, last in lasts.items()}
        if strange:
            self._refuse(BEHIND, Behind(_behind(strange)))
        self._over(BEHIND)

    def _claim(self, plain: Redis, carried: Installation | None, ours: Installation) -> None:
        if carried is None:
            self.refuse_ahead(plain)
            plain.set(INSTALLATION, ours.model_dump_json(), nx=True)
            carried = carried_by(plain)
        kinship = Kinship.STRANGER if carried is None else carried.kinship(ours)
        if carried is None or kinship is Kinship.SAME:
            return
        later = ours.epoch.number > carried.epoch.number
        if kinship is Kinship.OLDER or (kinship is Kinship.PARTED and later):
            tell(plain, ours)
            return
        self._refuse(MISMATCH, Elsewhere(_unlike(ours, carried, kinship)))

    def _ours(self) -> Installation:
        with self._engine.connect().execution_options(read_only=True) as connection:
            return installation.current(Session(connection))

    def _refuse(self, name: str, error: Elsewhere) -> None:
        with Session(self._engine) as session, session.begin():
            alarms.ring(session, name, str(error), self._now())
        self._rung.add(name)
        raise error

    def _over(self, name: str) -> None:
        if name in self._rung:
            with Session(self._engine) as session, session.begin():
                alarms.silence(session, name)
            self._rung.discard(name)


def lasts_of(client: Redis) -> dict[str, Last]:
    """Return the newest entry of each stream that the outbox is carried to."""
    with client.pipeline(transaction=False) as pipe:
        for stream in STREAMS:
            pipe.xrevrange(stream, count=1)
        replies = cast(list[list[tuple[bytes, Mapping[bytes, bytes]]]], pipe.execute())
    return {
        stream: Last(int(reply[0][0].partition(b"-")[0]), reply[0][1].get(EVENT_FIELD.encode(), b""))
        for stream, reply in zip(STREAMS, replies, strict=True)
        if reply
    }


def tell(client: Redis, ours: Installation) -> None:
    """Tell Redis of the epoch that has begun: its streams are filled anew, and jobs of before are nobody's.

    The identity comes last: whoever finds this half done finds the old one, and does it again.
    """
    with client.pipeline(transaction=False) as pipe:
        for stream in STREAMS:
            pipe.delete(stream)
        pipe.delete(JOBS)
        pipe.set(INSTALLATION, ours.model_dump_json())
        pipe.execute()
    log.warning("Redis is told of %s: its streams are filled anew from the outbox", ours.words())


def heads_of(session: Session) -> dict[str, int]:
    """Return the last sequence that the outbox has given out per stream."""
    return {stream: int(n) for stream, n in session.connection().execute(_HEADS)}


def _strange(session: Session, stream: str, last: Last, head: int) -> str:
    """Say what is wrong with a stream whose newest entry is an event that is not in the outbox; nothing if it is.

    What is no event of ours at all says nothing about the store: the relay puts the stream right.
    """
    if not _is_event(last.payload):
        return ""
    if last.seq > head:
        return f"{stream} goes up to {last.seq}, the pricing store only to {head}"
    row = session.connection().execute(_PAYLOAD, {"stream": stream, "seq": last.seq}).scalar_one_or_none()
    if row is not None and row.encode() != last.payload:
        return f"entry {last.seq} of {stream} is not what the pricing store announced there"
    return ""


def _is_event(payload: bytes) -> bool:
    try:
        parse(payload)
    except ValidationError:
        return False
    return True


def _behind(strange: list[str]) -> str:
    return (
        f"Redis holds events that this pricing store never announced: {strange[0]}"
        f"{f', and so {len(strange) - 1} more' if len(strange) > 1 else ''}. The pricing store was put back from an"
        " older copy, or Redis was used by a copy of it: what is published now would reach nobody, so nothing is"
        " carried. If the store was put back, run `baton installation restored`; if not, give this one a Redis of its"
        " own (BATON_REDIS_URL)."
    )


def _unlike(ours: Installation, carried: Installation, kinship: Kinship) -> str:
    belongs_to = f"Redis belongs to {carried.words()}, this pricing store is {ours.words()}."
    if kinship is Kinship.STRANGER:
        return (
            f"{belongs_to} Two installations would answer into one another's streams, so nothing was read or written."
            " Start this one with the Redis of its own (unset BATON_REDIS_URL, or name another); if this one is to take"
            f" that Redis over, stop the other one and delete the key {INSTALLATION} and every px: key there."
        )
    return (
        f"{belongs_to} The pricing store was put back from a copy of before that epoch: what is published now would"
        " reach nobody, so nothing is carried. Run `baton installation restored`."
    )
