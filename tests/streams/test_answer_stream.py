import pytest
from sqlalchemy import Engine, delete, select, update

from app.contracts.events import PriceParked, parse
from app.contracts.streams import AMISS, said_stream
from app.database import open_engine
from tests.builders import MONDAY
from tests.redis_server import RedisServer
from workers.streams import store
from workers.streams.answer_stream import AnswerStream
from workers.streams.carrier import complain
from workers.streams.records import foreign_entry, said, said_sequence

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
    answers = AnswerStream(valkey.client(), engine, "shelf")
    say(engine, "a", "b")
    answers.carry()
    say(engine, "c")
    answers.expect_more()
    answers.carry()
    assert ids(valkey) == [b"1-0", b"2-0", b"3-0"]


def test_two_workers_of_a_context_share_one_voice(engine: Engine, valkey: RedisServer) -> None:
    one, other = AnswerStream(valkey.client(), engine, "shelf"), AnswerStream(valkey.client(), engine, "shelf")
    for answers in (one, other, one):
        say(engine, "a")
        answers.expect_more()
        answers.carry()
    assert ids(valkey) == [b"1-0", b"2-0", b"3-0"]


def test_a_lost_stream_is_said_again(engine: Engine, valkey: RedisServer) -> None:
    answers = AnswerStream(valkey.client(), engine, "shelf")
    say(engine, "a", "b")
    answers.carry()
    valkey.client().flushall()
    answers.look_for_damage()
    answers.carry()
    assert ids(valkey) == [b"1-0", b"2-0"]


def spoken(engine: Engine, valkey: RedisServer, *skus: str) -> AnswerStream:
    """A answers that has carried what was said."""
    answers = AnswerStream(valkey.client(), engine, "shelf")
    say(engine, *skus)
    answers.carry()
    return answers


def skus(valkey: RedisServer) -> list[str]:
    return [parse(fields[b"e"]).sku for _, fields in valkey.client().xrange(STREAM)]  # type: ignore[union-attr]


def foreign(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.execute(select(foreign_entry.c.entry)).scalars())


@pytest.mark.parametrize("id_", ["3-0", "2-1", "*"])
def test_a_stranger_s_entry_is_taken_out_kept_and_does_no_harm(engine: Engine, valkey: RedisServer, id_: str) -> None:
    answers = spoken(engine, valkey, "a", "b")
    there = valkey.client().xadd(STREAM, {"e": '{"type": "other"}'}, id=id_)
    say(engine, "c")
    answers.expect_more()
    answers.look_for_damage()
    answers.carry()
    assert skus(valkey) == ["a", "b", "c"]
    assert foreign(engine) == [there.decode()]


def test_a_trimmed_stream_is_said_again(engine: Engine, valkey: RedisServer) -> None:
    answers = spoken(engine, valkey, "a", "b", "c")
    valkey.client().xtrim(STREAM, maxlen=1, approximate=False)
    answers.look_for_damage()
    answers.carry()
    assert skus(valkey) == ["a", "b", "c"]


def test_a_hole_whose_count_a_stranger_fills_is_mended_when_somebody_complains(
    engine: Engine, valkey: RedisServer
) -> None:
    answers = spoken(engine, valkey, "a", "b", "c")
    valkey.client().xadd(STREAM, {"e": "x"}, id="3-7")
    say(engine, "d")
    valkey.client().xdel(STREAM, "2-0")
    complain(valkey.client(), STREAM)
    answers.look_for_damage()
    answers.carry()
    assert (skus(valkey), foreign(engine)) == (["a", "b", "c", "d"], ["3-7"])
    assert valkey.client().smembers(AMISS) == set()


@pytest.mark.parametrize("kept", [0, 1])
def test_a_store_put_back_from_a_copy_takes_over_what_it_had_said_and_goes_on(
    engine: Engine, valkey: RedisServer, kept: int
) -> None:
    spoken(engine, valkey, "a", "b", "c")
    with engine.begin() as connection:
        connection.execute(delete(said).where(said.c.seq > kept))
        last = connection.execute(select(said.c.link).order_by(said.c.seq.desc())).scalar()
        connection.execute(update(said_sequence).values(n=kept, link=last or ""))
    answers = AnswerStream(valkey.client(), engine, "shelf")
    answers.compare()
    say(engine, "d")
    answers.carry()
    valkey.client().flushall()
    answers.look_for_damage()
    answers.carry()
    assert skus(valkey) == ["a", "b", "c", "d"]


def test_answers_of_before_there_were_links_are_said_again_with_them(engine: Engine, valkey: RedisServer) -> None:
    say(engine, "a", "b")
    with engine.connect() as connection:
        for entry in store.said_after(connection, 0, 9):
            valkey.client().xadd(STREAM, {"e": entry.payload}, id=entry.id)
    AnswerStream(valkey.client(), engine, "shelf").compare()
    assert ids(valkey) == []
    AnswerStream(valkey.client(), engine, "shelf").carry()
    assert skus(valkey) == ["a", "b"]
