"""StreamWorker: an RQ worker whose work source is the price streams. One RQ job per batch, not per price.

RQ gives it supervision, bookkeeping and `rq info`; ordinary jobs on the context's queue are served too. Order and
recovery are not RQ's: they rest on the position in the context's own store.
"""

from time import monotonic

from redis import Redis
from rq import Queue
from rq.defaults import DEFAULT_LOGGING_DATE_FORMAT, DEFAULT_LOGGING_FORMAT
from rq.job import Job

from workers.rq_worker import SteadyWorker
from workers.streams.connection import READ_BLOCK_MS
from workers.streams.consumption import desk_of
from workers.streams.ownership import carried_by

BATCH_TIMEOUT = 180
RESULT_TTL = 60
FAILURE_TTL = 86_400
LOOK_FOR_DUE_SECONDS = 0.5


class StreamWorker(SteadyWorker):
    """Serves the context that its queue is named after; also started by `rq worker -w`."""

    def __init__(self, queue: str, connection: Redis) -> None:
        self._desk = desk_of(queue)
        self._desk.take_seat(carried_by(connection))  # `rq worker` brings a connection that never asked
        super().__init__(queue, connection)
        self._looked_at = 0.0

    def next_job(self) -> Job | None:
        """Return an ordinary job, a retry that is due, or the next batch as a job."""
        self._desk.refuse_elsewhere()
        self._desk.follow_epoch()
        self._desk.speak()
        return self._ordinary() or self._retry() or self._batch()

    def on_return(self) -> None:
        """Find out from the store where to go on."""
        self._desk.put_back()

    def bootstrap(
        self,
        logging_level: str | None = "WARNING",
        date_format: str = DEFAULT_LOGGING_DATE_FORMAT,
        log_format: str = DEFAULT_LOGGING_FORMAT,
    ) -> None:
        """Register with RQ, then take partitions."""
        super().bootstrap(logging_level, date_format, log_format)
        self._desk.open()

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Run a job; a batch that it did not come to is read again."""
        super().execute_job(job, queue)
        self._desk.put_back()

    def _ordinary(self) -> Job | None:
        found = Queue.dequeue_any(self.queues, None, connection=self.connection, serializer=self.serializer)
        return None if found is None else found[0]

    def _retry(self) -> Job | None:
        if monotonic() - self._looked_at < LOOK_FOR_DUE_SECONDS:
            return None
        partition = self._desk.partition_due()
        if partition is None:
            self._looked_at = monotonic()
            return None
        return self._job("retry", {"partition": partition})

    def _batch(self) -> Job | None:
        batch = self._desk.reader.next(READ_BLOCK_MS)
        if batch is None:
            return None
        self._desk.take(batch)
        return self._job("settle", {"partition": batch.partition, "first": batch.entries[0].seq})

    def _job(self, name: str, arguments: dict[str, int]) -> Job:
        queue = self.queues[0]
        job = queue.create_job(
            f"{__name__}.{name}",
            kwargs={"context": queue.name, **arguments},
            timeout=BATCH_TIMEOUT,
            result_ttl=RESULT_TTL,
            failure_ttl=FAILURE_TTL,
        )
        job.save()
        return job


def settle(context: str, partition: int, first: int) -> int:
    """The RQ job of a batch: returns how many entries it settled."""
    return desk_of(context).settle_in_hand(partition, first)


def retry(context: str, partition: int) -> int:
    """The RQ job of a due attempt: returns for how many SKUs it was made."""
    return desk_of(context).retry(partition)
