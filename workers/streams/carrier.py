"""Carries what a store says to streams, and mends streams that no longer hold exactly that.

An entry is known by its content. What nobody of ours wrote is taken out and kept; what is missing is written again.
What is linked to the store's own entries and yet unknown to it is the work of a former self: the store was put back
from an older copy.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol, cast

from redis import Redis

from app.contracts.streams import AMISS, BEGINNING, Tail
from workers.streams.connection import StreamReader
from workers.streams.entries import BATCH, Appender, Due, StreamEnd, StreamEntry

log = logging.getLogger("baton.streams")

KEPT_AT_ONCE = 100
"""So many foreign entries are kept of one mending; the rest is counted."""
PAGE = 1_000


class StreamSource(Protocol):
    """A store that says things in streams: dense sequences, each event linked to those before it, never changed."""

    def heads(self) -> dict[str, Tail]:
        """Return how far each stream goes, in the order in which streams are to be carried."""

    def after(self, stream: str, seq: int, most: int) -> Sequence[StreamEntry]:
        """Return the entries of a stream behind a sequence, in order."""

    def keep_foreign(self, stream: str, entries: Sequence[StreamEntry], number: int) -> None:
        """Keep entries (the first of `number`) that nobody of ours wrote, for a person to look at."""

    def meet_former_self(self, stream: str, entries: Sequence[StreamEntry]) -> None:
        """Decide on entries in our own hand that the store does not know (any more); raise to have nothing carried."""


class _Compared(NamedTuple):
    """A stream beside its store: which entries are nobody's, which a former self of the store wrote, is it right."""

    foreign: list[StreamEntry]
    former: list[StreamEntry]
    right: bool
    size: int


class Carrier:
    """Carries from one store to one Redis."""

    def __init__(self, source: StreamSource, client: Redis) -> None:
        self._source = source
        self._client = client
        self._appender = Appender(client)
        self._reader = StreamReader(client)
        self._tails: dict[str, Tail] = {}

    def forget(self) -> None:
        """Ask the streams again where they stand: Redis may have lost some of them."""
        self._tails.clear()

    def carry(self) -> int:
        """Carry everything that is due; return how many entries that were."""
        carried = 0
        while step := self._step():
            carried += step
        return carried

    def check(self) -> None:
        """Compare where each stream ends, and how many entries it has, with the store; mend what differs.

        Of streams that somebody could not read on from, every entry is compared.
        """
        complained = self._complained()
        for stream, head in self._source.heads().items():
            if stream in complained or not self._ends_right(stream, head):
                self._mend(stream)
                self._client.srem(AMISS, stream)

    def complaints(self) -> bool:
        """Whether somebody could not read on from one of our streams."""
        return bool(self._complained() & self._source.heads().keys())

    def amiss(self) -> bool:
        """Whether a stream ends, or counts, other than was said and carried, or somebody complained. Changes nothing.

        An entry that is about to be carried is not missed: a stream may well end before the store does.
        """
        reached, heads = dict(self._tails), self._source.heads()
        return self.complaints() or any(
            not self._ends_right(stream, head) or self._lost_some(stream, reached) for stream, head in heads.items()
        )

    def _complained(self) -> set[str]:
        return {stream.decode() for stream in cast(set[bytes], self._client.smembers(AMISS))}

    def _step(self) -> int:
        """Append at most one batch to each stream."""
        due: list[Due] = []
        for stream, head in self._source.heads().items():
            at = self._tail(stream, head)
            if at is not None and head.seq > at.seq and (entries := self._source.after(stream, at.seq, BATCH)):
                due.append((stream, at, entries))
        if not due:
            return 0
        for (stream, _, entries), end in zip(due, self._appender.append_each(due), strict=True):
            if end.tail == entries[-1].tail:
                self._tails[stream] = end.tail
            else:
                self._tails.pop(stream, None)
        return sum(len(entries) for _, __, entries in due)

    def _tail(self, stream: str, head: Tail) -> Tail | None:
        """Return where to go on; None if this stream cannot be carried for now."""
        if stream not in self._tails:
            end = self._appender.end(stream)
            if not self._is_ours(stream, end, head):
                self._mend(stream)
                end = self._appender.end(stream)
            if end.tail is None:
                return None
            self._tails[stream] = end.tail
        return self._tails[stream]

    def _ends_right(self, stream: str, head: Tail) -> bool:
        end = self._appender.end(stream)
        return self._is_ours(stream, end, head) and end.tail is not None and end.size == end.tail.seq

    def _lost_some(self, stream: str, reached: Mapping[str, Tail]) -> bool:
        end = self._appender.end(stream)
        return end.tail is None or end.tail.seq < reached.get(stream, BEGINNING).seq

    def _is_ours(self, stream: str, end: StreamEnd, head: Tail) -> bool:
        """Whether a stream ends with an entry that the store has, in the same place and with the same link."""
        if end.tail is None or end.tail.seq > head.seq:
            return False
        if end.tail.seq == 0:
            return end.tail == BEGINNING
        known = self._source.after(stream, end.tail.seq - 1, 1)
        return bool(known) and known[0].tail == end.tail

    def _mend(self, stream: str) -> None:
        self._tails.pop(stream, None)
        found = self._compare(stream)
        if found.right:
            return
        if found.former:
            self._source.meet_former_self(stream, found.former)
        if found.foreign:
            kept, number = found.foreign[:KEPT_AT_ONCE], len(found.foreign)
            ids = ", ".join(entry.id for entry in kept[:5])
            log.error("%s holds %d entries that nobody of ours wrote (%s); they are set aside", stream, number, ids)
            self._source.keep_foreign(stream, kept, number)
        if found.former and self._compare(stream).right:
            return
        log.error("%s is not what was said; it is written anew", stream)
        self._appender.delete(stream, found.size)

    def _compare(self, stream: str) -> _Compared:
        """Hold every entry of a stream against the store."""
        foreign: list[StreamEntry] = []
        former: list[StreamEntry] = []
        whole, known_last, size = BEGINNING, BEGINNING, 0
        for page in self._reader.pages(stream, PAGE):
            head = self._source.heads().get(stream, BEGINNING)  # after the page: what is carried was said before
            known = _by_sequence(self._source, stream, page, head)
            for entry in page:
                size += 1
                if entry == known.get(entry.seq):
                    known_last = entry.tail
                    whole = entry.tail if entry.seq == whole.seq + 1 else whole
                elif entry.follows(former[-1].tail if former else known_last):
                    former.append(entry)
                else:
                    foreign.append(entry)
        end = self._appender.end(stream)
        right = not foreign and not former and end == StreamEnd(whole, whole.seq)
        return _Compared(foreign, former, right, size)


def _by_sequence(
    source: StreamSource, stream: str, page: Sequence[StreamEntry], head: Tail
) -> Mapping[int, StreamEntry]:
    """Return what the store has for a page. A stranger's sequence may be larger than any store can count."""
    first, last = page[0].seq, min(page[-1].seq, head.seq)
    return {} if first > last else {entry.seq: entry for entry in source.after(stream, first - 1, last - first + 1)}


def complain(client: Redis, stream: str) -> None:
    """Ask whoever writes a stream to compare it with its store: it does not go on from where it was read."""
    client.sadd(AMISS, stream)
