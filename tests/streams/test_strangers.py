"""A whole way: outbox, stream, context. Whatever a stranger writes into a stream, each price arrives once, in order."""

from pathlib import Path

import pytest

from app import database, outbox
from app.contracts.events import PriceEvent, dump
from app.contracts.streams import partition_of, price_stream
from tests.choreography.listening import TEA, listed, published
from tests.redis_server import RedisServer
from workers.choreography.catalog import CONSUMER
from workers.ownership import RedisOwnership
from workers.relay import Relay
from workers.streams import store
from workers.streams.consumption import Consumption

PARTITION = partition_of(TEA)
STREAM = price_stream(PARTITION)


@pytest.fixture
def relay(pricing_store: str, valkey: RedisServer) -> Relay:
    client = RedisOwnership(database.engine(), valkey.url).connect()
    client.ping()  # claims it
    return Relay(database.engine(), client)


@pytest.fixture
def consumption(relay: Relay, tmp_path: Path, valkey: RedisServer) -> Consumption:
    consumption = Consumption(CONSUMER, f"sqlite:///{tmp_path}/catalog.db", valkey.url)
    consumption.leases.renew()
    return consumption


def announce(relay: Relay, *events: PriceEvent) -> None:
    with database.transaction() as session:
        outbox.record_prices(session, [(event.sku, event) for event in events])
    relay.carry()


def read(consumption: Consumption) -> None:
    """Settle everything there is to read, without waiting out the pause after a trouble."""
    consumption.reader._paused.clear()
    while (batch := consumption.reader.next(10)) is not None:
        consumption.keep(batch)
        consumption.settle(batch.partition, batch.entries[0].seq)
        if consumption.reader._paused:
            return


def believed(consumption: Consumption) -> tuple[int, int]:
    with consumption.engine.connect() as connection:
        belief = store.beliefs(connection, [TEA])[TEA]
    return belief.price, belief.version


@pytest.mark.parametrize("id_", ["3-0", "2-5", "*"])
def test_a_stranger_s_price_is_never_believed_and_the_next_one_arrives(
    relay: Relay, consumption: Consumption, valkey: RedisServer, id_: str
) -> None:
    """The stranger says 1 for what costs 110; the event whose place it took says 120."""
    announce(relay, listed(), published(new=110))
    read(consumption)
    valkey.client().xadd(STREAM, {"e": dump(published(new=1, version=3))}, id=id_)
    read(consumption)
    untouched = believed(consumption)
    assert relay.complaints()
    relay.mend()
    announce(relay, published(old=110, new=120, version=3))
    read(consumption)
    assert (untouched, believed(consumption), relay.complaints()) == ((110, 2), (120, 3), False)


def test_what_lies_between_two_entries_is_stepped_over_without_waiting_for_the_mending(
    relay: Relay, consumption: Consumption, valkey: RedisServer
) -> None:
    announce(relay, listed())
    valkey.client().xadd(STREAM, {"e": "x"}, id="1-1")
    entry = published(new=110)
    with database.transaction() as session:
        outbox.record_prices(session, [(TEA, entry)])
    (word,) = relay._source.after(STREAM, 1, 1)
    valkey.client().xadd(STREAM, {"e": word.payload, "l": word.link}, id="2-0")
    read(consumption)
    assert believed(consumption) == (110, 2)


def test_a_trimmed_stream_is_asked_for_and_written_anew(
    relay: Relay, consumption: Consumption, valkey: RedisServer
) -> None:
    announce(relay, listed(), published(new=110), published(old=110, new=120, version=3))
    valkey.client().xtrim(STREAM, maxlen=1, approximate=False)
    read(consumption)
    assert relay.complaints()
    relay.mend()
    relay.carry()
    read(consumption)
    assert believed(consumption) == (120, 3)


def test_a_context_whose_position_is_from_before_there_were_links_reads_on(
    relay: Relay, consumption: Consumption, valkey: RedisServer
) -> None:
    announce(relay, listed(), published(new=110))
    read(consumption)
    with consumption.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE position SET link = ''")
    consumption.reader.go_back(PARTITION, pause=False)
    announce(relay, published(old=110, new=120, version=3))
    read(consumption)
    assert believed(consumption) == (120, 3)
