"""A price lock and its entry in the audit trail, each in a store of its own."""

from datetime import timedelta

import pytest
from sqlmodel import select

from app import context_commands, contexts
from app.contexts import discovery
from app.database import engine, reading
from app.lifecycle.records import AuditEntry
from tests.builders import MONDAY, OMAR
from tests.choreography.listening import Listener, listed
from workers.streams.consumption import find_consumer

TOMORROW = MONDAY + timedelta(days=365)


@pytest.fixture(autouse=True)
def _catalog(pricing_store: str) -> None:
    Listener(find_consumer("catalog"), discovery.store_of("catalog")).hear(listed("T1"))


def lock(key: str) -> None:
    context_commands.lock_price(OMAR, "T1", "Spring contract", TOMORROW, key=key, now=MONDAY)


def told() -> list[str]:
    with reading() as session:
        return list(session.exec(select(AuditEntry.action).where(AuditEntry.chain == "context:catalog")))


def test_a_lock_sent_twice_is_told_once() -> None:
    lock("one")
    lock("one")

    assert contexts.lock_of(["T1"])["T1"].reason == "Spring contract"
    assert told() == ["lock-price"]


def test_a_lock_whose_entry_failed_is_told_when_it_is_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as away:
        away.setattr(engine(), "connect", lambda *_, **__: (_ for _ in ()).throw(OSError("away")))
        with pytest.raises(OSError, match="away"):
            lock("one")
    assert told() == []

    lock("one")

    assert told() == ["lock-price"]


def test_a_release_after_somebody_else_locked_it_again_is_told_whatever_its_key() -> None:
    lock("one")
    context_commands.unlock_price(OMAR, "T1", key="release", now=MONDAY)
    lock("another window")

    context_commands.unlock_price(OMAR, "T1", key="release", now=MONDAY)

    assert contexts.lock_of(["T1"]) == {}
    assert told() == ["lock-price", "unlock-price", "lock-price", "unlock-price"]


def test_a_release_sent_twice_is_told_once() -> None:
    lock("one")
    context_commands.unlock_price(OMAR, "T1", key="release", now=MONDAY)
    context_commands.unlock_price(OMAR, "T1", key="release", now=MONDAY)

    assert told() == ["lock-price", "unlock-price"]


def test_a_price_that_is_locked_again_after_it_was_released_is_told_again() -> None:
    lock("one")
    context_commands.unlock_price(OMAR, "T1", key="other", now=MONDAY)
    lock("another")

    assert told() == ["lock-price", "unlock-price", "lock-price"]
