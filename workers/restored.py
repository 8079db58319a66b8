"""The way out after the pricing store was put back from an older copy: a new epoch.

What Redis and the contexts still know of the time that was lost is compared with the store, by price versions, and the
price list is put right (see `app.lifecycle.publishing.recovery`). Then the new epoch begins where the streams and the
outbox last had the same: positions beyond are put back to there, and everything since is announced anew.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError
from redis import Redis
from redis.exceptions import ConnectionError as RedisAway
from redis.exceptions import TimeoutError as RedisSlow
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session, col, select

from app import contexts, installation
from app.clock import utc_now
from app.contexts.discovery import has_store, store_as_it_is
from app.contracts.events import PriceChangePublished, PriceChangeRolledBack, PriceEvent, ProductListed, parse
from app.contracts.installation import Installation, Kinship
from app.contracts.streams import BEGINNING, LIFECYCLE_STREAM, NO_LINK, Tail, price_stream
from app.database import reading, transaction
from app.deliveries.records import HeardStream
from app.identity.actor import SYSTEM
from app.lifecycle.audit import audit_trail
from app.lifecycle.audit.verbs import Verb
from app.lifecycle.publishing.recovery import SKUS_PER_STEP, NewestOutside, Recovered, recover
from app.pricelist.records import Price
from workers.ownership import STREAMS, heads_of, lasts_of, tell
from workers.streams.connection import StreamReader, connect
from workers.streams.entries import StreamEntry, going_on
from workers.streams.ownership import bound_to, carried_by

AT_ONCE = 500
CHAIN = "installation"
_PRICE_EVENTS = (ProductListed, PriceChangePublished, PriceChangeRolledBack)

_ENTRIES = text("SELECT seq, payload, link FROM outbox_event WHERE stream = :stream AND seq > :after AND seq <= :upto")
_LINK = text("SELECT link FROM outbox_event WHERE stream = :stream AND seq = :seq")
_POSITIONS = text("SELECT partition, seq, link FROM position")
_BELIEFS = text("SELECT sku, price, currency, version FROM belief WHERE sku > :after ORDER BY sku LIMIT :most")


class CannotBegin(Exception):
    """A new epoch cannot begin. The message says why and what to do; nothing was changed."""


@dataclass(frozen=True, slots=True)
class KnownOutside:
    """What is known outside the store that was put back."""

    ours: Installation
    epochs: int
    forks: Mapping[str, Tail]
    """Where each stream and the outbox last had the same entry."""
    known: tuple[NewestOutside, ...]
    """Prices that the outside knows at a version that this store does not have, or differently."""
    decided_here: frozenset[str]
    unasked: tuple[str, ...]
    """Contexts whose store could not be read."""


def look(redis_url: str) -> KnownOutside:
    """Compare the pricing store with Redis and the contexts' stores. Changes nothing."""
    client = connect(redis_url)
    with reading() as session:
        ours = installation.current(session)
    carried, bound = _carried(client), _bound()
    for whose, other in (("Redis", carried), *((f"{name}'s store", found) for name, found in bound.items())):
        if other is not None and other.kinship(ours) is Kinship.STRANGER:
            raise CannotBegin(
                f"{whose} belongs to {other.words()}, this pricing store is {ours.words()}: another one, and no older"
                " copy. Put the right store back, or give this installation a Redis and stores of its own."
            )
    forks = _forks(client, ahead=_positions_beyond(bound))
    announced, decided = _announced(client, forks), _decided_here(forks)
    newest = max(one.epoch.number for one in (ours, carried, *bound.values()) if one is not None)
    known = _known(announced, bound)
    return KnownOutside(
        ours, newest, forks, known, frozenset(decided), tuple(name for name in contexts.names() if name not in bound)
    )


