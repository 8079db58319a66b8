"""Who reads which partition: leases in Redis, shared fairly among a context's live workers.

A lease only keeps two workers from doing the same work. What keeps a stale one from doing harm is the compare-and-set
of the reading position in the context's store.
"""

from math import ceil
from typing import cast

from redis import Redis

from app.contracts.streams import PARTITIONS, lease_key
from workers.loop import LEASE_MS, Lease, died_here

_PRESENT = """
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2] * 2)
return redis.call('ZRANGE', KEYS[1], 0, -1)
"""


class PartitionLeases:
    """The partitions that one worker of a context may read."""

    def __init__(self, client: Redis, context: str, owner: str, *, partitions: int = PARTITIONS) -> None:
        self._client = client
        self._owner = owner
        self._presence = f"px:workers:{context}"
        self._partitions = partitions
        self._leases = {p: Lease(client, lease_key(context, p), owner) for p in range(partitions)}
        self._present = client.register_script(_PRESENT)
        self.owned: frozenset[int] = frozenset()
        self.workers = 1

    def renew(self) -> None:
        """Show presence, keep what is held, give up what is above the fair share, take what is free below it."""
        self.workers = self._count_living()
        share = ceil(self._partitions / self.workers)
        kept = {p for p in sorted(self.owned)[:share] if self._leases[p].hold()}
        for partition in self.owned - kept:
            self._leases[partition].let_go()
        for partition in self._in_own_order():
            if len(kept) >= share:
                break
            if partition not in kept and self._leases[partition].hold():
                kept.add(partition)
        self.owned = frozenset(kept)

    def let_go(self) -> None:
        """Give up everything, so that others need not wait for it to run out."""
        owned, self.owned = self.owned, frozenset()
        for partition in owned:
            self._leases[partition].let_go()
        self._client.zrem(self._presence, self._owner)

    def _count_living(self) -> int:
        """Show presence and count the present; one that died on this host does not keep its share any longer."""
        present = cast(list[bytes], self._present(keys=[self._presence], args=[self._owner, LEASE_MS]))
        dead = [name for name in present if name.decode() != self._owner and died_here(name.decode())]
        if dead:
            self._client.zrem(self._presence, *dead)
        return len(present) - len(dead)

    def _in_own_order(self) -> list[int]:
        """Start somewhere else in each worker, so that they do not race for the same partition."""
        start = hash(self._owner) % self._partitions
        return [(start + offset) % self._partitions for offset in range(self._partitions)]
