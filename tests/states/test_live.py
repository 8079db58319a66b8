"""The pump reaches pages that watch, and only those."""

import asyncio
from types import SimpleNamespace

import pytest

from app.pages.overview.state import OverviewState
from app.states import live, session
from app.states.session import SessionState


class Web:
    """Stands where the running app is: who is connected, and what was enqueued."""

    def __init__(self, *connected: str) -> None:
        self.event_namespace = SimpleNamespace(token_to_sid=dict.fromkeys(connected, "sid"))
        self.event_processor = self
        self.sent: list[tuple[str, str]] = []
        self.last: asyncio.Future[None] | None = None

    async def enqueue(self, token: str, event) -> "asyncio.Future[None]":
        self.sent.append((token, event.name.rsplit(".", 1)[-1]))
        self.last = asyncio.get_running_loop().create_future()
        return self.last


@pytest.fixture(autouse=True)
def nobody_watches():
    live._pages.clear()
    yield
    live._pages.clear()


async def test_only_pages_that_watch_a_topic_are_refreshed():
    live.subscribe("one", "proposals", OverviewState.refresh)
    live.subscribe("two", "contexts", OverviewState.refresh)
    web = Web("one", "two")

    await live._push(web, {"proposals"})

    assert web.sent == [("one", "refresh")]


async def test_two_topics_at_once_are_one_refresh():
    for topic in ("proposals", "contexts"):
        live.subscribe("one", topic, OverviewState.refresh)
    web = Web("one")

    await live._push(web, {"proposals", "contexts"})

    assert len(web.sent) == 1


async def test_a_refresh_under_way_is_followed_by_exactly_one_more():
    live.subscribe("one", "proposals", OverviewState.refresh)
    web = Web("one")

    for _ in range(3):
        await live._push(web, {"proposals"})
    assert len(web.sent) == 1
    web.last.set_result(None)
    await live._push(web, set())
    await live._push(web, set())

    assert len(web.sent) == 2


async def test_two_states_of_a_page_are_both_refreshed_though_they_are_in_one_way():
    for state in (OverviewState, SessionState):
        live.subscribe("one", "proposals", state.refresh)
    web = Web("one")

    await live._push(web, {"proposals"})

    assert web.sent == [("one", "refresh")] * 2


async def test_a_closed_page_is_forgotten():
    live.subscribe("gone", "proposals", SessionState.refresh)

    await live._push(Web(), {"proposals"})

    assert live._pages == {}


def test_only_an_event_handler_can_watch():
    with pytest.raises(TypeError):
        live.subscribe("one", "proposals", "refresh")


async def test_when_somebodys_rights_change_nobody_is_believed_to_be_who_they_were(monkeypatch: pytest.MonkeyPatch):
    asked_again = asyncio.Event()
    monkeypatch.setattr(live.sessions, "look_again", asked_again.set)
    monkeypatch.setattr(live.database, "Pulses", lambda _: SimpleNamespace(changed=lambda: {live.PEOPLE}))
    monkeypatch.setattr(live.database, "engine", lambda: None)
    live.subscribe("one", live.PEOPLE, SessionState.refresh)
    web = Web("one")

    async with live.pump(web):
        await asyncio.wait_for(asked_again.wait(), 60)

    assert live.PEOPLE in session.TOPICS
