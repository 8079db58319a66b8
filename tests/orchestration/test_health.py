"""What the tracker sees of the contexts, and that it writes only what changed."""

from datetime import datetime, timedelta

import pytest
from redis import Redis
from sqlmodel import select

from app import database, outbox
from app.clock import utc_now
from app.contracts.streams import REGISTRY, ContextRegistration, partition_of
from app.deliveries.records import ContextHealth
from tests.choreography.listening import TEA, published
from tests.redis_server import RedisServer
from workers.orchestration.health import Observatory
from workers.streams.leases import PartitionLeases

SECOND = timedelta(seconds=1)
PARTITION = partition_of(TEA)


@pytest.fixture
def observatory(pricing_store: str, valkey: RedisServer) -> Observatory:
    return Observatory(valkey.client())


def register(redis: Redis, at: datetime, *, position: int = 0) -> None:
    PartitionLeases(redis, "catalog", "one").renew()
    shown = ContextRegistration(name="catalog", does="re-prices", hears=(), at=at, positions={PARTITION: position},
                                workers=1)  # fmt: skip
    redis.hset(REGISTRY, "catalog", shown.model_dump_json())


def health() -> ContextHealth:
    with database.reading() as session:
        return session.exec(select(ContextHealth)).one()


def commits() -> int:
    with database.reading() as session:
        return int(session.connection().exec_driver_sql("SELECT sum(n) FROM pulse").scalar_one() or 0)


def test_a_context_is_found_in_the_registry(observatory: Observatory, valkey: RedisServer) -> None:
    register(valkey.client(), utc_now())
    observatory.observe(utc_now())
    assert (health().name, health().state, health().workers) == ("catalog", "caught-up", 1)


def test_lag_and_backlog_are_measured_against_what_was_committed(observatory: Observatory, valkey: RedisServer) -> None:
    with database.transaction() as session:
        outbox.record_prices(session, [(TEA, published())])
    register(valkey.client(), utc_now())
    observatory.observe(published().occurred_at + 3 * SECOND)
    assert (health().state, health().lag_ms) == ("working", 3000)
    assert f"{[int(p == PARTITION) for p in range(16)]}" == health().behind


def test_the_rate_is_what_was_settled_between_two_looks(observatory: Observatory, valkey: RedisServer) -> None:
    now = utc_now()
    register(valkey.client(), now, position=0)
    observatory.observe(now)
    register(valkey.client(), now + 2 * SECOND, position=500)
    observatory.observe(now + 2 * SECOND)
    assert health().rate == 250
    assert health().rates.endswith("0, 250]")


def test_a_context_without_a_living_worker_is_silent(observatory: Observatory, valkey: RedisServer) -> None:
    register(valkey.client(), utc_now())
    valkey.client().delete("px:workers:catalog")
    observatory.observe(utc_now())
    assert (health().state, health().workers) == ("silent", 0)


def test_a_redis_that_is_away_makes_every_context_unreachable(observatory: Observatory, valkey: RedisServer) -> None:
    register(valkey.client(), utc_now())
    observatory.observe(utc_now())
    valkey.stop()
    try:
        observatory.observe(utc_now())
    finally:
        valkey.start()
    assert health().state == "unreachable"


def test_nothing_new_writes_nothing(observatory: Observatory, valkey: RedisServer) -> None:
    now = utc_now()
    register(valkey.client(), now)
    observatory.observe(now)
    before = commits()
    for seconds in range(1, 5):
        register(valkey.client(), now + seconds * SECOND)
        observatory.observe(now + seconds * SECOND)
    assert commits() == before
