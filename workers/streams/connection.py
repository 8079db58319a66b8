"""Connections to Redis that never repeat a write by themselves."""

from collections.abc import Mapping, Sequence
from typing import cast

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.contracts.streams import EVENT_FIELD
from workers.streams.appending import Entry
from workers.streams.belonging import Check, greeting

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
        client.set_response_callback("XREAD", lambda reply, **_: reply)  # as it comes: no dict per entry

    def read(self, after: Mapping[str, int], *, count: int, block_ms: int) -> dict[str, list[Entry]]:
        """Return up to `count` entries per stream that lie after its position."""
        ids = {stream: f"{seq}-0" for stream, seq in after.items()}
        reply = cast(_Reply | None, self._client.xread(ids, count=count, block=block_ms))  # type: ignore[arg-type]
        return {stream.decode(): [_entry(*raw) for raw in found] for stream, found in reply or ()}


_FIELD = EVENT_FIELD.encode()
_Reply = Sequence[tuple[bytes, Sequence[tuple[bytes, Sequence[bytes]]]]]


def _entry(id_: bytes, fields: Sequence[bytes]) -> Entry:
    """Return an entry; one without our field is nobody's event, and comes out as an empty one."""
    payload = fields[1] if fields[0] == _FIELD else dict(zip(fields[::2], fields[1::2], strict=True)).get(_FIELD, b"")
    return Entry(int(id_.partition(b"-")[0]), payload)