def begin(redis_url: str, found: KnownOutside, *, why: str, now: Callable[[], datetime] = utc_now) -> Recovered:
    """Put the price list right, begin the epoch, and tell Redis; the contexts hear of it from there.

    Safe to repeat from the start, whatever it was killed at: each step only does what is left to do.
    """
    done = Recovered()
    for start in range(0, len(found.known), SKUS_PER_STEP):
        with transaction() as session:
            done += recover(session, found.known[start : start + SKUS_PER_STEP], set(found.decided_here), now=now())
    with transaction() as session:
        epoch = _begin(session, found, why, now(), done)
    tell(connect(redis_url), epoch)
    return done


def _begin(session: Session, found: KnownOutside, why: str, now: datetime, done: Recovered) -> Installation:
    epoch = installation.begin_epoch(
        session, number=found.epochs + 1, began_at=found.forks, by=SYSTEM.name, why=why, now=now
    )
    for heard in session.exec(select(HeardStream).where(col(HeardStream.stream).in_(STREAMS))):
        fork = found.forks.get(heard.stream, BEGINNING)
        if heard.seq > fork.seq:
            heard.seq, heard.link = fork
            session.add(heard)
    detail: audit_trail.Detail = {
        "epoch": epoch.epoch.number,
        "why": why,
        "taken_over": len(done.taken_over),
        "announced_again": len(done.announced_again),
        "unlike": len(done.unlike),
    }
    audit_trail.record(session, chain=CHAIN, actor=SYSTEM, action=Verb.NEW_EPOCH, detail=detail, now=now)
    return epoch


def _carried(client: Redis) -> Installation | None:
    try:
        return carried_by(client)
    except (RedisAway, RedisSlow) as away:
        raise CannotBegin(
            f"Redis does not answer ({away}), and it may know what was published after the copy was made. Start it"
            " (`baton up` will do: nothing is carried until this is done), then try again."
        ) from away


def _bound() -> dict[str, Installation | None]:
    found: dict[str, Installation | None] = {}
    for name in contexts.names():
        if has_store(name):
            try:
                found[name] = bound_to(store_as_it_is(name))
            except DatabaseError:
                continue
    return found


def _positions_beyond(bound: Mapping[str, object]) -> bool:
    """Whether a context has settled more than the outbox holds anywhere, or other than it holds there."""
    settled: set[tuple[int, Tail]] = set()
    for name in bound:
        with store_as_it_is(name).connect().execution_options(read_only=True) as connection:
            settled |= {(partition, Tail(seq, link)) for partition, seq, link in connection.execute(_POSITIONS)}
    with reading() as session:
        return not all(_is_here(session, price_stream(partition), at) for partition, at in settled)


def _is_here(session: Session, stream: str, at: Tail) -> bool:
    if at.seq == 0:
        return True
    link = session.connection().execute(_LINK, {"stream": stream, "seq": at.seq}).scalar_one_or_none()
    return link is not None and at.link in (NO_LINK, link)


def _forks(client: Redis, *, ahead: bool) -> dict[str, Tail]:
    """Return where each stream and the outbox last had the same.

    A stream that Redis lost says nothing. If a context is ahead as well, nothing that was counted can be trusted, and
    everything is heard again: versions keep what is newer.
    """
    with reading() as session:
        heads = heads_of(session)
        lasts = lasts_of(client)
        return {
            stream: _fork(session, client, stream, min(lasts[stream].seq, heads.get(stream, BEGINNING).seq))
            if stream in lasts
            else BEGINNING
            if ahead
            else heads.get(stream, BEGINNING)
            for stream in STREAMS
        }


def _fork(session: Session, client: Redis, stream: str, upto: int) -> Tail:
    while upto > 0:
        after = max(upto - AT_ONCE, 0)
        rows = session.connection().execute(_ENTRIES, {"stream": stream, "after": after, "upto": upto})
        here = [StreamEntry(int(seq), payload.encode(), link) for seq, payload, link in rows]
        there = {entry.id: entry for entry in _entries(client, stream, after, f"{upto}-0")}
        same = [entry.tail for entry in here if _same(entry, there.get(entry.id))]
        if same:
            return max(same)
        upto = after
    return BEGINNING


