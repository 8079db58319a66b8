"""The seam, on both stores: what is committed arrives, once, in order, also after Redis lost everything."""

import json
from contextlib import suppress
from datetime import timedelta

import pytest
from rq import Queue
from rq.serializers import JSONSerializer
from sqlmodel import select

from app import alarms, database, outbox
from app.contracts.events import dump, parse
from app.contracts.streams import LIFECYCLE_STREAM, partition_of, price_stream
from app.outbox.records import KeptEntry
from tests.builders import MONDAY
from tests.choreography.listening import TEA, published
from tests.redis_server import RedisServer
from workers.ownership import Behind, RedisOwnership
from workers.relay import Relay, _watch
from workers.streams.carrier import complain

STREAM = price_stream(partition_of(TEA))


@pytest.fixture
def relay(pricing_store: str, valkey: RedisServer) -> Relay:
    return Relay(database.engine(), valkey.client())


def announce(*versions: int) -> None:
    with database.transaction() as session:
        outbox.record_prices(session, [(TEA, published(version=version)) for version in versions])


def announce_and_fail() -> None:
    with database.transaction() as session:
        outbox.record_prices(session, [(TEA, published())])
        raise ZeroDivisionError


def versions(valkey: RedisServer) -> list[int]:
    return [parse(fields[b"e"]).version for _, fields in valkey.client().xrange(STREAM)]  # type: ignore[union-attr]


def test_what_is_committed_is_carried_in_order_and_once(relay: Relay, valkey: RedisServer) -> None:
    announce(2, 3)
    assert relay.carry() == 2
    announce(4)
    assert relay.carry() == 1
    assert relay.carry() == 0
    assert versions(valkey) == [2, 3, 4]


def test_more_than_one_batch_is_carried_in_one_go(relay: Relay, valkey: RedisServer) -> None:
    announce(*range(2, 1302))
    assert relay.carry() == 1300
    assert versions(valkey) == list(range(2, 1302))


def test_what_is_not_committed_is_not_carried(relay: Relay, valkey: RedisServer) -> None:
    with pytest.raises(ZeroDivisionError):
        announce_and_fail()
    assert relay.carry() == 0


def test_an_emptied_redis_is_refilled(relay: Relay, valkey: RedisServer) -> None:
    announce(2, 3)
    relay.carry()
    valkey.client().flushall()
    announce(4)
    relay.carry()
    assert versions(valkey) == [2, 3, 4]


def test_a_second_relay_does_no_harm(relay: Relay, valkey: RedisServer) -> None:
    announce(2)
    relay.carry()
    announce(3)
    Relay(database.engine(), valkey.client()).carry()
    relay.carry()
    assert versions(valkey) == [2, 3]


def test_a_trimmed_stream_is_rebuilt(relay: Relay, valkey: RedisServer) -> None:
    announce(2, 3, 4)
    relay.carry()
    valkey.client().xtrim(STREAM, maxlen=1, approximate=False)
    relay.mend()
    relay.carry()
    assert versions(valkey) == [2, 3, 4]


@pytest.mark.parametrize("id_", ["3-0", "2-1", "*"])
def test_a_stranger_s_entry_takes_nobody_s_place(relay: Relay, valkey: RedisServer, id_: str) -> None:
    """The next id belongs to the next event, whatever lies there: version 4, 1,040 instead of 1,030, still goes out."""
    announce(2, 3)
    relay.carry()
    there = valkey.client().xadd(STREAM, {"e": dump(published(version=9))}, id=id_)
    announce(4)
    relay.carry()
    relay.mend()
    relay.carry()
    assert versions(valkey) == [2, 3, 4]
    (kept,) = kept_entries()
    assert (kept.stream, kept.entry, kept.why) == (STREAM, there.decode(), "foreign")


def test_a_hole_whose_count_a_stranger_fills_is_mended_when_somebody_complains(
    relay: Relay, valkey: RedisServer
) -> None:
    announce(2, 3)
    relay.carry()
    valkey.client().xadd(STREAM, {"e": "x"}, id="2-1")
    valkey.client().xdel(STREAM, "1-0")
    complain(valkey.client(), STREAM)
    assert relay.complaints()
    relay.mend()
    relay.carry()
    assert (versions(valkey), relay.complaints()) == ([2, 3], False)


def test_an_id_that_was_used_up_and_deleted_is_given_back(relay: Relay, valkey: RedisServer) -> None:
    announce(2)
    relay.carry()
    valkey.client().xdel(STREAM, valkey.client().xadd(STREAM, {"e": "x"}, id="2-0"))
    announce(3)
    relay.carry()
    assert versions(valkey) == [2, 3]


