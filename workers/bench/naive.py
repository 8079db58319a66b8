"""The ordinary way to do the same work: one RQ job per SKU and context, each with its own small transaction."""

import logging
import sys
from collections.abc import Sequence
from functools import cache
from time import monotonic
from typing import TypedDict

from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer
from sqlalchemy import Engine

from app.clock import new_id, utc_now
from app.config import settings
from app.contracts.events import PriceChangePublished, dump, parse
from app.database import open_engine
from workers.bench.rig import Rig, wait_for
from workers.streams import store
from workers.streams.connection import connect
from workers.streams.consumer import Heard


class NaiveResult(TypedDict):
    """How fast that was."""

    deliveries: int
    rate: float


def one_job_per_price(built: Rig, names: Sequence[str], skus: int) -> NaiveResult:
    """Enqueue one job per SKU and context and wait until ready workers, one process per context, did them all."""
    client = built.client()
    queues = [Queue(f"naive-{name}", connection=client, serializer=JSONSerializer) for name in names]
    for queue in queues:
        store_of(queue.name).dispose()
        built.start_command(queue.name, [sys.executable, "-m", "workers.bench.naive", queue.name])
    wait_for(lambda: all(SimpleWorker.count(queue=queue) for queue in queues), "the ordinary workers")
    payloads = [dump(_event(f"N{n:06d}", skus)) for n in range(skus)]
    began = monotonic()
    for queue in queues:
        queue.enqueue_many([
            Queue.prepare_data("workers.bench.naive.apply_one", kwargs={"context": queue.name, "payload": payload})
            for payload in payloads
        ])  # fmt: skip
    wait_for(lambda: all(_applied(queue.name) >= skus for queue in queues), "the ordinary jobs")
    deliveries = skus * len(names)
    return {"deliveries": deliveries, "rate": deliveries / (monotonic() - began)}


def apply_one(context: str, payload: str) -> None:
    """The job: apply one price, never over a higher version."""
    event = parse(payload)
    assert isinstance(event, PriceChangePublished)
    heard = Heard(event, event.sku, event.new, event.currency, event.version, utc_now(), None, True)
    with store_of(context).begin() as connection:
        store.keep_beliefs(connection, [heard])


@cache
def store_of(context: str) -> Engine:
    """Return the store that the jobs of a context write to."""
    engine = open_engine(f"sqlite:///{settings().data_dir}/{context}.db", durable=False)
    store.migrate(engine, None)
    return engine


def _applied(context: str) -> int:
    with store_of(context).connect().execution_options(read_only=True) as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM belief").scalar_one())


def _event(sku: str, of: int) -> PriceChangePublished:
    return PriceChangePublished(
        id=new_id(), occurred_at=utc_now(), correlation_id="naive", sku=sku, old=100, new=110, currency="INR",
        version=2, line=1, of=of)  # fmt: skip


if __name__ == "__main__":
    logging.getLogger("rq.worker").setLevel(logging.WARNING)
    SimpleWorker([sys.argv[1]], connection=connect(settings().redis_url), serializer=JSONSerializer).work(
        logging_level="WARNING"
    )
