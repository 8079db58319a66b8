"""Windows that one person has after the other: a new one loads, compiles and paints everything anew."""

from contextlib import suppress

from playwright.sync_api import Error, Page

NOTHING = "/favicon.svg"
"""A place of ours where no script runs: what is kept in the window can be taken out and stays out."""


class Windows:
    """The free ones, by their time zone: all else about a window can be set again."""

    def __init__(self) -> None:
        self._free: dict[str, list[Page]] = {}

    def take(self, zone: str) -> Page | None:
        """Return a free window, of which cookies and storage are empty; its history goes back to who had it before."""
        free = self._free.get(zone)
        return free.pop() if free else None

    def give_back(self, page: Page, zone: str) -> None:
        """Take out of a window who was signed in and what they left, and keep it; close it if that does not work."""
        with suppress(Error):
            page.goto(NOTHING)
            page.evaluate("() => { sessionStorage.clear(); localStorage.clear(); }")
            page.context.clear_cookies()
            self._free.setdefault(zone, []).append(page)
            return
        page.context.close()
