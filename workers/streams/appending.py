"""Compare-and-append: a stream takes entries only from whoever knows its last one.

The entry id is the dense sequence that the writer's database assigned, so the stream itself is the cursor: nothing is
appended twice, nothing is skipped, and an emptied Redis is refilled by starting again from what it still holds.
"""

from collections.abc import Sequence
from typing import NamedTuple, cast

from redis import Redis

from app.contracts.streams import EVENT_FIELD

_LUA = """
local last = 0
if redis.call('EXISTS', KEYS[1]) == 1 then
  local info = redis.call('XINFO', 'STREAM', KEYS[1])
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then last = tonumber(string.match(info[i + 1], '^(%d+)')) end
  end
end
if last ~= tonumber(ARGV[1]) then return last end
for i = 3, #ARGV, 2 do
  redis.call('XADD', KEYS[1], ARGV[i] .. '-0', ARGV[2], ARGV[i + 1])
  last = tonumber(ARGV[i])
end
return last
"""

BATCH = 500


class Entry(NamedTuple):
    """One event as it lies in a stream: its dense sequence and its bytes."""

    seq: int
    payload: bytes


class Appender:
    """Appends to streams through one connection."""

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._script = client.register_script(_LUA)

    def append(self, stream: str, cursor: int, entries: Sequence[Entry]) -> int:
        """Append after `cursor` and return the stream's last sequence; if it was not `cursor`, nothing is appended."""
        return int(cast(int, self._script(keys=[stream], args=_arguments(cursor, entries))))

    def append_each(self, due: Sequence[tuple[str, int, Sequence[Entry]]]) -> list[int]:
        """Append to several streams in one round trip; see `append`."""
        with self._client.pipeline(transaction=False) as pipe:
            for stream, cursor, entries in due:
                self._script(keys=[stream], args=_arguments(cursor, entries), client=pipe)
            return [int(cast(int, last)) for last in pipe.execute()]

    def last(self, stream: str) -> int:
        """Return the last sequence that the stream has (0 if there is no such stream)."""
        return self.append(stream, -1, ())


def _arguments(cursor: int, entries: Sequence[Entry]) -> list[str | int | bytes]:
    arguments: list[str | int | bytes] = [cursor, EVENT_FIELD]
    for entry in entries:
        arguments += entry
    return arguments
