"""The relay's turns: one relay carries, another stands by, and after an error nothing known of before counts."""

from collections.abc import Callable, Iterator

import pytest
from redis.exceptions import ConnectionError as RedisAway

from app import database
from tests.redis_server import RedisServer
from tests.streams.test_relay import announce, versions
from workers.relay import Relay, RelayTurns
from workers.streams.refusals import Elsewhere

Make = Callable[[Callable[[], None]], RelayTurns]


def nothing() -> None:
    """Redis is ours."""


@pytest.fixture
def turns(pricing_store: str, valkey: RedisServer) -> Iterator[Make]:
    """Makes relays; `ask_whose` is what each asks of Redis before it goes on."""
    made: list[RelayTurns] = []

    def make(ask_whose: Callable[[], None]) -> RelayTurns:
        made.append(RelayTurns(database.engine(), valkey.client(), ask_whose))
        return made[-1]

    yield make
    for each in made:
        each.lease.let_go()


def test_what_is_committed_is_carried_in_the_next_turn(turns: Make, valkey: RedisServer) -> None:
    relay = turns(nothing)
    announce(2)
    pause = relay.take()
    announce(3)
    relay.take()
    assert versions(valkey) == [2, 3]
    assert 0 < pause < 1


def test_a_second_relay_stands_by_until_the_first_gives_up(turns: Make, valkey: RedisServer) -> None:
    first, second = turns(nothing), turns(nothing)
    first.take()
    announce(2)
    second.take()
    assert versions(valkey) == []
    first.lease.let_go()
    second.lease.forget()
    second.take()
    assert versions(valkey) == [2]


def test_nothing_is_carried_to_a_redis_that_belongs_elsewhere(turns: Make, valkey: RedisServer) -> None:
    def refuse() -> None:
        raise Elsewhere("not ours")

    relay = turns(refuse)
    announce(2)
    with pytest.raises(Elsewhere):
        relay.take()
    assert versions(valkey) == []


def test_after_an_error_redis_is_asked_whose_it_is_before_anything_is_carried(
    turns: Make, valkey: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_: Relay) -> int:
        raise RedisAway

    asked: list[list[int]] = []
    relay = turns(lambda: asked.append(versions(valkey)))
    announce(2)
    relay.take()
    announce(3)
    with monkeypatch.context() as patch:
        patch.setattr(Relay, "carry", away)
        with pytest.raises(RedisAway):
            relay.take()
    relay.take()
    assert (asked, versions(valkey)) == ([[], [2]], [2, 3])
