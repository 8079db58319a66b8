"""An RQ worker that stays: it outlasts a stopped or emptied Redis and stops only when asked, between two jobs."""

import logging
from collections.abc import Callable
from time import monotonic

from redis import Redis
from redis.client import PubSub, PubSubWorkerThread
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker
from rq.job import Job
from rq.serializers import JSONSerializer

from workers.loop import STOPPING, Outage, process_name, stop_on_signals, until_stopped

log = logging.getLogger("baton.workers")

WORKER_TTL = 30
HEARTBEAT_SECONDS = 5
LISTEN_AGAIN_SECONDS = 2.0


class SteadyWorker(SimpleWorker):
    """A worker in this process whose work comes from `next_job`."""

    log_result_lifespan = False
    log_job_description = False

    def __init__(self, queue: str, connection: Redis) -> None:
        super().__init__(
            [queue], name=process_name(queue), connection=connection, serializer=JSONSerializer, worker_ttl=WORKER_TTL
        )
        self._redis = Outage("Redis", RedisError)
        self._shown_at = 0.0

    def next_job(self) -> Job | None:
        """Return the next job, or None after about a second without one."""
        raise NotImplementedError

    def on_return(self) -> None:
        """Called when Redis answers again after an outage."""

    def dequeue_job_and_maintain_ttl(
        self, timeout: int | None, max_idle_time: int | None = None
    ) -> tuple[Job, Queue] | None:
        """Wait for a job. A Redis that is away is waited for here; only a stop (or `burst`) ends the waiting."""
        while not STOPPING.is_set():
            try:
                self._show()
                job = self.next_job()
            except RedisError as error:
                self._redis.met(error)
                continue
            if self._redis.over():
                self.on_return()
            if job is not None:
                return job, self.queues[0]
            if timeout is None:
                return None
        return None

    def register_birth(self) -> None:
        """Sign on, with the queue: `rq info` lists the workers of queues that it knows."""
        super().register_birth()  # type: ignore[no-untyped-call]
        self.connection.sadd(Queue.redis_queues_keys, *(queue.key for queue in self.queues))

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Run a job. What RQ cannot book (say, in an emptied Redis) costs its record, not the worker."""
        try:
            super().execute_job(job, queue)
        except Exception as error:
            log.warning("RQ could not book job %s: %s", job.id, error)

    def check_for_suspension(self, burst: bool) -> None:
        """Obey `rq suspend`; a Redis that is away suspends nobody."""
        try:
            super().check_for_suspension(burst)
        except RedisError as error:
            self._redis.met(error)

    def heartbeat(self, timeout: int | None = None, pipeline: object = None) -> None:
        """Done by `_show`, on a schedule rather than around every job."""

    def run_maintenance_tasks(self) -> None:
        """Tidy RQ's registries; that can wait if Redis is away."""
        try:
            super().run_maintenance_tasks()  # type: ignore[no-untyped-call]
        except RedisError as error:
            self._redis.met(error)

    def teardown(self) -> None:
        """Sign off, as far as Redis is there to be told."""
        try:
            super().teardown()  # type: ignore[no-untyped-call]
        except RedisError as error:
            log.debug("could not sign off: %s", error)

    def _pubsub_exception_handler(self, exc: Exception, pubsub: PubSub, pubsub_thread: PubSubWorkerThread) -> None:
        """Let RQ's command channel wait quietly too; the worker itself reports that Redis is away."""
        if not isinstance(exc, RedisConnectionError):
            super()._pubsub_exception_handler(exc, pubsub, pubsub_thread)
        STOPPING.wait(LISTEN_AGAIN_SECONDS)

    def _install_signal_handlers(self) -> None:
        """Keep `stop_on_signals`: RQ's own would raise in the middle of a reply."""
        stop_on_signals()

    def _show(self) -> None:
        """Stay visible in `rq info`, also after Redis was emptied."""
        if monotonic() - self._shown_at < HEARTBEAT_SECONDS:
            return
        if not self.connection.hexists(self.key, "birth"):
            self.connection.delete(self.key)
            self.register_birth()
        super().heartbeat(WORKER_TTL)
        self._shown_at = monotonic()


def keep_working(
    make: Callable[[Redis], SteadyWorker],
    connect: Callable[[], Redis],
    *,
    meanwhile: Callable[[], None] = lambda: None,
) -> None:
    """Work until asked to stop. Whatever ends a worker early, another one with another name takes over.

    `meanwhile` is called before each attempt, so also while Redis is away.
    """
    outage = Outage("Worker", RedisError)

    def work() -> float:
        connection = connect()
        meanwhile()
        try:
            worker = make(connection)
            outage.over()
            worker.work(logging_level="WARNING")
        finally:
            connection.close()
        return 0.0

    until_stopped(work, outage)
