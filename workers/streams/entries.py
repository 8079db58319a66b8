"""Compare-and-append: a stream takes entries only from whoever knows its last one, by place and by content.

The entry id is the dense sequence that the writer's database assigned, and each entry carries the link that was made of
everything before it. So the stream itself is the cursor: nothing is appended twice, nothing is skipped, and nothing is
ever appended behind an entry that somebody else put there.
"""

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias, cast

from redis import Redis

from app.contracts.streams import BEGINNING, EVENT_FIELD, LINK_FIELD, NO_LINK, Tail, link_of

_LUA = """
local id, link, size = '0-0', '', 0
if redis.call('EXISTS', KEYS[1]) == 1 then
  local info = redis.call('XINFO', 'STREAM', KEYS[1])
  local newest = false
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then id = info[i + 1] end
    if info[i] == 'last-entry' then newest = info[i + 1] end
    if info[i] == 'length' then size = info[i + 1] end
  end
  if newest and newest[1] == id then
    for i = 1, #newest[2], 2 do
      if newest[2][i] == ARGV[4] then link = newest[2][i + 1] end
    end
  end
end
if id ~= ARGV[1] .. '-0' or link ~= ARGV[2] then return {id, link, size} end
for i = 5, #ARGV, 3 do
  id, link, size = ARGV[i] .. '-0', ARGV[i + 2], size + 1
  redis.call('XADD', KEYS[1], id, ARGV[3], ARGV[i + 1], ARGV[4], link)
end
return {id, link, size}
"""
_DELETE = """
local size = redis.call('XLEN', KEYS[1])
if size == tonumber(ARGV[1]) then return redis.call('DEL', KEYS[1]) end
return 0
"""

BATCH = 500


class StreamEntry(NamedTuple):
    """One event as it lies in a stream: its dense sequence, its bytes, its link. Of ours, `sub` is always 0."""

    seq: int
    payload: bytes
    link: str = NO_LINK
    sub: int = 0

    @property
    def tail(self) -> Tail:
        """Return the place that a stream has reached with this entry."""
        return Tail(self.seq, self.link)

    @property
    def id(self) -> str:
        """Return the entry's id in the stream."""
        return f"{self.seq}-{self.sub}"

    def follows(self, before: Tail) -> bool:
        """Whether this is what goes on from a place: the next sequence, and linked to everything before it.

        Of a place that is from before there were links, only the sequence can be told.
        """
        if self.sub or self.seq != before.seq + 1 or self.link == NO_LINK:
            return False
        return (before.seq > 0 and before.link == NO_LINK) or self.link == link_of(before.link, self.seq, self.payload)


class StreamEnd(NamedTuple):
    """Where a stream ends, as it says: `tail` is None if its last id is none of ours; `size` counts its entries."""

    tail: Tail | None
    size: int


Due: TypeAlias = tuple[str, Tail, Sequence[StreamEntry]]
_Reply: TypeAlias = tuple[bytes, bytes, int]


class Appender:
    """Appends to streams through one connection."""

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._script = client.register_script(_LUA)
        self._delete = client.register_script(_DELETE)

    def append(self, stream: str, after: Tail, entries: Sequence[StreamEntry]) -> StreamEnd:
        """Append behind `after` and return where the stream ends; if it ended elsewhere, nothing is appended."""
        return _end(cast(_Reply, self._script(keys=[stream], args=_arguments(after, entries))))

    def append_each(self, due: Sequence[Due]) -> list[StreamEnd]:
        """Append to several streams in one round trip; see `append`."""
        with self._client.pipeline(transaction=False) as pipe:
            for stream, after, entries in due:
                self._script(keys=[stream], args=_arguments(after, entries), client=pipe)
            return [_end(cast(_Reply, reply)) for reply in pipe.execute()]

    def end(self, stream: str) -> StreamEnd:
        """Return where a stream ends (at the beginning, if there is no such stream)."""
        return self.append(stream, Tail(-1), ())

    def delete(self, stream: str, size: int) -> None:
        """Delete a stream, unless it has other than `size` entries by now."""
        self._delete(keys=[stream], args=[size])


def chained(entries: Sequence[StreamEntry], after: Tail = BEGINNING) -> list[StreamEntry]:
    """Return entries with the links that they have behind a place."""
    found: list[StreamEntry] = []
    link = after.link
    for entry in entries:
        link = link_of(link, entry.seq, entry.payload)
        found.append(entry._replace(link=link))
    return found


def going_on(after: Tail, entries: Sequence[StreamEntry]) -> list[StreamEntry]:
    """Return those entries that go on from a place without a hole; whatever else lies among them is stepped over."""
    found: list[StreamEntry] = []
    for entry in entries:
        if entry.follows(after):
            found.append(entry)
            after = entry.tail
    return found


def _end(reply: _Reply) -> StreamEnd:
    seq, _, sub = reply[0].decode().partition("-")
    link = reply[1].decode(errors="replace")
    return StreamEnd(Tail(int(seq), link) if sub == "0" else None, int(reply[2]))


def _arguments(after: Tail, entries: Sequence[StreamEntry]) -> list[str | int | bytes]:
    arguments: list[str | int | bytes] = [after.seq, after.link, EVENT_FIELD, LINK_FIELD]
    for entry in entries:
        arguments += (entry.seq, entry.payload, entry.link)
    return arguments
