"""Reading: from the position in the context's own store, on the partitions leased to this worker."""

from collections import deque
from collections.abc import Callable, Sequence
from time import monotonic
from typing import NamedTuple

from redis import Redis

from app.contracts.streams import price_stream
from workers.loop import STOPPING, Backoff
from workers.streams.connection import StreamReader
from workers.streams.entries import BATCH, StreamEntry

PAUSES = Backoff(0.2, 15.0)
IDLE_SECONDS = 0.2


class Batch(NamedTuple):
    """Consecutive entries of one partition."""

    partition: int
    entries: Sequence[StreamEntry]


class Reader:
    """Keeps this worker's place in each partition that it owns and hands out batches."""

    def __init__(
        self, client: Redis, owned: Callable[[], frozenset[int]], positions: Callable[[], dict[int, int]]
    ) -> None:
        self._streams = StreamReader(client)
        self._owned = owned
        self._positions = positions
        self._at: dict[int, int] = {}
        self._read_ahead: deque[Batch] = deque()
        self._failures: dict[int, int] = {}
        self._paused: dict[int, float] = {}
        """Until when a partition is left alone."""

    def next(self, block_ms: int) -> Batch | None:
        """Return the next batch, waiting for one as long as told."""
        self._follow_leases()
        if not self._read_ahead:
            self._read(block_ms)
        while self._read_ahead:
            batch = self._read_ahead.popleft()
            if batch.partition in self._at:
                return batch
        return None

    def settled(self, partition: int) -> None:
        """A batch went through: forget earlier trouble with its partition."""
        self._failures.pop(partition, None)
        self._paused.pop(partition, None)

    def begin_anew(self) -> None:
        """Forget every place: where each partition stands is read from the store again."""
        self._at.clear()
        self._read_ahead.clear()
        self._failures.clear()
        self._paused.clear()

    def go_back(self, partition: int, *, pause: bool = True) -> None:
        """Read a partition again from its stored position, after a pause that doubles with each failure."""
        self._at.pop(partition, None)
        self._read_ahead = deque(batch for batch in self._read_ahead if batch.partition != partition)
        if pause:
            self._failures[partition] = self._failures.get(partition, 0) + 1
            self._paused[partition] = monotonic() + PAUSES.after(self._failures[partition])

    def _follow_leases(self) -> None:
        owned = self._owned()
        for partition in self._at.keys() - owned:
            self.go_back(partition, pause=False)
        wanted = {p for p in owned - self._at.keys() if self._paused.get(p, 0.0) <= monotonic()}
        if wanted:
            stored = self._positions()
            self._at |= {partition: stored[partition] for partition in wanted}

    def _read(self, block_ms: int) -> None:
        if not self._at:
            STOPPING.wait(IDLE_SECONDS)
            return
        streams = {price_stream(partition): partition for partition in self._at}
        after = {stream: self._at[partition] for stream, partition in streams.items()}
        for stream, entries in self._streams.read(after, count=BATCH, block_ms=block_ms).items():
            partition = streams[stream]
            self._at[partition] = entries[-1].seq
            self._read_ahead.append(Batch(partition, entries))
