import pytest

from tests.redis_server import RedisServer
from workers.streams.appending import Appender, Entry

STREAM = "px:{p00}:ev"


@pytest.fixture
def appender(valkey: RedisServer) -> Appender:
    return Appender(valkey.client())


def entries(*seqs: int) -> list[Entry]:
    return [Entry(seq, f'{{"n": {seq}}}'.encode()) for seq in seqs]


def held(valkey: RedisServer) -> list[tuple[bytes, bytes]]:
    return [(id_, fields[b"e"]) for id_, fields in valkey.client().xrange(STREAM)]


def test_entries_carry_the_sequence_of_the_database(appender: Appender, valkey: RedisServer) -> None:
    assert appender.append(STREAM, 0, entries(1, 2)) == 2
    assert held(valkey) == [(b"1-0", b'{"n": 1}'), (b"2-0", b'{"n": 2}')]


def test_a_stale_cursor_appends_nothing_and_learns_where_the_stream_is(appender: Appender, valkey: RedisServer) -> None:
    appender.append(STREAM, 0, entries(1, 2))
    assert appender.append(STREAM, 0, entries(1, 2, 3)) == 2
    assert appender.append(STREAM, 1, entries(2, 3)) == 2
    assert len(held(valkey)) == 2


def test_a_stream_that_is_not_there_is_at_zero(appender: Appender) -> None:
    assert appender.last(STREAM) == 0


def test_several_streams_in_one_round_trip(appender: Appender) -> None:
    assert appender.append_each([("a", 0, entries(1)), ("b", 5, entries(6)), ("c", 0, entries(7))]) == [1, 0, 7]
