"""The one loop of all processes: turns until asked to stop, outages waited out and told once, one lease at a time."""

import logging
from collections.abc import Callable, Iterator

import pytest
from redis.exceptions import ConnectionError as RedisAway

from tests.redis_server import RedisServer
from workers import loop
from workers.loop import Backoff, Outage, SoleLease, StopFlag, Stumble, as_soon_as, beside, until_stopped


class Waits(StopFlag):
    """A stop that is never asked for by itself, and notes what is waited for instead of waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []

    def wait(self, seconds: float) -> bool:
        self.seconds.append(round(seconds, 3))
        return self.is_set()


@pytest.fixture
def stop(monkeypatch: pytest.MonkeyPatch) -> Waits:
    made = Waits()
    monkeypatch.setattr(loop, "STOPPING", made)
    return made


def turns(stop: StopFlag, *outcomes: float | Exception) -> Callable[[], float]:
    """Turns that end so, one after the other; after the last the process is asked to stop."""
    left = list(outcomes)

    def turn() -> float:
        outcome = left.pop(0)
        if not left:
            stop.set()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return turn


def test_writer_queue_are_taken_until_the_process_is_asked_to_stop(stop: Waits) -> None:
    until_stopped(turns(stop, 0.5, 0.0, 2.0))
    assert stop.seconds == [0.5, 2.0]


def test_an_outage_is_waited_out_with_growing_pauses_and_told_when_it_begins_and_ends(
    stop: Waits, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    away = RedisAway("refused")
    until_stopped(turns(stop, away, away, away, 0.0, away, 0.0), Outage("Redis", RedisAway))
    assert stop.seconds == [0.1, 0.2, 0.4, 0.1]
    assert [record.getMessage() for record in caplog.records] == [
        "Redis: refused. Waiting for it to come back.", "Redis: back again."] * 2  # fmt: skip


def test_an_error_is_the_first_outage_s_that_knows_it(stop: Waits, caplog: pytest.LogCaptureFixture) -> None:
    until_stopped(turns(stop, KeyError("gone"), RedisAway("refused")), Outage("Redis", RedisAway), Stumble("The clock"))
    assert [record.getMessage() for record in caplog.records] == [
        "The clock stumbled", "Redis: refused. Waiting for it to come back."]  # fmt: skip
    assert caplog.records[0].exc_info is not None, "what nobody foresaw is told whole"


def test_an_error_of_no_outage_ends_the_loop(stop: Waits) -> None:
    with pytest.raises(KeyError):
        until_stopped(turns(stop, KeyError("gone"), 0.0), Outage("Redis", RedisAway))


def test_what_cannot_be_had_yet_is_returned_as_soon_as_it_can(stop: Waits) -> None:
    assert as_soon_as(turns(StopFlag(), RedisAway(), RedisAway(), 7.0), Outage("Redis", RedisAway)) == 7.0


def test_whoever_is_asked_to_stop_waits_for_nothing_more(stop: Waits) -> None:
    assert as_soon_as(turns(stop, RedisAway()), Outage("Redis", RedisAway)) is None


def test_pauses_double_from_the_first_to_the_longest_however_often_it_failed() -> None:
    assert [Backoff(0.1, 2.0).after(n) for n in (1, 2, 5, 6, 10_000)] == [0.1, 0.2, 1.6, 2.0, 2.0]


def test_a_share_of_each_pause_is_drawn_so_that_many_do_not_march_in_step() -> None:
    drawn = {Backoff(1, 8, drawn=0.5).after(3) for _ in range(50)}
    assert all(2 <= pause <= 4 for pause in drawn)
    assert len(drawn) > 1


def test_a_loop_beside_ends_with_what_it_runs_beside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "STOPPING", StopFlag())
    ended: list[bool] = []

    def run() -> None:
        until_stopped(lambda: 60.0)
        ended.append(True)

    with beside("clock", run):
        assert not ended
    assert ended


@pytest.fixture
def lease(valkey: RedisServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[SoleLease]:
    made = SoleLease(valkey.client(), "px:test:lease", "relay")
    yield made
    made.let_go()


def test_a_lease_is_taken_anew_once_and_then_kept(lease: SoleLease) -> None:
    assert (lease.renew(), lease.held, lease.is_due(), lease.renew()) == (True, True, False, False)


def test_a_lease_that_an_emptied_redis_lost_is_taken_anew(lease: SoleLease, valkey: RedisServer) -> None:
    lease.renew()
    valkey.client().flushall()
    assert lease.renew()


def test_another_process_stands_by_until_the_lease_is_given_up(lease: SoleLease, valkey: RedisServer) -> None:
    other = SoleLease(valkey.client(), "px:test:lease", "relay")
    lease.renew()
    assert (other.renew(), other.held) == (False, False)
    lease.let_go()
    assert (other.renew(), other.held) == (True, True)
    other.let_go()


def test_after_an_error_nothing_is_held_for_held(lease: SoleLease) -> None:
    lease.renew()
    lease.forget()
    assert (lease.held, lease.is_due(), lease.renew()) == (False, True, True)
