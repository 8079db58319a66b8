"""The process that serves one context: an RQ worker whose work source is the price streams.

RQ gives it supervision, bookkeeping and `rq info`; ordinary jobs on the context's queue are served too. Order and
recovery are not RQ's: they rest on the position in the context's own store.
"""

from time import monotonic

from redis import Redis
from rq import Queue
from rq.defaults import DEFAULT_LOGGING_DATE_FORMAT, DEFAULT_LOGGING_FORMAT
from rq.job import Job
from sqlalchemy.exc import OperationalError

from app.config import settings
from workers.loop import Outage, as_soon_as, begin
from workers.rq_worker import SteadyWorker, keep_working
from workers.streams.connection import READ_BLOCK_MS, connect
from workers.streams.consumption import consumption_of
from workers.streams.ownership import carried_by
from workers.streams.refusals import Elsewhere

BATCH_TIMEOUT = 180
RESULT_TTL = 60
FAILURE_TTL = 86_400
LOOK_FOR_DUE_SECONDS = 0.5


class StreamWorker(SteadyWorker):
    """Serves the context that its queue is named after; also started by `rq worker -w`."""

    def __init__(self, queue: str, connection: Redis) -> None:
        self._consumption = consumption_of(queue)
        self._consumption.claim_store(carried_by(connection))  # `rq worker` brings a connection that never asked
        super().__init__(queue, connection)
        self._looked_at = 0.0

    def next_job(self) -> Job | None:
        """Return an ordinary job, a retry that is due, or the next batch as a job."""
        self._consumption.refuse_elsewhere()
        self._consumption.follow_epoch()
        self._consumption.carry_answers()
        return self._ordinary() or self._retry() or self._batch()

    def on_return(self) -> None:
        """Find out from the store where to go on."""
        self._consumption.read_again_if_unsettled()

    def bootstrap(
        self,
        logging_level: str | None = "WARNING",
        date_format: str = DEFAULT_LOGGING_DATE_FORMAT,
        log_format: str = DEFAULT_LOGGING_FORMAT,
    ) -> None:
        """Register with RQ, then take partitions."""
        super().bootstrap(logging_level, date_format, log_format)
        self._consumption.open()

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Run a job; a batch that it did not come to is read again."""
        super().execute_job(job, queue)
        self._consumption.read_again_if_unsettled()

    def _ordinary(self) -> Job | None:
        found = Queue.dequeue_any(self.queues, None, connection=self.connection, serializer=self.serializer)
        return None if found is None else found[0]

    def _retry(self) -> Job | None:
        if monotonic() - self._looked_at < LOOK_FOR_DUE_SECONDS:
            return None
        partition = self._consumption.partition_due()
        if partition is None:
            self._looked_at = monotonic()
            return None
        return self._job("retry", {"partition": partition})

    def _batch(self) -> Job | None:
        """Return the next batch as a job that names it; the entries stay in this process, where the job finds them.

        A job goes by way of Redis though nobody else could run it, because RQ counts, times and shows jobs alone:
        `rq info`, the time limit and the record of what failed come with it. It is one round trip for up to 500 prices.
        """
        batch = self._consumption.reader.next(READ_BLOCK_MS)
        if batch is None:
            return None
        self._consumption.keep(batch)
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
    return consumption_of(context).settle(partition, first)


def retry(context: str, partition: int) -> int:
    """The RQ job of a due attempt: returns for how many SKUs it was made."""
    return consumption_of(context).retry(partition)


def run(context: str) -> None:
    """Serve a context until SIGTERM or SIGINT; the batch in hand is finished first."""
    begin(f"context-{context}")
    store = Outage(f"{context}: store", OperationalError, Elsewhere)
    consumption = as_soon_as(lambda: consumption_of(context), store)
    if consumption is None:
        return
    keep_working(
        lambda connection: StreamWorker(context, connection),
        lambda: connect(settings().redis_url, consumption.ownership.check),
        meanwhile=consumption.follow_epoch,
    )
    consumption.close()
