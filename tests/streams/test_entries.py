import pytest

from app.contracts.streams import BEGINNING, Tail
from tests.redis_server import RedisServer
from workers.streams.entries import Appender, StreamEnd, StreamEntry, chained, going_on

STREAM = "px:{p00}:ev"
WORDS = chained([StreamEntry(seq, f'{{"n": {seq}}}'.encode()) for seq in range(1, 8)])


@pytest.fixture
def appender(valkey: RedisServer) -> Appender:
    return Appender(valkey.client())


def entries(*seqs: int) -> list[StreamEntry]:
    return [WORDS[seq - 1] for seq in seqs]


def at(seq: int) -> Tail:
    return WORDS[seq - 1].tail if seq else BEGINNING


def held(valkey: RedisServer) -> list[tuple[bytes, bytes]]:
    return [(id_, fields[b"e"]) for id_, fields in valkey.client().xrange(STREAM)]


def test_entries_carry_the_sequence_of_the_database_and_their_link(appender: Appender, valkey: RedisServer) -> None:
    assert appender.append(STREAM, BEGINNING, entries(1, 2)) == StreamEnd(at(2), 2)
    assert valkey.client().xrange(STREAM) == [
        (b"1-0", {b"e": b'{"n": 1}', b"l": WORDS[0].link.encode()}),
        (b"2-0", {b"e": b'{"n": 2}', b"l": WORDS[1].link.encode()})]  # fmt: skip


def test_a_stale_cursor_appends_nothing_and_learns_where_the_stream_is(appender: Appender, valkey: RedisServer) -> None:
    appender.append(STREAM, BEGINNING, entries(1, 2))
    assert appender.append(STREAM, BEGINNING, entries(1, 2, 3)) == StreamEnd(at(2), 2)
    assert appender.append(STREAM, at(1), entries(2, 3)) == StreamEnd(at(2), 2)
    assert len(held(valkey)) == 2


def test_nothing_is_appended_behind_what_a_stranger_put_in_the_next_place(
    appender: Appender, valkey: RedisServer
) -> None:
    appender.append(STREAM, BEGINNING, entries(1))
    valkey.client().xadd(STREAM, {"e": WORDS[1].payload}, id="2-0")
    assert appender.append(STREAM, at(2), entries(3)) == StreamEnd(Tail(2), 2)
    assert len(held(valkey)) == 2


@pytest.mark.parametrize("id_", ["1-1", "7-3"])
def test_an_id_between_two_sequences_is_nobodys_of_ours(appender: Appender, valkey: RedisServer, id_: str) -> None:
    appender.append(STREAM, BEGINNING, entries(1))
    valkey.client().xadd(STREAM, {"e": "x"}, id=id_)
    assert appender.end(STREAM) == StreamEnd(None, 2)


def test_a_stream_that_is_not_there_is_at_its_beginning(appender: Appender) -> None:
    assert appender.end(STREAM) == StreamEnd(BEGINNING, 0)


def test_several_streams_in_one_round_trip(appender: Appender) -> None:
    due = [("a", BEGINNING, entries(1)), ("b", at(5), entries(6)), ("c", BEGINNING, entries(1, 2))]
    assert appender.append_each(due) == [StreamEnd(at(1), 1), StreamEnd(BEGINNING, 0), StreamEnd(at(2), 2)]


def test_only_what_is_linked_to_everything_before_goes_on() -> None:
    forged = WORDS[1]._replace(payload=b"other")
    unlinked = StreamEntry(2, b"x")
    between = StreamEntry(1, b"x", WORDS[1].link, sub=1)
    assert going_on(at(1), [between, unlinked, forged, WORDS[1], WORDS[3], WORDS[2]]) == [WORDS[1], WORDS[2]]


def test_a_place_from_before_there_were_links_trusts_the_next_one_and_nothing_unlinked() -> None:
    assert going_on(Tail(1), [StreamEntry(2, b"x")]) == []
    assert going_on(Tail(1), [WORDS[1], WORDS[2]]) == [WORDS[1], WORDS[2]]