def _same(here: StreamEntry, there: StreamEntry | None) -> bool:
    return there is not None and there.payload == here.payload and there.link in (NO_LINK, here.link)


def _entries(client: Redis, stream: str, after: int, upto: str = "+") -> Iterator[StreamEntry]:
    """Yield a stream's entries after a sequence, in order."""
    for page in StreamReader(client).pages(stream, AT_ONCE, begin=f"{after + 1}-0", end=upto):
        yield from page


def _price_event(payload: bytes | str) -> PriceEvent | None:
    try:
        event = parse(payload)
    except ValidationError:
        return None
    return event if isinstance(event, _PRICE_EVENTS) else None


def _former(client: Redis, stream: str, fork: Tail) -> list[StreamEntry]:
    """Return what this installation wrote behind a place: what is linked to it. From before links it is everything."""
    entries = list(_entries(client, stream, fork.seq))
    return going_on(fork, entries) if any(entry.link for entry in entries) else entries


def _announced(client: Redis, forks: Mapping[str, Tail]) -> dict[str, list[PriceEvent]]:
    """Return what the streams hold beyond the outbox, per SKU and upwards in version."""
    found: dict[str, list[PriceEvent]] = {}
    for stream, fork in forks.items():
        for entry in _former(client, stream, fork) if stream != LIFECYCLE_STREAM else ():
            event = _price_event(entry.payload)
            if event is not None:
                found.setdefault(event.sku, []).append(event)
    return {sku: sorted(events, key=lambda event: event.version) for sku, events in found.items()}


def _decided_here(forks: Mapping[str, Tail]) -> set[str]:
    """Return the SKUs whose price was set in this store after it was put back."""
    decided: set[str] = set()
    with reading() as session:
        for stream, fork in forks.items():
            rows = session.connection().execute(_ENTRIES, {"stream": stream, "after": fork.seq, "upto": 2**62})
            events = (_price_event(payload) for _, payload, __ in rows)
            decided |= {event.sku for event in events if event is not None and not isinstance(event, ProductListed)}
    return decided


def _known(announced: Mapping[str, Sequence[PriceEvent]], bound: Mapping[str, object]) -> tuple[NewestOutside, ...]:
    """Return the newest that the streams and the contexts know, where this store does not know the same."""
    newest: dict[str, NewestOutside] = {}
    for sku, events in announced.items():
        last = events[-1]
        price = last.price if isinstance(last, ProductListed) else last.new
        newest[sku] = NewestOutside(sku, price, last.currency, last.version, tuple(events))
    for name in bound:
        for sku, price, currency, version in _beliefs(name):
            before = newest.get(sku)
            if before is None or version > before.version:
                announced_of = before.announced if before else ()
                newest[sku] = NewestOutside(sku, price, currency, version, announced_of)
    return tuple(newest[sku] for sku in sorted(newest))


def _beliefs(name: str) -> Iterator[tuple[str, int, str, int]]:
    """Yield what a context believes of SKUs at a version, or a price, that the list does not have."""
    after = ""
    with store_as_it_is(name).connect().execution_options(read_only=True) as connection:
        while rows := connection.execute(_BELIEFS, {"after": after, "most": SKUS_PER_STEP}).all():
            after = rows[-1][0]
            with reading() as session:
                here = _prices(session, [row[0] for row in rows])
            for sku, price, currency, version in rows:
                amount, known = here.get(sku, (None, 0))
                if version > known or (version == known and price != amount):
                    yield sku, price, currency, version


def _prices(session: Session, skus: Sequence[str]) -> dict[str, tuple[int, int]]:
    rows = session.execute(
        select(col(Price.sku), col(Price.amount), col(Price.version)).where(col(Price.sku).in_(skus))
    )
    return {sku: (amount, version) for sku, amount, version in rows}
