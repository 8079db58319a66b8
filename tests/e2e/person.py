"""A person at a browser: their own session, their own window, and everything the console complained about."""

import re
from collections.abc import Mapping

from playwright.sync_api import Browser, ConsoleMessage, Error, Page, expect

PROPOSAL = re.compile(r"/proposals/PC-\d+$")
DRAFT = re.compile(r"draft=")


class Person:
    """Somebody of the demo, signed in by one click's request, in a new window or in one that is free."""

    def __init__(
        self, browser: Browser, address: str, who: str, *, width: int = 1440, dark: bool = False, zone: str = "UTC",
        page: Page | None = None,
    ) -> None:  # fmt: skip
        self.name, self.address = who, address
        self.complaints: list[str] = []
        self.window_is_as_it_was = True
        self.page = page or browser.new_context(timezone_id=zone, base_url=address).new_page()
        self.page.set_viewport_size({"width": width, "height": 900})
        self.page.emulate_media(color_scheme="dark" if dark else "light")
        self.context = self.page.context
        answer = self.context.request.post(
            "/api/session/demo", data={"email": f"{who}@demo.example"}, headers={"Origin": address}
        )
        assert answer.ok, answer.text()
        self.page.on("console", self._console)
        self.page.on("pageerror", self._broke)

    def leave(self) -> None:
        """Hear no more of what happens in the window."""
        self.page.remove_listener("console", self._console)
        self.page.remove_listener("pageerror", self._broke)

    def open(self, path: str) -> Page:
        """Open a page and wait until it answers."""
        self.page.goto(path)
        self.wait_until_ready()
        return self.page

    def wait_until_ready(self) -> None:
        """Wait for the websocket's first answer and for what loads."""
        self.page.wait_for_function("document.getElementById('rx-ready')?.textContent")
        expect(self.page.get_by_role("status", name="Loading")).to_have_count(0)

    def check_lines(self, lines: Mapping[str, str]) -> None:
        """Type lines on the New proposal page and have them judged."""
        page = self.open("/proposals/new")
        page.get_by_test_id("paste").fill("\n".join(f"{sku}\t{price}" for sku, price in lines.items()))
        page.get_by_test_id("check").click()
        page.wait_for_url(DRAFT)
        expect(page.get_by_test_id("outcome")).to_be_visible()

    def type(self, field: str, text: str) -> None:
        """Fill a field and leave it."""
        self.page.get_by_test_id(field).fill(text)
        self.page.get_by_test_id(field).blur()

    def submit(self, reason: str) -> str:
        """Submit the draft on the screen and return the proposal's reference."""
        self.page.get_by_test_id("reason").fill(reason)
        self.page.get_by_test_id("submit").click()
        self.page.wait_for_url(PROPOSAL)
        return self.page.url.rpartition("/")[2]

    def propose(self, reason: str, lines: Mapping[str, str]) -> str:
        """Type lines, have them judged, submit them."""
        self.check_lines(lines)
        return self.submit(reason)

    def expect_status(self, words: str) -> None:
        """Wait until the proposal on the screen says so, without reloading it."""
        expect(self.page.get_by_test_id("status")).to_have_text(words)

    def price_of(self, sku: str) -> dict[str, str | None]:
        """Return the authoritative price and what each context believes."""
        found = self.context.request.get(f"/api/prices/{sku}").json()
        beliefs = {name: belief["price"] if belief else None for name, belief in found["beliefs"].items()}
        return {"price": found["price"], **beliefs}

    def _broke(self, error: Error) -> None:
        self.complaints.append(f"{self.name}: {error}")

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(f"{self.name} on {self.page.url}: {message.text}")
