"""Whatever breaks in the middle of a fan-out: everything converges by itself, in order, each price once."""

import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import ResponseError
from rq import Queue, SimpleWorker
from rq.job import JobStatus
from rq.serializers import JSONSerializer

from app import contexts, database
from app.clock import utc_now
from app.contexts import discovery
from app.contracts.streams import price_stream, said_stream
from app.lifecycle.table.status import Status
from app.migrations import migrate
from app.outbox.kept_entries import number_kept
from tests.faults.installation import CONTEXTS, Installation, tell_processes
from tests.redis_server import RedisServer
from tests.stores import forget
from tests.waiting import wait_for
from workers.loop import process_name
from workers.streams.leases import PartitionLeases

SKUS = [f"F{n:04d}" for n in range(2000)]
_price = count(100_10, 10)


@pytest.fixture(scope="module")
def baton(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("baton")
    valkey = RedisServer(folder)
    with pytest.MonkeyPatch.context() as environment:
        for name, value in tell_processes(folder, valkey).items():
            environment.setenv(name, value)
        forget()
        migrate(database.engine())
        valkey.start()
        installation = Installation(folder, valkey)
        installation.start_all()
        installation.stock(SKUS)
        yield installation
        installation.stop_all()
        database.engine().dispose()
        valkey.kill()
    forget()


def test_a_published_price_reaches_every_context(baton: Installation) -> None:
    proposal = baton.publish(SKUS[:3], next(_price))
    baton.wait_until_applied(proposal, 3)
    baton.assert_in_order_and_true(SKUS)


def test_every_worker_shows_in_rq_and_serves_ordinary_jobs_too(baton: Installation) -> None:
    redis = baton.valkey.client()
    wait_for(lambda: {"catalog", "search", "orchestration"} <= _queues_with_a_worker(redis), "showing up in `rq info`")
    job = Queue("catalog", connection=redis, serializer=JSONSerializer).enqueue("operator.add", 1, 2)
    wait_for(lambda: job.get_status(refresh=True) == JobStatus.FINISHED, "the ordinary job")


def _queues_with_a_worker(redis: Redis) -> set[str]:
    """What `rq info` lists: the queues that RQ knows, with the workers that serve them."""
    return {queue.name for queue in Queue.all(redis, serializer=JSONSerializer) if SimpleWorker.all(queue=queue)}


def test_a_worker_killed_in_mid_batch(baton: Installation) -> None:
    before = baton.settled("catalog")
    proposal = baton.publish_here(SKUS, next(_price))
    wait_for(lambda: baton.settled("catalog") > before, "the first batch", pause=0.001)
    baton.kill("worker-catalog")
    baton.start("worker", "catalog")
    baton.wait_until_applied(proposal, len(SKUS))
    baton.assert_in_order_and_true(SKUS)


def test_redis_emptied_in_mid_fan_out(baton: Installation) -> None:
    before = baton.settled("catalog")
    proposal = baton.publish_here(SKUS, next(_price))
    wait_for(lambda: baton.settled("catalog") > before, "the first batch", pause=0.001)
    baton.valkey.client().flushall()
    baton.wait_until_applied(proposal, len(SKUS))
    wait_for(lambda: len(SimpleWorker.all(baton.valkey.client())) >= 3, "showing up in RQ again")
    baton.assert_in_order_and_true(SKUS)


def test_redis_killed_and_back_later_while_approvals_go_on(baton: Installation) -> None:
    baton.valkey.kill()
    proposal = baton.publish_here(SKUS, next(_price))
    wait_for(lambda: {row.state for row in _health()} == {"unreachable"}, "noticing that Redis is away")
    assert baton.status(proposal) == Status.PUBLISHED
    assert all(process.poll() is None for process in baton.running.values()), "a process gave up"
    baton.valkey.start()
    baton.wait_until_applied(proposal, len(SKUS))
    baton.assert_in_order_and_true(SKUS)


def test_a_worker_frozen_and_back_when_another_took_over(baton: Installation) -> None:
    baton.start("worker", "catalog", name="second")
    watch = PartitionLeases(baton.valkey.client(), "catalog", process_name("watch"))
    wait_for(lambda: len(_holders(watch)) == 2, "sharing")
    before = baton.settled("catalog")
    proposal = baton.publish_here(SKUS, next(_price))
    wait_for(lambda: baton.settled("catalog") > before, "the first batch", pause=0.001)
    frozen = baton.running["worker-catalog"]
    frozen.send_signal(signal.SIGSTOP)
    wait_for(lambda: len(_holders(watch)) == 1, "the frozen worker's leases to run out")
    frozen.send_signal(signal.SIGCONT)
    baton.wait_until_applied(proposal, len(SKUS))
    baton.assert_in_order_and_true(SKUS)
    baton.running.pop("second").terminate()


def test_a_locked_price_takes_the_whole_repricing_back(baton: Installation) -> None:
    before = contexts.beliefs("search", SKUS[:2])
    contexts.lock(SKUS[0], "Spring contract", utc_now() + timedelta(days=1), "Omar T.")
    proposal = baton.publish(SKUS[:2], next(_price))
    baton.wait_for_status(proposal, Status.ROLLED_BACK)
    assert contexts.unlock(SKUS[0]).changed
    wait_for(lambda: all(contexts.beliefs(name, SKUS[:2])[sku].price == before[sku].price
                         for name in CONTEXTS for sku in SKUS[:2]), "the prices from before")  # fmt: skip
    baton.assert_in_order_and_true(SKUS)


def test_strangers_write_into_every_stream_and_answers_are_lost_in_mid_fan_out(baton: Installation) -> None:
    """A stranger's price at each next id, something between two ids, and answers that nobody had heard yet."""
    redis = baton.valkey.client()
    before = baton.settled("catalog")
    proposal = baton.publish_here(SKUS, next(_price))
    wait_for(lambda: baton.settled("catalog") > before, "the first batch", pause=0.001)
    for stream in [price_stream(partition) for partition in range(16)] + [said_stream(name) for name in CONTEXTS]:
        last = redis.xinfo_stream(stream)["last-generated-id"].decode().partition("-")[0]
        for id_ in (f"{last}-7", f"{int(last) + 1}-0"):
            with suppress(ResponseError):  # somebody was faster: then the next id is already taken
                redis.xadd(stream, {"e": '{"type": "price-change-published.v1", "new": 1}'}, id=id_)
    redis.xtrim(said_stream("search"), maxlen=1, approximate=False)
    baton.wait_until_applied(proposal, len(SKUS))
    baton.assert_in_order_and_true(SKUS)
    assert _kept() > 0


def test_a_context_put_back_from_before_an_unlock_takes_no_live_change_back(
    baton: Installation, tmp_path: Path
) -> None:
    """The change of three prices stays, with what catalog had confirmed; what it refuses now is parked there."""
    contexts.lock(SKUS[0], "Spring contract", utc_now() + timedelta(days=1), "Omar T.")
    copied(baton.folder / "catalog.db", tmp_path / "older.db")
    assert contexts.unlock(SKUS[0]).changed
    proposal = baton.publish(SKUS[:3], next(_price))
    baton.wait_until_applied(proposal, 3)
    baton.kill("worker-catalog")
    discovery.store_of("catalog").dispose()
    copied(tmp_path / "older.db", baton.folder / "catalog.db")
    baton.start("worker", "catalog")
    wait_for(lambda: baton.lanes(proposal)["catalog"].parked == 1, "the refusal")
    assert (baton.status(proposal), baton.lanes(proposal)["catalog"].applied) == (Status.PUBLISHED, 2)
    contexts.unlock(SKUS[0])
    contexts.redrive("catalog", [SKUS[0]])
    baton.wait_until_applied(proposal, 3)


def copied(store: Path, to: Path) -> None:
    """As `sqlite3 store .backup` does: what was committed, in the place of what was there."""
    with closing(sqlite3.connect(store)) as source, closing(sqlite3.connect(to)) as target:
        source.backup(target)


def test_everything_stops_when_asked(baton: Installation) -> None:
    baton.stop_all()
    baton.running.clear()


def _kept() -> int:
    with database.reading() as session:
        return number_kept(session)


def _health() -> list[object]:
    from app.deliveries.queries import contexts as health

    with database.reading() as session:
        return list(health(session))


def _holders(watch: PartitionLeases) -> set[bytes]:
    from app.contracts.streams import lease_key

    client = watch._client
    return {holder for p in range(16) if (holder := client.get(lease_key("catalog", p)))}  # type: ignore[misc]
