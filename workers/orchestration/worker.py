"""`baton orchestrate`: serves the lifecycle's jobs, beside them keeps its clock, judges again what facts moved.

When somebody asks for a replay of a rule set, it starts a process for that.
"""

import logging
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from time import monotonic

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.exceptions import DequeueTimeout
from rq.job import Job
from rq.registry import StartedJobRegistry
from sqlalchemy.exc import OperationalError
from tenacity import Retrying, retry_if_exception_type, retry_if_not_exception_type, stop_after_delay, wait_fixed

from app import outbox
from app.config import settings
from app.database import engine, transaction
from workers.loop import RENEW_SECONDS, STOPPING, begin, beside, died_here
from workers.orchestration import checkpointing, rejudging, replays, scheduler
from workers.ownership import RedisOwnership
from workers.rq_worker import SteadyWorker, keep_working
from workers.streams.refusals import Elsewhere

log = logging.getLogger("baton.orchestration")

QUEUE = "orchestration"
ASK_FIRST_SECONDS, ASK_AGAIN_SECONDS = 10.0, 0.2


class OrchestrationWorker(SteadyWorker):
    """An ordinary RQ worker."""

    def __init__(self, connection: Redis, ask_whose: Callable[[Redis], None] = lambda _: None) -> None:
        super().__init__(QUEUE, connection)
        self._ask_whose = ask_whose
        self._asked = 0.0

    def next_job(self) -> Job | None:
        """Return the next job, or None after a second without one. Jobs of a time that was lost are nobody's."""
        if monotonic() - self._asked >= RENEW_SECONDS:
            self._ask_whose(self.connection)
            self._asked = monotonic()
        self.ask_again()
        try:
            found = Queue.dequeue_any(self.queues, 1, connection=self.connection, serializer=self.serializer)
        except DequeueTimeout:
            return None
        return None if found is None else found[0]

    def ask_again(self) -> None:
        """Ask again for what processes of this host had in hand when they died; other hosts' is sent again in time."""
        left = [job for job in self._begun() if died_here(job.worker_name or "")]
        if not left:
            return
        with transaction() as session:
            outbox.send_again(session, [int(job.kwargs["job"]) for job in left])
        for job in left:
            log.warning("%s died with job %s in hand; it is asked for again", job.worker_name, job.kwargs["job"])
            job.delete()

    def _begun(self) -> list[Job]:
        begun = StartedJobRegistry(queue=self.queues[0]).get_job_ids(cleanup=False)
        found = Job.fetch_many(begun, connection=self.connection, serializer=self.serializer)
        return [job for job in found if job is not None]


def ask_first(ownership: RedisOwnership, *, patience: float = ASK_FIRST_SECONDS) -> None:
    """Ask Redis, before the clock acts on anything, whether this store was put back: if it was, an alarm is on then.

    Where Redis is away the clock begins without it, after `patience` seconds: it may only just be starting.
    """
    asking = Retrying(
        retry=retry_if_exception_type((RedisError, OperationalError)) & retry_if_not_exception_type(Elsewhere),
        wait=wait_fixed(ASK_AGAIN_SECONDS),
        stop=lambda state: STOPPING.is_set() or stop_after_delay(patience)(state),
        sleep=_pause,
        reraise=True,
    )
    with suppress(RedisError, OperationalError):
        asking(lambda: ownership.refuse(ownership.connect()))


def _pause(seconds: float) -> None:
    STOPPING.wait(seconds)


def run(start_replay: replays.Start) -> None:
    """Orchestrate until SIGTERM or SIGINT. Neither a stopped Redis nor a long job stops the clock."""
    begin("orchestrate")
    ownership = RedisOwnership(engine(), settings().redis_url)
    ask_first(ownership)
    with (
        beside("clock", scheduler.run),
        beside("rejudging", rejudging.run),
        beside("checkpoints", checkpointing.run),
        beside("replays", partial(replays.run, start_replay)),
    ):
        keep_working(lambda connection: OrchestrationWorker(connection, ownership.refuse), ownership.connect)
