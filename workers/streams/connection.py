"""Connections to Redis that never repeat a write by themselves."""

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.contracts.streams import EVENT_FIELD, LINK_FIELD
from workers.streams.entries import StreamEntry
from workers.streams.ownership import Check, greeting

READ_BLOCK_MS = 1000
"""How long an idle reader blocks. Below the socket's patience, and short enough to stop promptly."""


def connect(url: str, check: Check | None = None) -> Redis:
    """Open a client that answers in bytes and fails at once.

    `check` looks at what the Redis belongs to, on every new connection before anything else goes over it.

    redis-py resends a command whose reply got lost; a resent XADD or LMOVE takes effect twice. Here whoever calls
    knows from its own store where it stands and repeats safely, so the client must not try.
    """
    return Redis.from_url(
        url,
        protocol=2,
        decode_responses=False,
        retry=Retry(NoBackoff(), 0),
        retry_on_timeout=False,
        socket_connect_timeout=2,
        socket_timeout=5,
        redis_connect_func=None if check is None else greeting(check),
    )


class StreamReader:
    """Reads streams from given positions; several in one call, blocking until there is something."""

    def __init__(self, client: Redis) -> None:
        self._client = client
        for command in ("XREAD", "XRANGE"):
            client.set_response_callback(command, lambda reply, **_: reply)  # as it comes: no dict per entry

    def pages(self, stream: str, most: int, *, begin: str = "-", end: str = "+") -> Iterator[list[StreamEntry]]:
        """Return the entries of a stream between two ids, all by default, in pages."""
        while page := self._range(stream, begin, end, most):
            yield page
            begin = f"({page[-1].id}"

    def at(self, stream: str, seq: int) -> StreamEntry | None:
        """Return the entry at a place, if there is one."""
        found = self._range(stream, f"{seq}-0", f"{seq}-0", 1)
        return found[0] if found else None

    def _range(self, stream: str, begin: str, end: str, most: int) -> list[StreamEntry]:
        raw = cast(Sequence[_Raw], self._client.xrange(stream, begin, end, most))
        return [_entry(*entry) for entry in raw]

    def read(self, after: Mapping[str, int], *, count: int, block_ms: int) -> dict[str, list[StreamEntry]]:
        """Return up to `count` entries per stream that lie after its position."""
        ids = {stream: f"{seq}-0" for stream, seq in after.items()}
        reply = cast(_Reply | None, self._client.xread(ids, count=count, block=block_ms))  # type: ignore[arg-type]
        return {stream.decode(): [_entry(*raw) for raw in found] for stream, found in reply or ()}


_EVENT, _LINK = EVENT_FIELD.encode(), LINK_FIELD.encode()
_Raw = tuple[bytes, Sequence[bytes]]
_Reply = Sequence[tuple[bytes, Sequence[_Raw]]]


def _entry(id_: bytes, fields: Sequence[bytes]) -> StreamEntry:
    """Return an entry; one without our fields is nobody's event, and comes out without content or link."""
    seq, _, sub = id_.partition(b"-")
    found = dict(zip(fields[::2], fields[1::2], strict=True))
    return StreamEntry(int(seq), found.get(_EVENT, b""), found.get(_LINK, b"").decode(errors="replace"), int(sub))
