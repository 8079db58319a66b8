"""Two installations never mix: neither in Redis, nor in a context's store, nor after a connection broke."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import text
from sqlmodel import Session

from app import alarms, contexts, database, installation
from app.clock import utc_now
from app.contracts.installation import INSTALLATION, Epoch, Installation
from app.contracts.streams import price_stream
from app.database import open_engine
from app.deliveries.projection import Observation, observe_contexts
from app.deliveries.records import ContextHealth
from app.migrations import migrate
from app.store_file import StoreRefused
from tests.installation.shop import TEA, Context, Shop
from workers.loop import Lease
from workers.machine.installation import _refuse_elsewhere
from workers.orchestration.health import Observatory
from workers.orchestration.worker import OrchestrationWorker
from workers.ownership import Behind, RedisOwnership
from workers.relay import LEASE
from workers.streams.connection import connect
from workers.streams.ownership import bind
from workers.streams.refusals import Elsewhere

OTHERS = Installation(id="another-installation", epochs=(Epoch(number=1, id="e"),))


@pytest.fixture
def shop(empty_shop: Shop) -> Shop:
    return empty_shop


@pytest.fixture
def second(tmp_path: Path) -> Iterator[RedisOwnership]:
    """The pricing store of a second installation, told to use the first one's Redis."""
    engine = open_engine(f"sqlite:///{tmp_path}/second.db")
    migrate(engine)
    yield RedisOwnership(engine, "")
    engine.dispose()


def everything(shop: Shop) -> dict[bytes, object]:
    return {key: shop.client.dump(key) for key in shop.client.scan_iter()}


def test_a_second_installation_does_not_touch_the_first_ones_redis(shop: Shop, second: RedisOwnership) -> None:
    shop.stock(TEA)
    shop.carry()
    before = everything(shop)
    engine = second._engine
    client = RedisOwnership(engine, shop.redis_url).connect()

    with pytest.raises(Elsewhere, match="Two installations would answer into one another's streams"):
        Lease(client, LEASE, "second").hold()
    with pytest.raises(Elsewhere, match=r"unset BATON_REDIS_URL, or name another"):
        client.xadd(price_stream(3), {"e": "{}"})

    assert everything(shop) == before
    with Session(engine) as session:
        assert [alarm.name for alarm in alarms.raised(session)] == ["redis-belongs-elsewhere"]


def test_a_redis_that_another_takes_while_the_connection_is_broken_is_noticed_on_the_next(
    shop: Shop, pricing_store: str
) -> None:
    client = shop.ownership.connect()
    client.set("px:mine", 1)
    shop.client.set(INSTALLATION, OTHERS.model_dump_json())
    client.connection_pool.disconnect()

    with pytest.raises(Elsewhere):
        client.get("px:mine")


def test_the_alarm_ends_by_itself_when_the_right_redis_is_back(shop: Shop) -> None:
    shop.client.set(INSTALLATION, OTHERS.model_dump_json())
    with pytest.raises(Elsewhere):
        shop.ownership.connect().ping()
    shop.client.flushall()

    shop.ownership.connect().ping()

    with database.reading() as session:
        assert alarms.raised(session) == []
        assert shop.client.get(INSTALLATION) == installation.current(session).model_dump_json().encode()


def test_an_older_installations_redis_is_claimed_by_the_store_that_filled_it_and_by_no_other(
    shop: Shop, second: RedisOwnership
) -> None:
    shop.stock(TEA)
    shop.carry()
    shop.client.delete(INSTALLATION)

    with pytest.raises(Behind):
        RedisOwnership(second._engine, shop.redis_url).connect().ping()
    RedisOwnership(database.engine(), shop.redis_url).connect().ping()

    with database.reading() as session:
        assert shop.client.get(INSTALLATION) == installation.current(session).model_dump_json().encode()


def test_a_context_waits_for_a_redis_that_says_whose_it_is(shop: Shop) -> None:
    catalog = Context("catalog", shop.redis_url)
    with pytest.raises(Elsewhere, match="Redis does not say which installation it belongs to"):
        catalog.catch_up()
    assert catalog.ownership.bound is None


def test_a_context_with_a_store_of_elsewhere_reads_nothing_and_names_both(shop: Shop) -> None:
    catalog = Context("catalog", shop.redis_url)
    with catalog.engine.begin() as connection:
        bind(connection, OTHERS)
    shop.stock(TEA)
    shop.carry()
    theirs = Context("catalog", shop.redis_url)

    with pytest.raises(Elsewhere, match=r"catalog's store belongs to installation another-.*BATON_CATALOG_DATABASE"):
        connect(shop.redis_url, theirs.ownership.check).ping()
    with pytest.raises(Elsewhere):
        theirs.catch_up()
    assert set(theirs.positions().values()) == {0}


def test_the_web_neither_reads_nor_locks_in_another_installations_store(shop: Shop) -> None:
    catalog = Context("catalog", shop.redis_url)
    with catalog.engine.begin() as connection:
        bind(connection, OTHERS)
    catalog.engine.dispose()

    with pytest.raises(StoreRefused, match="what is written there would be lost here"):
        contexts.lock(TEA, "Spring contract", utc_now() + timedelta(days=1), "Omar T.")
    assert contexts.beliefs("catalog", [TEA]) == {}
    with catalog.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM price_lock")).scalar_one() == 0


def test_contexts_seen_through_anothers_redis_are_not_caught_up(shop: Shop) -> None:
    seen = Observation("catalog", "re-prices", "caught-up", 1, 0, "[]", 0, "[]")
    with database.transaction() as session:
        observe_contexts(session, [seen], now=utc_now())
    shop.client.set(INSTALLATION, OTHERS.model_dump_json())

    Observatory(shop.ownership.connect()).observe(utc_now())

    with database.reading() as session:
        assert session.get_one(ContextHealth, "catalog").state == "elsewhere"


def test_an_orchestrator_on_a_store_put_back_runs_no_job_of_the_time_that_was_lost(shop: Shop) -> None:
    shop.stock(TEA)
    copy = shop.copied()
    shop.publish(TEA, 104_00)
    shop.carry()
    Queue("orchestration", connection=shop.client, serializer=JSONSerializer).enqueue_call("workers.nothing")
    shop.put_back(copy)

    with pytest.raises(Behind):
        OrchestrationWorker(shop.client, shop.ownership.refuse).next_job()

    assert Queue("orchestration", connection=shop.client).count == 1


def test_starting_on_anothers_redis_is_refused_before_anything_runs(shop: Shop) -> None:
    shop.client.set(INSTALLATION, OTHERS.model_dump_json())
    with pytest.raises(Elsewhere, match="Redis belongs to installation another-"):
        _refuse_elsewhere(shop.redis_url, given=True, say=print)
    assert set(shop.client.keys()) == {INSTALLATION.encode()}