def test_a_changed_entry_is_none_of_ours(relay: Relay, valkey: RedisServer) -> None:
    announce(2, 3)
    relay.carry()
    (_, first), (_, second) = valkey.client().xrange(STREAM)
    valkey.client().delete(STREAM)
    valkey.client().xadd(STREAM, {**first, b"e": dump(published(version=2, new=1))}, id="1-0")
    valkey.client().xadd(STREAM, second, id="2-0")
    complain(valkey.client(), STREAM)
    relay.mend()
    relay.carry()
    assert versions(valkey) == [2, 3]
    assert parse(valkey.client().xrange(STREAM)[0][1][b"e"]).new == 110  # type: ignore[union-attr]


def test_many_foreign_entries_are_counted_and_the_first_hundred_kept(relay: Relay, valkey: RedisServer) -> None:
    announce(2)
    relay.carry()
    for _ in range(130):
        valkey.client().xadd(STREAM, {"e": "x"})
    relay.mend()
    assert len(kept_entries()) == 100
    assert "130 entries" in kept_entries()[0].cause


@pytest.mark.parametrize("hidden", [False, True])
def test_a_store_put_back_from_an_older_copy_leaves_the_stream_as_it_is(
    relay: Relay, valkey: RedisServer, hidden: bool
) -> None:
    """What went out from it then is what the contexts follow: it is neither taken for foreign nor written over.

    Also where a stranger's entry lies over it. It is one alarm, whoever notices; asking again does not end it.
    """
    announce(2, 3, 4)
    relay.carry()
    with database.transaction() as session:
        session.connection().exec_driver_sql("DELETE FROM outbox_event WHERE seq > 1")
        session.connection().exec_driver_sql(
            "UPDATE stream_sequence SET n = 1, link = (SELECT link FROM outbox_event WHERE seq = 1)")  # fmt: skip
    announce(7)
    if hidden:
        valkey.client().xadd(STREAM, {"e": dump(published(version=9))}, id="4-0")
    before, restored = valkey.client().dump(STREAM), Relay(database.engine(), valkey.client())
    with pytest.raises(Behind, match=r"goes on with 2 events \(2-0 to 3-0\) that the pricing store does not know"):
        restored.mend()
    with pytest.raises(Behind):
        restored.carry()
    with suppress(Behind):
        RedisOwnership(database.engine(), valkey.url).refuse(valkey.client())
    assert (valkey.client().dump(STREAM), kept_entries()) == (before, [])
    with database.reading() as session:
        assert [alarm.name for alarm in alarms.raised(session)] == ["pricing-store-is-behind"]


def test_a_stranger_s_event_is_put_right_and_no_alarm_about_the_store(relay: Relay, valkey: RedisServer) -> None:
    ownership = RedisOwnership(database.engine(), valkey.url)
    ownership.refuse(valkey.client())
    announce(2, 3)
    relay.carry()
    valkey.client().xadd(STREAM, {"e": dump(published(version=9))}, id="3-0")
    ownership.refuse(valkey.client())
    relay.mend()
    relay.carry()
    ownership.refuse(valkey.client())
    with database.reading() as session:
        assert (versions(valkey), len(kept_entries()), alarms.raised(session)) == ([2, 3], 1, [])


def test_streams_of_before_there_were_links_are_written_anew(relay: Relay, valkey: RedisServer) -> None:
    announce(2)
    valkey.client().xadd(STREAM, {"e": dump(published(version=2))}, id="1-0")
    announce(3)
    relay.carry()
    assert versions(valkey) == [2, 3]


def kept_entries() -> list[KeptEntry]:
    with database.reading() as session:
        return list(session.exec(select(KeptEntry)))


def test_the_lifecycles_news_is_not_overtaken_by_prices(relay: Relay) -> None:
    from workers.relay import _lifecycle_first

    assert _lifecycle_first([STREAM, LIFECYCLE_STREAM, "px:{p00}:ev"])[0] == LIFECYCLE_STREAM


def test_a_request_becomes_a_job_until_it_is_done(relay: Relay, valkey: RedisServer) -> None:
    queue = Queue("orchestration", connection=valkey.client(), serializer=JSONSerializer)
    with database.transaction() as session:
        outbox.ask(session, "publish", {"proposal_id": "p1"}, MONDAY)
    assert relay.send_requests(MONDAY) == 1
    assert relay.send_requests(MONDAY + timedelta(seconds=5)) == 0
    assert relay.send_requests(MONDAY + timedelta(seconds=20)) == 1
    (first, _) = queue.jobs
    assert (first.func_name, first.kwargs) == ("workers.orchestration.jobs.publish", {"proposal_id": "p1", "job": 1})
    with database.transaction() as session:
        assert outbox.done(session, 1, MONDAY)
    assert relay.send_requests(MONDAY + timedelta(minutes=5)) == 0
    json.dumps(first.kwargs)


def test_the_watch_sees_commits_and_nothing_else(relay: Relay) -> None:
    watch = _watch(database.engine())
    watch.moved()
    assert not watch.moved()
    announce(2)
    assert watch.moved()
    assert not watch.moved()
