"""Whether this Redis belongs to this pricing store, asked by every process that has both, before it touches either.

The pricing store is the truth: it claims an empty Redis, tells an older one of the epoch that has begun, and refuses
one that belongs to somebody else. A Redis that holds events in the store's own hand (linked to one another) that it
never announced means that the store was put back from an older copy; then nothing is carried and an alarm is on until
`baton installation restored`.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple, NoReturn, cast

from pydantic import ValidationError
from redis import Redis
from sqlalchemy import Engine, text
from sqlmodel import Session

from app import alarms, installation
from app.clock import utc_now
from app.contracts.events import parse
from app.contracts.installation import INSTALLATION, Installation, Kinship
from app.contracts.streams import (
    BEGINNING,
    EVENT_FIELD,
    LIFECYCLE_STREAM,
    LINK_FIELD,
    NO_LINK,
    PARTITIONS,
    Tail,
    price_stream,
)
from workers.streams.connection import connect
from workers.streams.entries import StreamEntry
from workers.streams.ownership import carried_by
from workers.streams.refusals import Elsewhere, Stranger

log = logging.getLogger("baton.ownership")

STREAMS = (LIFECYCLE_STREAM, *(price_stream(partition) for partition in range(PARTITIONS)))
"""What the outbox is carried to."""
MISMATCH, BEHIND = "redis-belongs-elsewhere", "pricing-store-is-behind"
JOBS = "rq:queue:orchestration"

_HEADS = text("SELECT stream, n, link FROM stream_sequence")
_ANNOUNCED = text("SELECT payload, link FROM outbox_event WHERE stream = :stream AND seq = :seq")


class Behind(Elsewhere):
    """Redis holds events that this pricing store never announced."""


_Reply = list[tuple[bytes, Mapping[bytes, bytes]]]


class Last(NamedTuple):
    """The newest entry of a stream, and whether it is linked to the one before: then whoever wrote both is one."""

    entry: StreamEntry
    linked: bool

    @property
    def seq(self) -> int:
        """Return the sequence that the stream has reached."""
        return self.entry.seq


class RedisOwnership:
    """One pricing store's side of every connection to Redis."""

    def __init__(self, source: Engine, url: str, *, now: Callable[[], datetime] = utc_now) -> None:
        self._engine = source
        self._url = url
        self._now = now
        self._known: dict[str, Last] = {}
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
        self._refuse_ahead(client)

    def _refuse_ahead(self, client: Redis, *, claiming: bool = False) -> None:
        """Raise `Behind`, and an alarm, if a stream holds what this store never announced.

        An entry that is linked to nothing says nothing about the store: the relay puts the stream right, or finds what
        it hides. Only in a Redis that is yet to be claimed it may be from before there were links.
        """
        lasts = lasts_of(client)
        with self._engine.connect().execution_options(read_only=True) as connection:  # after Redis: only grows
            session = Session(connection)
            heads = heads_of(session)
            unlike = {
                stream: last
                for stream, last in lasts.items()
                if last.seq > heads.get(stream, BEGINNING).seq or self._known.get(stream) != last
                if not _announced(session, stream, last.entry)
            }
        self._known = {stream: last for stream, last in lasts.items() if stream not in unlike}
        strange = [stream for stream, last in unlike.items() if last.linked or (claiming and _is_of_before(last.entry))]
        if strange:
            first = strange[0]
            which = _strange(first, unlike[first].seq, heads.get(first, BEGINNING).seq)
            stand_behind(self._engine, which, self._now(), more=len(strange) - 1)
        if not unlike:
            self._over(BEHIND)

    def _claim(self, plain: Redis, carried: Installation | None, ours: Installation) -> None:
        if carried is None:
            self._refuse_ahead(plain, claiming=True)
            plain.set(INSTALLATION, ours.model_dump_json(), nx=True)
            carried = carried_by(plain)
        kinship = Kinship.STRANGER if carried is None else carried.kinship(ours)
        if carried is None or kinship is Kinship.SAME:
            return
        later = ours.epoch.number > carried.epoch.number
        if kinship is Kinship.OLDER or (kinship is Kinship.PARTED and later):
            tell(plain, ours)
            return
        refusal = Stranger if kinship is Kinship.STRANGER else Elsewhere
        _refuse(self._engine, MISMATCH, refusal(_unlike(ours, carried, kinship)), self._now())

    def _ours(self) -> Installation:
        with self._engine.connect().execution_options(read_only=True) as connection:
            return installation.current(Session(connection))

    def _over(self, name: str) -> None:
        with self._engine.connect().execution_options(read_only=True) as connection:
            if not alarms.is_on(Session(connection), name):
                return
        with Session(self._engine) as session, session.begin():
            alarms.silence(session, name)


def stand_behind(source: Engine, which: str, now: datetime, *, more: int = 0) -> NoReturn:
    """Raise `Behind`, and its alarm: `which` says the events the store does not know, `more` of how many others."""
    _refuse(source, BEHIND, Behind(_behind(which, more)), now)


def _refuse(source: Engine, name: str, error: Elsewhere, now: datetime) -> NoReturn:
    with Session(source) as session, session.begin():
        alarms.ring(session, name, str(error), now)
    raise error


def lasts_of(client: Redis) -> dict[str, Last]:
    """Return the newest entry of each stream that the outbox is carried to."""
    with client.pipeline(transaction=False) as pipe:
        for stream in STREAMS:
            pipe.xrevrange(stream, count=2)
        replies = cast(list[_Reply], pipe.execute())
    return {stream: _last(reply) for stream, reply in zip(STREAMS, replies, strict=True) if reply}


def _last(newest: _Reply) -> Last:
    last, *before = [_entry(*found) for found in newest]
    return Last(last, last.follows(before[0].tail if before else BEGINNING))


def _entry(id_: bytes, fields: Mapping[bytes, bytes]) -> StreamEntry:
    seq, _, sub = id_.partition(b"-")
    link = fields.get(LINK_FIELD.encode(), b"").decode(errors="replace")
    return StreamEntry(int(seq), fields.get(EVENT_FIELD.encode(), b""), link, int(sub))


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


def heads_of(session: Session) -> dict[str, Tail]:
    """Return how far the outbox goes in each stream."""
    return {stream: Tail(int(n), link) for stream, n, link in session.connection().execute(_HEADS)}


def _announced(session: Session, stream: str, entry: StreamEntry) -> bool:
    """Whether an entry is what the outbox says there. Of one from before there were links, only the event counts."""
    row = session.connection().execute(_ANNOUNCED, {"stream": stream, "seq": entry.seq}).one_or_none()
    return row is not None and row[0].encode() == entry.payload and entry.link in (NO_LINK, row[1])


def _is_of_before(entry: StreamEntry) -> bool:
    """Whether an entry is an event such as installations wrote before there were links."""
    try:
        parse(entry.payload)
    except ValidationError:
        return False
    return entry.link == NO_LINK


def _strange(stream: str, seq: int, head: int) -> str:
    if seq > head:
        return f"{stream} goes up to {seq}, the pricing store only to {head}"
    return f"entry {seq} of {stream} is not what the pricing store announced there"


def _behind(which: str, more: int) -> str:
    return (
        f"Redis holds events that this pricing store never announced: {which}{f', and so {more} more' if more else ''}."
        " The pricing store was put back from an older copy, or Redis was used by a copy of it: what is published now"
        " would reach nobody, so nothing is carried. If the store was put back, run `baton installation restored`; if"
        " not, give this one a Redis of its own (BATON_REDIS_URL)."
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
