"""What somebody gets who speaks to the websocket by hand: nothing of another person, and no room in the log."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest
from playwright.sync_api import Browser
from simple_websocket import Client

from tests.e2e.installation import Installation
from tests.e2e.person import Person
from tests.waiting import PATIENCE, wait_for

HYDRATE = "reflex___state____state.hydrate_and_load"


class Socket:
    """A raw socket.io client."""

    def __init__(self, baton: Installation, token: str, cookie: str = "") -> None:
        host = baton.address.removeprefix("http://")
        address = f"ws://{host}/_event/?EIO=4&transport=websocket&token={token}"
        self._client = Client(address, headers={"Cookie": cookie} if cookie else {})
        self._hears("0")
        self._client.send("40/_event,")
        self._hears("40/_event")

    def send(self, event: object) -> None:
        self._client.send("42/_event," + json.dumps(["event", event]))

    def hydrated(self) -> str:
        """Ask for everything that the server keeps of this tab; return what was told up to the page's own data."""
        self.send({"name": HYDRATE, "payload": {}, "router_data": {"pathname": "/", "asPath": "/", "query": {}}})
        heard = ""
        while '"is_hydrated":true' not in heard.replace("_rx_state_", "") and "/sign-in" not in heard:
            heard += self._hears()
        return heard

    def close(self) -> None:
        self._client.close()

    def _hears(self, begins: str = "") -> str:
        while True:
            heard = self._client.receive(PATIENCE)
            assert heard is not None, "the server fell silent"
            told = heard if isinstance(heard, str) else heard.decode()
            if told == "2":
                self._client.send("3")
            elif told.startswith(begins):
                return told


@contextmanager
def socket(baton: Installation, token: str, cookie: str = "") -> Iterator[Socket]:
    opened = Socket(baton, token, cookie)
    try:
        yield opened
    finally:
        opened.close()


@pytest.fixture
def cookies(baton: Installation, browser: Browser) -> Iterator[dict[str, str]]:
    """The cookies of two people."""
    people = {who: Person(browser, baton.address, who) for who in ("asha", "kiran")}
    yield {
        who: "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in person.context.cookies())  # type: ignore[typeddict-item]
        for who, person in people.items()
    }
    for person in people.values():
        person.context.close()


def test_a_tabs_token_opens_nothing_without_the_session_it_was_made_in(
    baton: Installation, cookies: dict[str, str]
) -> None:
    token = str(uuid4())
    with socket(baton, token, cookies["asha"]) as hers:
        assert "Asha N." in hers.hydrated()
        with socket(baton, token) as nobodys:
            assert "Asha N." not in nobodys.hydrated()
        with socket(baton, token, cookies["kiran"]) as his:
            told = his.hydrated()
            assert "Kiran S." in told
            assert "Asha N." not in told


def test_an_unknown_event_leaves_a_short_line_without_a_cookie_and_none_in_the_web_log(
    baton: Installation, cookies: dict[str, str]
) -> None:
    logs = baton.folder / "data" / "log"
    before = (logs / "web.log").stat().st_size

    with socket(baton, str(uuid4()), cookies["asha"]) as hers:
        for _ in range(8):
            hers.send({"name": "no.such.event", "payload": {"x": "y" * 200_000}})
        hers.send(f"a text with {cookies['asha']}")
        wait_for(lambda: "no event at all" in _read(baton), "the refusal")

    written = _read(baton)
    assert cookies["asha"].split("=")[1] not in written
    assert all(json.loads(line)["timestamp"] for line in written.splitlines())
    assert len(written) < 100_000
    assert (logs / "web.log").stat().st_size == before


def _read(baton: Installation) -> str:
    file = baton.folder / "data" / "log" / "strangers.log"
    return file.read_text() if file.exists() else ""
