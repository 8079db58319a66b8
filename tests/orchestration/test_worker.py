"""The orchestrating worker: what a killed one had in hand is asked for again at once, and nothing else is."""

import subprocess
import sys
from socket import gethostname

import pytest
from redis import Redis
from rq.registry import StartedJobRegistry
from sqlmodel import select

from app import database, outbox
from app.clock import utc_now
from app.outbox.records import OutboxJob
from tests.redis_server import RedisServer
from workers.loop import process_name
from workers.orchestration.worker import OrchestrationWorker
from workers.relay import Relay


@pytest.fixture
def redis(pricing_store: str, valkey: RedisServer) -> Redis:
    """The Redis to which one request was sent."""
    with database.transaction() as session:
        outbox.ask(session, "carry_out", {"proposal_id": "nobody"}, utc_now())
    assert Relay(database.engine(), valkey.client()).send_requests(utc_now()) == 1
    return valkey.client()


def killed() -> str:
    """The name of a process of this host that is no more."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return f"orchestration.{gethostname()}.{process.pid}.0"


def begin(redis: Redis, name: str) -> StartedJobRegistry:
    """Let a worker of that name take the request and get no further."""
    worker = OrchestrationWorker(redis)
    worker.name = name
    job = worker.next_job()
    assert job is not None
    worker.prepare_execution(job)
    worker.prepare_job_execution(job)
    return StartedJobRegistry(queue=worker.queues[0])


def sent() -> bool:
    with database.reading() as session:
        return session.exec(select(OutboxJob)).one().sent_at is not None


def test_what_a_killed_process_had_in_hand_is_sent_again_at_once(redis: Redis) -> None:
    registry = begin(redis, killed())

    OrchestrationWorker(redis).ask_again()

    assert not sent()
    assert registry.get_job_ids(cleanup=False) == []
    assert Relay(database.engine(), redis).send_requests(utc_now()) == 1


def test_what_a_living_process_has_in_hand_is_left_to_it(redis: Redis) -> None:
    registry = begin(redis, process_name("orchestration"))

    OrchestrationWorker(redis).ask_again()

    assert sent()
    assert len(registry.get_job_ids(cleanup=False)) == 1
