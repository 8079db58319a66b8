import pytest
from sqlalchemy import Engine

from app.contracts.events import PriceParked
from app.contracts.streams import said_stream
from app.database import open_engine
from tests.builders import MONDAY
from tests.redis_server import RedisServer
from workers.streams import store
from workers.streams.voice import Voice

STREAM = said_stream("shelf")


@pytest.fixture
def engine(store_url: str) -> Engine:
    engine = open_engine(store_url, durable=False)
    store.migrate(engine, None)
    return engine


def say(engine: Engine, *skus: str) -> None:
    with engine.begin() as connection:
        store.say(connection, [PriceParked(id=sku, occurred_at=MONDAY, correlation_id="p1", context="shelf", of=1,
                                           sku=sku, version=2, attempts=1, cause="no") for sku in skus])  # fmt: skip


def ids(valkey: RedisServer) -> list[bytes]:
    return [id_ for id_, _ in valkey.client().xrange(STREAM)]


def test_what_the_store_says_is_carried_once(engine: Engine, valkey: RedisServer) -> None:
    voice = Voice(valkey.client(), engine, "shelf")
    say(engine, "a", "b")
    voice.speak()
    say(engine, "c")
    voice.has_more()
    voice.speak()
    assert ids(valkey) == [b"1-0", b"2-0", b"3-0"]


def test_two_workers_of_a_context_share_one_voice(engine: Engine, valkey: RedisServer) -> None:
    one, other = Voice(valkey.client(), engine, "shelf"), Voice(valkey.client(), engine, "shelf")
    for voice in (one, other, one):
        say(engine, "a")
        voice.has_more()
        voice.speak()
    assert ids(valkey) == [b"1-0", b"2-0", b"3-0"]


def test_a_lost_stream_is_said_again(engine: Engine, valkey: RedisServer) -> None:
    voice = Voice(valkey.client(), engine, "shelf")
    say(engine, "a", "b")
    voice.speak()
    valkey.client().flushall()
    voice.check()
    voice.speak()
    assert ids(valkey) == [b"1-0", b"2-0"]


def test_a_store_put_back_from_a_copy_goes_on_after_what_was_said(engine: Engine, valkey: RedisServer) -> None:
    for number in range(1, 4):
        valkey.client().xadd(STREAM, {"e": "{}"}, id=f"{number}-0")
    voice = Voice(valkey.client(), engine, "shelf")
    voice.begin()
    say(engine, "a")
    voice.speak()
    assert ids(valkey)[-1] == b"4-0"
