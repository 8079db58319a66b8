"""A worker that was away and comes back with what it read long ago does no harm."""

import pytest
from sqlalchemy import Engine

from app.contracts.events import dump
from app.contracts.streams import BEGINNING, Tail, partition_of
from app.database import open_engine
from tests.choreography.listening import TEA, listed, published
from workers.choreography.catalog import CONSUMER
from workers.streams import store
from workers.streams.entries import StreamEntry, chained
from workers.streams.sink import Gap, Sink

PARTITION = partition_of(TEA)
STREAM = chained([StreamEntry(seq, dump(event).encode()) for seq, event in enumerate(
    [listed(), published(new=110, version=2), published(new=120, version=3), published(new=130, version=4)],
    start=1)])  # fmt: skip


@pytest.fixture
def engine(store_url: str) -> Engine:
    engine = open_engine(store_url, durable=False)
    store.migrate(engine, CONSUMER.migrations)
    return engine


def settled(engine: Engine) -> tuple[int, int]:
    with engine.connect() as connection:
        return store.positions(connection)[PARTITION], store.beliefs(connection, [TEA])[TEA].version


def test_what_was_settled_meanwhile_is_skipped(engine: Engine) -> None:
    zombie, successor = Sink(CONSUMER, engine), Sink(CONSUMER, engine)
    successor.settle(PARTITION, STREAM)
    assert zombie.settle(PARTITION, STREAM[:2]) == 4
    assert settled(engine) == (4, 4)


def test_a_batch_half_settled_meanwhile_is_settled_for_the_rest(engine: Engine) -> None:
    zombie, successor = Sink(CONSUMER, engine), Sink(CONSUMER, engine)
    successor.settle(PARTITION, STREAM[:3])
    assert zombie.settle(PARTITION, STREAM) == 4
    assert settled(engine) == (4, 4)


def test_a_gap_is_never_jumped(engine: Engine) -> None:
    sink = Sink(CONSUMER, engine)
    sink.settle(PARTITION, STREAM[:1])
    with pytest.raises(Gap):
        sink.settle(PARTITION, STREAM[2:])
    assert sink.settle(PARTITION, [STREAM[1], STREAM[3]]) == 2
    with pytest.raises(Gap):
        sink.settle(PARTITION, STREAM[3:])
    assert settled(engine) == (2, 2)


def test_a_position_moved_by_somebody_else_undoes_the_whole_batch(engine: Engine) -> None:
    with engine.begin() as connection:
        store.advance(connection, PARTITION, BEGINNING, Tail(5, "x"))
    with engine.begin() as connection, pytest.raises(store.LostPartition):
        store.advance(connection, PARTITION, BEGINNING, Tail(3, "x"))
